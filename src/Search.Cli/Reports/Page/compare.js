// Several runs side by side: a curve and a row each, and a band for a group of seeds.

function drawCompare() {
  const runs = report.data.runs;
  byId("compare").hidden = runs.length === 1;
  if (runs.length === 1) return;
  const shared = objective => runs.filter(run => run.objectives.includes(objective)).length;
  const names = [...new Set(runs.flatMap(run => run.objectives))].sort((a, b) => shared(b) - shared(a));
  fill("compare-controls",
    choice("compare-objective", "objective", names.map(name => ({ value: name, name: objectiveTitle(name) })), drawCompare),
    choice("compare-across", "over", ["trial", "spent"].map(value => ({ value, name: across[value].name })), drawCompare));
  const name = chosen["compare-objective"];
  const found = (run, objective) => run.objectives.includes(objective) ? run.byId.get(run.winner)?.objectives[run.objectives.indexOf(objective)] ?? null : null;
  const axis = across[chosen["compare-across"]];
  const groups = [...new Set(runs.map(run => run.group))];
  const looks = series();
  const look = group => looks[groups.indexOf(group) % looks.length];
  const curves = runs.filter(run => run.objectives.includes(name)).map(run => ({ run, steps: bestSoFar(run, run.objectives.indexOf(name)).map(point => [axis.of(point.trial), point.least]), end: run.scored.length > 0 ? axis.of(run.scored.at(-1)) : 0 })).filter(curve => curve.steps.length > 0);
  for (const curve of curves) curve.steps.push([curve.end, curve.steps.at(-1)[1]]);
  const unit = axis === across.trial ? { name: "", size: 1 } : timeUnit(Math.max(...curves.map(curve => curve.end)));
  const scaled = points => points.map(([x, y]) => [x / unit.size, y]);

  // What a tenth of the way is still far off would flatten all that matters.
  const levels = curves.map(curve => curve.steps.at(-1)[1]);
  const starts = curves.map(curve => valueAt(curve.steps, curve.end / 10) ?? curve.steps[0][1]);
  const [low, high] = [Math.min(...levels), Math.max(...levels, ...starts)];
  const drawn = chart("compare-chart", isNarrow() ? 340 : 420, "the best so far of each run");
  draw(drawn, {
    grid: { left: 54, right: 20, top: 66, bottom: 46 },
    legend: legendLook({ top: 0, left: 0, data: groups }),
    xAxis: valueAxis(unit.name ? `${axis.name}, ${unit.name}` : axis.name, { nameGap: 28, scale: false, min: Math.min(...curves.map(curve => curve.steps[0][0])) / unit.size }),
    yAxis: upAxis(`best so far: ${objectiveTitle(name)}`, { min: low - (high - low || 1) * 0.05, max: high + (high - low || 1) * 0.05, axisLabel: { ...axisLook().axisLabel, showMinLabel: false, showMaxLabel: false } }),
    tooltip: tooltipLook(one => one.seriesIndex < curves.length ? tip(`${curves[one.seriesIndex].run.group} · ${curves[one.seriesIndex].run.runId}`, [`${name}: ${number(curves[one.seriesIndex].steps.at(-1)[1])} at the end, ${better.lower}`]) : ""),
    series: [
      ...curves.map(curve => ({
        type: "line", name: curve.run.group, step: "end", symbol: "circle", symbolSize: 5, showSymbol: curve.steps.length < 200, triggerLineEvent: true, data: scaled(curve.steps),
        lineStyle: { width: curve.run === shown.run ? 3 : 1.2, opacity: groups.length < runs.length && curve.run !== shown.run ? 0.45 : 1, color: look(curve.run.group) }, itemStyle: { color: look(curve.run.group) },
      })),
      ...groups.flatMap(group => band(group, curves.filter(curve => curve.run.group === group), look(group), scaled)),
    ],
  });
  drawn.off("click");
  drawn.on("click", event => event.seriesIndex < curves.length && openRun(runs.indexOf(curves[event.seriesIndex].run)));
  report.marks["compare-chart"] = curves.map(curve => curve.steps);

  const rows = runs.map((run, i) => ({ run, i, winner: run.byId.get(run.winner) })).sort((a, b) => (found(a.run, name) ?? Infinity) - (found(b.run, name) ?? Infinity));
  const hasAccuracy = rows.some(({ run, winner }) => winner && isNumber(run.accuracy(winner)));
  const most = 6;
  fill("compare-table", table(
    [{ name: "run", text: true, wide: true }, { name: "group", text: true, wide: true }, { name: "state", text: true }, { name: "trials" }, { name: "failed" },
      ...names.slice(0, most).map(objective => ({ name: objective, note: `search data, ${better.lower}` })),
      ...hasAccuracy ? [{ name: "mean accuracy", note: `report data, ${better.higher}` }] : [], { name: "time in trials" }],
    rows.map(({ run, i, winner }) => ({
      className: run === shown.run ? "here" : null,
      cells: [element("button", { type: "button", className: "trial", onclick: () => openRun(i) }, run.runId), run.group, run.state, count(run.counts.trials), count(run.counts.failed),
        ...names.slice(0, most).map(objective => number(found(run, objective), 6)),
        ...hasAccuracy ? [number(winner ? run.accuracy(winner) : null, 4)] : [], duration(timeParts.reduce((sum, part) => sum + run.times[part], 0))],
    }))));
}

function valueAt(steps, x) {
  let value = null;
  for (const step of steps) {
    if (step[0] > x) break;
    value = step[1];
  }

  return value;
}

// Median and middle half over the runs that have got so far.
function band(group, curves, look, scaled) {
  if (curves.length < 3) return [];
  const xs = [...new Set(curves.flatMap(curve => curve.steps.map(step => step[0])))].sort((a, b) => a - b);
  const quantile = (values, share) => values[Math.floor(share * (values.length - 1))] + (values[Math.ceil(share * (values.length - 1))] - values[Math.floor(share * (values.length - 1))]) * (share * (values.length - 1) % 1);
  const points = xs.map(x => ({ x, values: curves.filter(curve => curve.end >= x).map(curve => valueAt(curve.steps, x)).filter(isNumber).sort((a, b) => a - b) })).filter(point => point.values.length >= 3);
  const line = share => scaled(points.map(point => [point.x, quantile(point.values, share)]));
  const [low, high] = [line(0.25), line(0.75)];
  const quiet = { type: "line", step: "end", showSymbol: false, silent: true, stack: `band ${group}`, stackStrategy: "all", lineStyle: { width: 0 }, tooltip: { show: false } };
  return [
    { ...quiet, data: low },
    { ...quiet, data: high.map(([x, y], i) => [x, y - low[i][1]]), areaStyle: { color: look, opacity: 0.16 } },
    { type: "line", name: group, step: "end", showSymbol: false, silent: true, data: line(0.5), lineStyle: { width: 3, color: look }, itemStyle: { color: look } },
  ];
}
