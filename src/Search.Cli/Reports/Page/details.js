// The panel that says everything about one trial.

function drawDetails() {
  const run = shown.run;
  const trial = shown.trial;
  const aside = byId("details");
  const open = () => {
    aside.classList.toggle("open");
    drawDetails();
  };
  const at = run.all.indexOf(trial);
  const step = by => run.all[at + by] && lookAt(run.all[at + by].id);
  const field = element("input", { type: "number", min: 0, value: trial.id, "aria-label": "trial number", onchange: event => lookAt(Number(event.target.value)) });
  const facts = [
    ["proposed by", trial.strategy + (trial.label ? `, ${trial.label}` : "")],
    ["generation", trial.generation],
    ["derived from", trial.parent === null ? null : `trial ${trial.parent}`],
    ["state", trial.state],
    ["reason", trial.reason],
    ["scored on", trial.examples === null ? null : `${plural(trial.examples, "example")} of each task, not on all`],
    ["time", `${duration(trial.time)} (${["merge", "forward", "backward", "objective"].map((name, i) => trial.parts[i] > 0 ? `${name} ${duration(trial.parts[i])}` : null).filter(Boolean).join(", ")})`],
  ];
  fill("details",
    element("div", { className: "head controls", onclick: event => { if (!event.target.closest("button, input")) open(); } },
      element("h2", { id: "details-title" }, trialTitle(trial)),
      trial.state !== "complete" ? element("span", { className: `chip ${trial.state}` }, trial.state) : null,
      element("span", null, trial.objectives.slice(0, 2).map(value => number(value)).join(" · ")),
      element("button", { type: "button", className: "close", "aria-expanded": String(aside.classList.contains("open")), onclick: open }, aside.classList.contains("open") ? "less ▾" : "more ▴")),
    element("div", { className: "more" },
      element("div", { className: "controls" },
        element("button", { type: "button", "aria-label": "previous trial", disabled: at === 0, onclick: () => step(-1) }, "◀"), field,
        element("button", { type: "button", "aria-label": "next trial", disabled: at === run.all.length - 1, onclick: () => step(1) }, "▶"),
        run.winner !== null && run.winner !== trial.id ? element("button", { type: "button", onclick: () => lookAt(run.winner) }, "the one found") : null),
      element("dl", null, facts.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [element("dt", null, name), element("dd", null, String(value))])),
      trial.objectives.length > 0 ? element("div", { className: "scroll" }, objectiveTable(run, trial)) : null,
      trial.state === "complete" ? element("div", { className: "scroll" }, element("h3", null, "Scores a task"), scoreTable(run, trial)) : null,
      element("h3", null, "Coefficients"), coefficientTable(run, trial),
      trial.state === "complete" ? [element("h3", null, "Export"), exportCommand(run, trial)] : null));
}

function objectiveTable(run, trial) {
  const roles = [["search", trial], ["select", trial.select], ["report", trial.report]].filter(([, row]) => row);
  return table(
    [{ name: "objective", note: better.lower, text: true, wide: true }, ...roles.map(([name]) => ({ name, note: "data" }))],
    run.objectives.map((name, i) => ({ cells: [name, ...roles.map(([, row]) => number(row.objectives[i], 5))] })));
}

function scoreTable(run, trial) {
  const names = [...new Set(Object.keys(run.trials.scores).map(name => name.slice(name.lastIndexOf("/") + 1)))].filter(name => !["collapsed", "stopped", "examples", "accuracy"].includes(name));
  const columns = [...names.map(name => ({ name: name.replaceAll("_", "_\u200b"), note: "search data", of: task => trial.score(`${task}/${name}`) })),
    { name: "accuracy", note: `report data, ${better.higher}`, of: task => trial.report?.scores(`${task}/accuracy`) }]
    .filter(column => run.tasks.some(task => isNumber(column.of(task))));
  return table([{ name: "task", text: true }, ...columns], run.tasks.map(task => ({ cells: [task, ...columns.map(column => number(column.of(task), 4))] })));
}

function coefficientTable(run, trial) {
  if (run.isReference(trial)) return element("p", { className: "soft small" }, `A reference: one task-arithmetic weight an expert, which ${trial.label ? `“${trial.label}” says` : "its label says"}.`);
  if (!trial.coefficients) return element("p", { className: "soft small" }, `Left out of this file to keep it small: search query ${run.runId} "SELECT coefficients FROM trials WHERE trial_id = ${trial.id}"`);
  const most = 400;
  const rows = trial.coefficients.slice(0, most).map((value, i) => {
    const [name, , , lower, upper] = run.space[i];
    const size = Math.max(Math.abs(lower), Math.abs(upper)) || 1;
    return { cells: [name, number(value, 4), element("span", { className: value < 0 ? "bar below" : "bar", style: `width:${Math.round(60 * Math.min(1, Math.abs(value) / size))}px` })] };
  });
  return element("div", { className: "scroll", style: "max-height:260px" },
    table([{ name: "name", text: true, wide: true }, { name: "value" }, { name: "", text: true }], rows),
    trial.coefficients.length > most ? element("p", { className: "soft small" }, `the first ${most} of ${count(trial.coefficients.length)}`) : null);
}

function exportCommand(run, trial, brief = false) {
  const name = /^[\w.\/-]+$/.test(run.runId) ? run.runId : `'${run.runId.replaceAll("'", "'\\''")}'`;
  const text = `search export ${name} --trial ${trial.id} -o DIR`;
  return element("div", { className: "command", title: text }, brief ? null : element("code", null, text), copyButton(text, `the command that exports trial ${trial.id}`));
}
