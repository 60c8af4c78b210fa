// A run's trials as objects, and which of them is looked at.

function readRun(run) {
  const columns = run.trials;
  const decode = (coded, row) => coded.at[row] < 0 ? null : coded.names[coded.at[row]];
  const vectors = new Map(run.coefficients.trials.map((id, row) => [id, run.coefficients.values[row]]));
  const other = part => new Map(part.id.map((id, row) => [id, {
    objectives: part.objectives.map(values => values[row]),
    scores: name => part.scores[name]?.[row] ?? null,
  }]));
  const select = other(run.select);
  const reported = other(run.report);
  run.all = columns.id.map((id, row) => {
    const time = columns.merge[row] + columns.forward[row] + columns.backward[row] + columns.objective[row];
    return {
      id, row, time,

      // Recommended points are numbered apart, by the trial that would have been next.
      at: id >= run.firstRecommended ? id - run.firstRecommended : id,
      strategy: decode(columns.strategy, row), label: decode(columns.label, row), state: decode(columns.state, row), reason: decode(columns.reason, row),
      generation: columns.generation[row], parent: columns.parent[row], examples: columns.examples?.[row] ?? null,
      compared: columns.compared[row] === 1, start: columns.start[row],
      parts: [columns.merge[row], columns.forward[row], columns.backward[row], columns.objective[row]],
      objectives: columns.objectives.map(values => values[row]),
      score: name => columns.scores[name]?.[row] ?? null,
      coefficients: vectors.get(id) ?? null,
      select: select.get(id) ?? null, report: reported.get(id) ?? null,
    };
  });
  run.all.sort((a, b) => a.at - b.at || b.id - a.id);
  let spent = 0;
  for (const trial of run.all) {
    spent += trial.time;
    trial.spent = spent;
  }

  run.byId = new Map(run.all.map(trial => [trial.id, trial]));
  run.searched = run.all.filter(trial => trial.strategy !== "reference");
  run.scored = run.searched.filter(trial => trial.state === "complete" && trial.objectives.every(isNumber));
  run.isReference = trial => trial.strategy === "reference";
  run.accuracy = (trial, tasks = run.tasks) => mean(tasks.map(task => trial.report?.scores(`${task}/accuracy`)));
  return run;
}

function mean(values) {
  return values.length > 0 && values.every(isNumber) ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

const better = { lower: "lower is better", higher: "higher is better" };
const objectiveTitle = name => `${name} (${better.lower})`;

function trialTitle(trial) {
  return trial.label ? `${trial.label} (trial ${trial.id})` : `trial ${trial.id}`;
}

function trialLines(run, trial) {
  return [
    ...run.objectives.map((name, i) => `${name}: ${number(trial.objectives[i])}, ${better.lower}`),
    isNumber(run.accuracy(trial)) ? `mean accuracy on report data: ${number(run.accuracy(trial), 4)}, ${better.higher}` : null,
    trial.state === "failed" ? `failed: ${trial.reason}` : trial.reason,
  ].filter(Boolean);
}

// The run shown, the trial looked at, and those that a rectangle or an axis picked out (null: all).
const shown = { run: null, trial: null, picked: null };
const followers = { trial: [], later: [], picked: [] };
let due = 0;

function lookAt(id) {
  if (!shown.run.byId.has(id)) return;
  shown.trial = shown.run.byId.get(id);
  for (const follow of followers.trial) follow();

  // Thousands of marks take a while to draw again; what was asked for is on the screen before.
  clearTimeout(due);
  due = setTimeout(() => followers.later.forEach(follow => follow()), 0);
}

function pickOut(ids) {
  shown.picked = ids && ids.size > 0 ? ids : null;
  for (const follow of followers.picked) follow();
}

const isPicked = trial => shown.picked === null || shown.picked.has(trial.id);
