// The tables of one run.

const trialButton = id => element("button", { type: "button", className: "trial", onclick: () => lookAt(id) }, String(id));

function drawFound() {
  const run = shown.run;
  const cell = one => one ? [number(one.accuracy, 3), " ", element("small", null, `(${number(one.entropy, 4)})`)] : "–";
  const hasAccuracy = run.table.rows.some(row => row.cells.some(one => isNumber(one?.accuracy)));
  const way = one => `${one.name} ${one.isHigherBetter ? "↑" : "↓"}`;
  const note = hasAccuracy ? `${way(run.table.report)} (${way(run.table.search)})` : `(${way(run.table.search)})`;
  fill("found-table", table(
    [{ name: "merge", text: true, wide: true }, ...["mean", ...run.tasks].map(name => ({ name, note }))],
    run.table.rows.map(row => ({
      className: row.trial !== null && row.trial === run.winner ? "found" : null, trial: row.trial,
      cells: [row.trial === null ? row.name : element("span", null, row.name, " ", row.name.includes("(trial ") ? trialLink(row.trial, "look") : null), ...row.cells.map(cell)],
    }))));
  fill("found-notes", run.table.notes.map(note => element("p", { className: "soft small", style: "margin:4px 0" }, note)));
}

const trialLink = (id, text) => element("button", { type: "button", className: "trial small", onclick: () => lookAt(id) }, text);

function drawChoices() {
  const run = shown.run;
  const role = run.fronts ? chosen["front-role"] : run.best.role;
  const ids = run.fronts ? run.fronts.roles[role].trials : run.best.trials;
  const values = trial => (role === "search" ? trial : trial[role])?.objectives ?? [];
  const tasks = run.tasks.filter(task => run.all.some(trial => isNumber(trial.report?.scores(`${task}/accuracy`))));
  byId("choices").hidden = ids.length === 0;
  byId("choices-title").textContent = run.fronts ? `The front on ${role} data` : `The best trials on ${role} data`;
  const intervals = run.fronts ? intervalsOn(run, role) : () => null;
  const most = 200;
  const marked = !isNarrow() && run.fronts !== null;
  const brief = isNarrow() || run.objectives.length > 2;
  const rows = ids.slice(0, most).map((id, i) => {
    const trial = run.byId.get(id);
    const marks = run.fronts ? run.fronts.roles[role].marks[i] : id === run.winner ? ["found"] : [];
    return {
      trial: id, className: [trial === shown.trial && "here", !isPicked(trial) && "out"].filter(Boolean).join(" ") || null,
      cells: [[trialButton(id), marks.length > 0 ? element("small", null, ` ${marks.join(", ")}`) : null], exportCommand(run, trial, brief), ...values(trial).map((value, objective) => [number(value, brief ? 5 : 6), element("small", null, intervalText(intervals(id, objective), 4))]), ...tasks.length > 0 ? [number(run.accuracy(trial, tasks), 4)] : []],
    };
  });
  fill("choices-table", table(
    [{ name: "trial", text: true, wide: marked }, { name: "export", text: true }, ...run.objectives.map(name => ({ name, note: better.lower })), ...tasks.length > 0 ? [{ name: "mean accuracy", note: `report data, ${better.higher}` }] : []],
    rows));
  const picked = shown.picked ? ids.filter(id => shown.picked.has(id)).length : null;
  fill("choices-text", run.fronts ? `By ${run.objectives[0]}.` : `By the objective on ${role} data.`,
    ` ${brief ? "Each button copies the command that" : "The command"} writes the merged model, reads it back and scores it again.`,
    run.fronts && hasIntervals(run, role) ? ` In brackets ${intervalNote}.` : "",
    picked === null ? "" : ` ${plural(picked, "row")} of ${ids.length} picked out.`, ids.length > most ? ` The first ${most} of ${count(ids.length)}.` : "");
}

function drawFailures() {
  const run = shown.run;
  byId("failures").hidden = run.failures.length === 0;
  fill("failures-table", table(
    [{ name: "trials" }, { name: "reason", text: true, wide: true }, { name: "the first", text: true }],
    run.failures.map(one => ({ cells: [count(one.count), one.reason, trialButton(one.first)] }))));
}

function drawStudy() {
  const run = shown.run;
  fill("study-text", `Search ${run.version} on ${run.machine}; seed ${run.seed}. Every default is written out, and paths are relative to the run's folder.`);
  byId("study-yaml").textContent = run.yaml;
}

function drawHeading() {
  const run = shown.run;
  const many = report.data.runs.length > 1;
  fill("heading",
    element("div", { className: "title" }, element("h1", null, run.study), element("span", { className: "soft" }, `run ${run.runId}`), element("span", { className: `chip ${run.state}` }, run.state)),
    element("p", { className: "soft", style: "margin:6px 0 0" },
      `${run.strategy} · ${run.operator} · ${plural(run.space.length, "coefficient")} (${run.granularity}) · ${plural(run.tasks.length, "task")} · ${run.engine}, ${plural(run.threads, "thread")} · seed ${run.seed} · began ${run.createdAt.slice(0, 16).replace("T", " ")} UTC`,
      run.startRule ? ` · start by rule ${run.startRule}` : "", run.stopReason ? ` · ended: ${run.stopReason}` : "",
      run.state === "running" ? ` · still at work: this is how it stood at ${report.data.written.slice(0, 19).replace("T", " ")} UTC` : ""),
    many ? element("div", { className: "controls" }, element("label", null, "run", element("select", { id: "run-choice", onchange: event => openRun(Number(event.target.value)) },
      report.data.runs.map((one, i) => element("option", { value: i, selected: one === run }, `${one.group} · ${one.runId}`))))) : null);

  const winner = run.byId.get(run.winner);
  const single = run.levels.at(-1);
  const accuracy = row => row?.cells[0]?.accuracy;
  const found = run.table.rows.find(row => row.trial === run.winner && run.winner !== null);
  const recipe = run.table.rows.find(row => single && row.trial === single.id);
  const figure = (value, text) => element("div", { className: "figure" }, element("b", null, value), element("span", null, text));
  fill("figures",
    ...winner && run.objectives.length === 1 ? [figure(number(winner.objectives[0]), `${run.objectives[0]} on search data, ${better.lower}; trial ${winner.id}`)] : [],
    ...winner && run.fronts ? [figure(count(run.fronts.roles[run.fronts.role].trials.length), `candidates on the front of ${run.objectives.length} objectives, ${run.fronts.role} data; the compromise is trial ${winner.id}`)] : [],
    ...winner && single && run.objectives.length === 1 ? [figure(signed(winner.objectives[0] - single.objectives[0]), `against ${single.name}, ${better.lower}`)] : [],
    ...isNumber(accuracy(found)) ? [figure(number(accuracy(found), 3), `mean ${run.table.report.name} on report data, ${run.table.report.isHigherBetter ? better.higher : better.lower}${isNumber(accuracy(recipe)) ? `; one λ: ${number(accuracy(recipe), 3)}` : ""}`)] : [],
    figure(count(run.counts.trials), `trials, ${run.counts.failed === 0 ? "none" : count(run.counts.failed)} failed${run.counts.infeasible ? `; ${count(run.counts.infeasible)} more broke the constraints and are left out` : ""}`),
    figure(duration(run.times.elapsed), "from the first trial to the last"));
}
