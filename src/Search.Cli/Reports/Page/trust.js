// Whether what was minimised can be believed: against data the search has not seen, and against accuracy.

function drawGap() {
  const run = shown.run;
  const roles = ["select", "report"].filter(role => run.all.some(trial => trial[role] && trial.state === "complete"));
  byId("gap").hidden = roles.length === 0;
  if (roles.length === 0) return;
  fill("gap-controls", choice("gap-objective", "objective", run.objectives.map((name, i) => ({ value: i, name: objectiveTitle(name) })), drawGap),
    choice("gap-range", "range", [{ value: "near", name: "near what was searched" }, { value: "all", name: "all that was scored" }], drawGap));
  const index = Number(chosen["gap-objective"]);
  const name = run.objectives[index];
  const of = role => run.all.filter(trial => isNumber(trial[role]?.objectives[index]) && isNumber(trial.objectives[index]) && !/^(base|expert:)/.test(trial.label ?? ""));
  const found = roles.flatMap(role => of(role).filter(trial => !run.isReference(trial)).map(trial => trial.objectives[index]));
  const span = found.length > 1 && chosen["gap-range"] === "near" ? Math.max(...found) + 2 * (Math.max(...found) - Math.min(...found)) : Infinity;
  const points = roles.map(role => of(role).filter(trial => trial.objectives[index] <= span)
    .map(trial => ({ x: trial.objectives[index], y: trial[role].objectives[index], trial: trial.id, searched: !run.isReference(trial) })));
  const all = points.flat();
  if (all.length === 0) return void (byId("gap").hidden = true);
  const low = Math.min(...all.map(point => Math.min(point.x, point.y)));
  const high = Math.max(...all.map(point => Math.max(point.x, point.y)));
  const room = (high - low || 1) * 0.04;
  const drawn = chart("gap-chart", isNarrow() ? 320 : 400, "each candidate's objective on search data and on other data");
  const look = [colour("c"), colour("mark")];
  draw(drawn, {
    grid: { left: 54, right: 20, top: 66, bottom: 46 },
    legend: legendLook({ top: 0, left: 0 }),
    tooltip: tooltipLook(one => one.data?.trial === undefined ? "" : tip(trialTitle(run.byId.get(one.data.trial)), [`${name}, ${better.lower}`, `search data: ${number(one.data.value[0])}`, `${one.seriesName}: ${number(one.data.value[1])}`])),
    xAxis: valueAxis(`${name} on search data (${better.lower})`, { min: low - room, max: high + room, nameGap: 28, axisLabel: { ...axisLook().axisLabel, showMinLabel: false, showMaxLabel: false } }),
    yAxis: upAxis(`${name} on other data (${better.lower})`, { min: low - room, max: high + room, axisLabel: { ...axisLook().axisLabel, showMinLabel: false, showMaxLabel: false } }),
    series: [
      { type: "line", name: "the same on both", silent: true, showSymbol: false, data: [[low, low], [high, high]], lineStyle: { color: colour("faint"), type: "dashed", width: 1.5 }, itemStyle: { color: colour("faint") } },
      ...roles.map((role, i) => ({
        type: "scatter", name: `${role} data`, symbolSize: 9, itemStyle: { color: look[i] },
        data: points[i].map(point => ({ value: [point.x, point.y], trial: point.trial, itemStyle: { opacity: isPicked(run.byId.get(point.trial)) ? 0.85 : 0.15, ...point.searched ? {} : open(look[i]).itemStyle } })),
      })),
      ring([shown.trial.objectives[index], (shown.trial[roles.at(-1)] ?? shown.trial[roles[0]])?.objectives[index]]),
    ],
  });
  pickable("gap-chart", drawn, [all], point => lookAt(point.trial));
  const gaps = roles.map((role, i) => ({ role, searched: points[i].filter(point => point.searched) })).filter(one => one.searched.length > 0)
    .map(one => `On ${one.role} data the ${plural(one.searched.length, "searched candidate")} scored ${signed(mean(one.searched.map(point => point.y - point.x)))} on average against search data. `);
  const winner = run.byId.get(run.winner);
  fill("gap-text", `${objectiveTitle(name)}. `, gaps,
    winner?.report ? `What was found: ${number(winner.objectives[index])} on search data, ${number(winner.report.objectives[index])} on report data (${signed(winner.report.objectives[index] - winner.objectives[index])}). ` : "",
    "Above the dashed line a candidate does worse on data that the search has not seen. Open circles are fixed recipes.");
}

