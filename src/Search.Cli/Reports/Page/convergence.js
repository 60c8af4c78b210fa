// How the objectives fell: over trials, over time spent in them, and over the clock.

const across = {
  trial: { name: "trial", of: trial => trial.at },
  spent: { name: "time in trials", of: trial => trial.spent / 1000 },
  clock: { name: "time since the first trial", of: trial => (trial.start + trial.time) / 1000 },
};

function bestSoFar(run, index) {
  const points = [];
  let least = Infinity;
  for (const trial of run.scored) {
    if (trial.compared && trial.objectives[index] < least) {
      least = trial.objectives[index];
      points.push({ trial, least });
    }
  }

  return points;
}

function timeUnit(seconds) {
  return seconds > 7200 ? { name: "hours", size: 3600 } : seconds > 180 ? { name: "minutes", size: 60 } : { name: "seconds", size: 1 };
}

function drawConvergence() {
  const run = shown.run;
  const growth = run.fronts?.growth;
  const objectives = [...run.objectives.map((name, i) => ({ value: i, name: objectiveTitle(name) })), ...growth ? [{ value: "volume", name: `volume that the front dominates (${better.higher})` }] : []];
  fill("convergence-controls",
    choice("convergence-objective", "objective", objectives, drawConvergence),
    choice("convergence-across", "over", Object.entries(across).map(([value, one]) => ({ value, name: one.name })), drawConvergence),
    choice("convergence-range", "range", [{ value: "near", name: "without the worst tenth" }, { value: "all", name: "all trials" }], drawConvergence));
  const axis = across[chosen["convergence-across"]];
  const [first, last] = [run.scored[0], run.scored.at(-1)];
  const unit = axis === across.trial || !last ? { name: "", size: 1 } : timeUnit(axis.of(last));
  const x = trial => axis.of(trial) / unit.size;
  const isVolume = chosen["convergence-objective"] === "volume";
  const index = isVolume ? 0 : Number(chosen["convergence-objective"]);
  const drawn = chart("convergence-chart", isNarrow() ? 300 : 380, "each trial's objective and the best so far");
  const name = isVolume ? objectives.at(-1).name : objectiveTitle(run.objectives[index]);
  const axes = {
    grid: { left: 54, right: 20, top: 66, bottom: 44 },
    legend: legendLook({ top: 0, left: 0 }),
    xAxis: valueAxis(unit.name ? `${axis.name}, ${unit.name}` : axis.name, { nameGap: 28, scale: false, min: first ? x(first) : null, max: last ? x(last) : null }),
    yAxis: upAxis(name),
  };
  if (isVolume) {
    const points = growth.trials.map((id, i) => ({ trial: run.byId.get(id), y: growth.volumes[i] })).filter(point => point.trial);
    draw(drawn, { ...axes, series: [{ type: "line", name: "front so far", step: "end", showSymbol: false, lineStyle: { width: 3, color: colour("main") }, itemStyle: { color: colour("main") }, data: points.map(point => [x(point.trial), point.y]) }] });
    pickable("convergence-chart", drawn, [points.map(point => ({ x: x(point.trial), y: point.y, trial: point.trial.id }))], point => lookAt(point.trial));
    fill("convergence-text", "How the volume grew that the front on search data dominates, below the worst value of each objective among all trials.");
    return;
  }

  const best = bestSoFar(run, index);
  const scored = run.scored.filter(trial => trial.compared || !trial.label);
  const sorted = scored.map(trial => trial.objectives[index]).sort((a, b) => a - b);
  const level = run.levels.filter(one => isNumber(one.objectives[index])).map(one => ({ name: one.name, y: one.objectives[index] }));
  const near = chosen["convergence-range"] === "near" && sorted.length > 0;
  const ceiling = near ? sorted[Math.floor(0.9 * (sorted.length - 1))] : sorted.at(-1);
  const seen = [...sorted.filter(value => value <= ceiling), ...level.filter(one => !near || one.y <= ceiling + (ceiling - sorted[0]) * 0.5).map(one => one.y)];
  const room = (Math.max(...seen) - Math.min(...seen)) * 0.05 || 0.01;
  const whole = scored.filter(trial => trial.compared);
  const part = scored.filter(trial => !trial.compared);
  const points = (trials, look) => ({
    type: "scatter", symbolSize: trials.length > 2000 ? 4 : 7, data: trials.filter(trial => trial.objectives[index] <= ceiling).map(trial => ({
      value: [x(trial), trial.objectives[index]], trial: trial.id, itemStyle: { opacity: isPicked(trial) ? 0.6 : 0.1 } })),
    itemStyle: { color: colour("soft") }, ...look,
  });
  const steps = best.map(point => [x(point.trial), point.least]);
  if (last && steps.length > 0) steps.push([x(last), steps.at(-1)[1]]);
  draw(drawn, {
    ...axes,
    yAxis: { ...axes.yAxis, min: Math.min(...seen) - room, max: Math.max(...seen) + room, axisLabel: { ...axes.yAxis.axisLabel, showMinLabel: false, showMaxLabel: false } },
    tooltip: tooltipLook(one => one.data?.trial === undefined ? "" : tip(trialTitle(run.byId.get(one.data.trial)), trialLines(run, run.byId.get(one.data.trial)))),
    series: [
      ...part.length > 0 ? [points(part, { name: "a step on a few examples", symbolSize: 4, itemStyle: { color: colour("d"), opacity: 0.5 } })] : [],
      points(whole, { name: "a trial" }),
      ...run.objectives.length > 1 ? [] : [{ type: "line", name: `median of ${windowOf(whole)}`, showSymbol: false, data: runningMedian(whole, index, x).filter(point => point[1] <= ceiling), lineStyle: { width: 1.5, color: colour("c") }, itemStyle: { color: colour("c") } }],
      { type: "line", name: "best so far", step: "end", showSymbol: false, data: steps, lineStyle: { width: 3, color: colour("main") }, itemStyle: { color: colour("main") } },
      ...level.map((one, i) => ({
        type: "line", name: one.name, showSymbol: false, data: last ? [[x(first), one.y], [x(last), one.y]] : [], lineStyle: { type: i === 0 ? "dotted" : "dashed", width: 1.5, color: colour("mark") }, itemStyle: { color: colour("mark") },
      })),
      ring(shown.trial.objectives[index] <= ceiling ? [x(shown.trial), shown.trial.objectives[index]] : null),
    ],
  });
  const visible = scored.filter(trial => trial.objectives[index] <= ceiling);
  pickable("convergence-chart", drawn, [visible.map(trial => ({ x: x(trial), y: trial.objectives[index], trial: trial.id }))], point => lookAt(point.trial));
  const beaten = level.map(one => ({ ...one, by: best.find(point => point.least < one.y) }));
  const hidden = scored.length - visible.length;
  fill("convergence-text", [
    `${objectiveTitle(run.objectives[index])}. `,
    best.length > 0 ? `The best so far, ${number(best.at(-1).least)}, came with trial ${best.at(-1).trial.id}.` : "No trial has been scored on all examples yet.",
    ...beaten.map(one => one.by ? ` ${one.name[0].toUpperCase()}${one.name.slice(1)} was beaten by trial ${one.by.trial.id}.` : ` ${one.name[0].toUpperCase()}${one.name.slice(1)} was not beaten.`),
    hidden > 0 ? ` ${plural(hidden, "trial")} above ${number(ceiling, 4)} not drawn.` : "",
    thinned(run),
  ].join(""));
}

const thinned = run => run.counts.carried < run.counts.rows ? ` This file carries ${count(run.counts.carried)} of ${plural(run.counts.rows, "trial")}: every record, every candidate scored on other data, and of the others an even sample.` : "";
const windowOf = trials => Math.max(5, Math.round(trials.length / 20));

function runningMedian(trials, index, x) {
  const size = windowOf(trials);
  const points = [];
  const every = Math.max(1, Math.floor(trials.length / 400));
  for (let i = size - 1; i < trials.length; i += every) {
    const values = trials.slice(i - size + 1, i + 1).map(trial => trial.objectives[index]).sort((a, b) => a - b);
    points.push([x(trials[i]), (values[(size - 1) >> 1] + values[size >> 1]) / 2]);
  }

  return points;
}

// What is looked at, wherever it is drawn.
const ring = (at, axes) => ({ type: "scatter", silent: true, z: 9, symbolSize: 16, itemStyle: { color: "transparent", borderColor: colour("mark"), borderWidth: 2.5 }, data: at && at.every(isNumber) ? [at] : [], ...axes });
