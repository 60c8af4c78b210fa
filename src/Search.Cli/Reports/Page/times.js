// What merging, the passes, the objective and everything else took.

const timeParts = ["merge", "forward", "backward", "objective"];

function drawTimes() {
  const run = shown.run;
  const parts = [...timeParts, "rest"];
  const total = parts.reduce((sum, part) => sum + run.times[part], 0);
  const looks = [colour("c"), colour("main"), colour("d"), colour("e"), colour("faint")];
  const used = parts.map((part, i) => ({ part, look: looks[i], value: run.times[part] })).filter(one => one.value > 0);
  const overall = chart("times-total", 92, "how the run's time divides");
  draw(overall, {
    grid: { left: 8, right: 8, top: 34, bottom: 4 },
    legend: legendLook({ top: 0, left: 0 }),
    tooltip: tooltipLook(one => tip(one.seriesName, [`${duration(one.value)}, ${(100 * one.value / total).toFixed(1)} %`])),
    xAxis: { type: "value", max: total, show: false }, yAxis: { type: "category", data: [""], show: false },
    series: used.map(one => ({
      type: "bar", stack: "all", name: one.part, itemStyle: { color: one.look }, barWidth: 34, data: [one.value],
      label: { show: one.value / total > 0.07, formatter: `${(100 * one.value / total).toFixed(1)} %`, color: contrast(one.look), fontSize: 12 },
    })),
  });

  // At most as many bars as can be told apart; each the mean of its trials.
  const trials = run.all.filter(trial => trial.state === "complete" || trial.time > 0);
  const size = Math.ceil(trials.length / (isNarrow() ? 60 : 150));
  const bars = [];
  for (let i = 0; i < trials.length; i += size) bars.push(trials.slice(i, i + size));
  const drawn = chart("times-chart", 260, "time by trial");
  draw(drawn, {
    grid: { left: 54, right: 12, top: 30, bottom: 44 },
    tooltip: { ...tooltipLook(all => tip(`trial ${all[0].axisValue}${size > 1 ? ` and the next ${size - 1}` : ""}`, all.map(one => `${one.seriesName}: ${duration(one.value)}`))), trigger: "axis" },
    xAxis: { type: "category", data: bars.map(bar => bar[0].at), name: size > 1 ? `trial (each bar the mean of ${size})` : "trial", nameLocation: "middle", nameGap: 28, ...axisLook(), axisLabel: { color: colour("soft"), fontSize: 12, hideOverlap: true }, splitLine: { show: false } },
    yAxis: upAxis("milliseconds a trial", { scale: false }),
    series: timeParts.map((part, i) => ({ type: "bar", stack: "trial", name: part, barCategoryGap: "8%", itemStyle: { color: looks[i] }, data: bars.map(bar => mean(bar.map(trial => trial.parts[i]))) })).filter((_, i) => run.times[timeParts[i]] > 0),
  });
  pickTimes(drawn, bars);
  fill("times-text", `${duration(run.times.elapsed)} from the first trial to the end of the last, on ${run.engine}, ${plural(run.threads, "thread")}: `,
    used.map(one => `${one.part} ${duration(one.value)}`).join(", "), ". The rest is what is neither: the strategy, the ledger, the engine's warming up. ",
    total > 1.01 * run.times.elapsed ? "Trials ran side by side, so their parts add up to more. " : "",
    run.times.paused > 0 ? `Gaps between trials of more than a minute, ${duration(run.times.paused)} in all, count as pauses and not as rest.` : "");
}

function pickTimes(drawn, bars) {
  drawn.getZr().off("click");
  drawn.getZr().on("click", event => {
    if (!drawn.containPixel("grid", [event.offsetX, event.offsetY])) return;
    const bar = bars[drawn.convertFromPixel({ xAxisIndex: 0 }, event.offsetX)];
    if (bar) lookAt(bar[0].id);
  });
}