const open = look => ({ itemStyle: { color: "transparent", borderColor: look, borderWidth: 1.5 } });
const signed = value => isNumber(value) ? `${value > 0 ? "+" : ""}${number(value, 4)}` : "–";

function drawTrust() {
  const run = shown.run;
  const trust = run.trust;
  byId("trust").hidden = !trust;
  if (byId("trust").hidden) return;
  const rows = [...trust.objective ? [{ ...trust.objective, score: run.objectives[0], of: trial => trial.objectives[0], note: "the objective" }] : [], ...trust.scores.map(row => ({ ...row, note: row.task ?? "mean over tasks" }))];
  fill("trust-controls", choice("trust-row", "score", rows.map((row, i) => ({ value: i, name: `${row.score}, ${row.note}` })), drawTrust));
  const row = rows[Number(chosen["trust-row"])];
  const tasks = row.task ? [row.task] : trust.tasks;
  const points = trust.trials.map(id => run.byId.get(id)).filter(Boolean).map(trial => ({
    x: row.of ? row.of(trial) : mean(tasks.map(task => trial.score(`${task}/${row.score}`))), y: run.accuracy(trial, tasks), trial: trial.id, searched: !run.isReference(trial),
  })).filter(point => isNumber(point.x) && isNumber(point.y));
  const drawn = chart("trust-chart", isNarrow() ? 320 : 400, "each candidate's score and accuracy");
  const of = (searched, name, look) => ({
    type: "scatter", name, symbolSize: 9, ...look,
    data: points.filter(point => point.searched === searched).map(point => ({ value: [point.x, point.y], trial: point.trial, itemStyle: { opacity: isPicked(run.byId.get(point.trial)) ? 0.9 : 0.15 } })),
  });
  const here = points.find(point => point.trial === shown.trial.id);
  draw(drawn, {
    grid: { left: 54, right: 20, top: 66, bottom: 46 },
    legend: legendLook({ top: 0, left: 0 }),
    tooltip: tooltipLook(one => one.data?.trial === undefined ? "" : tip(trialTitle(run.byId.get(one.data.trial)), [`${row.score}: ${number(one.data.value[0])}, ${better.lower}`, `accuracy: ${number(one.data.value[1], 4)}, ${better.higher}`])),
    xAxis: valueAxis(`${row.score} on search data (${better.lower})`, { nameGap: 28 }),
    yAxis: upAxis(`accuracy on report data (${better.higher})`),
    series: [
      of(true, "searched", { itemStyle: { color: colour("main") } }),
      of(false, "one λ for all experts", open(colour("mark"))),
      ring(here ? [here.x, here.y] : null),
    ],
  });
  pickable("trust-chart", drawn, [points], point => lookAt(point.trial));
  const interval = one => isNumber(one.value) ? `${one.value.toFixed(2)} [${one.low?.toFixed(2)}, ${one.high?.toFixed(2)}]`.replace(/-/g, "−") : "undefined, for one side does not vary";
  fill("trust-text", `Rank correlation of −${row.score} with accuracy over the ${plural(points.length, "trial")} that have both: Spearman's ρ ${interval(row.spearman)}, Kendall's τ ${interval(row.kendall)} (95 % bootstrap intervals, ${count(trust.resamples)} resamples). `,
    `${row.score}: ${better.lower}; accuracy: ${better.higher}. `, "1 orders models as accuracy does, 0 tells nothing, −1 misleads. ",
    element("code", null, `search trust ${run.runId}`), " evaluates more trials and every other score.");
}
