// Every candidate a line through its coefficients, coloured by an objective.

const mostLines = 1500;

function drawParallelControls() {
  fill("parallel-controls",
    choice("parallel-colour", "colour", shown.run.objectives.map((name, i) => ({ value: i, name: objectiveTitle(name) })), drawParallel),
    shown.picked ? element("button", { type: "button", onclick: clearSelection }, "select all again") : null);
}

function drawParallel() {
  const run = shown.run;
  drawParallelControls();
  const index = Number(chosen["parallel-colour"]);
  const role = run.fronts ? chosen["front-role"] : null;
  const marked = new Set(run.fronts ? run.fronts.roles[role].trials : run.best.trials);
  const known = run.scored.filter(trial => trial.coefficients && trial.compared);
  const every = Math.ceil(known.length / mostLines);
  const lines = known.filter((trial, i) => i % every === 0 || marked.has(trial.id) || trial === shown.trial);
  byId("parallel").hidden = lines.length === 0;
  if (lines.length === 0) return;

  const most = isNarrow() ? 10 : 14;
  const axes = telling(run, known, index, most);
  const values = lines.map(trial => trial.objectives[index]).sort((a, b) => a - b);
  const [best, worst] = [values[0], values[Math.floor(0.9 * (values.length - 1))]];
  const shade = value => mix(colour("main"), colour("rule"), Math.min(1, Math.max(0, (value - best) / (worst - best || 1))) ** 0.6);
  const upright = isNarrow();
  const tried = lines.flatMap(trial => axes.map(at => trial.coefficients[at]));
  const range = { min: Math.floor(tried.reduce((a, b) => Math.min(a, b)) * 20) / 20, max: Math.ceil(tried.reduce((a, b) => Math.max(a, b)) * 20) / 20 };
  const drawn = chart("parallel-chart", upright ? 110 + (axes.length + run.objectives.length) * 46  : 440, "each trial a line through its coefficients and objectives");
  const names = [...axes.map(at => ({ text: run.space[at][0], look: colour("ink") })), ...run.objectives.map(name => ({ text: `${name} ↓`, look: colour("main") }))];
  const frame = upright ? { left: 104, right: 20, top: 20, bottom: 26 } : { left: 46, right: 100, top: 92, bottom: 16 };
  const step = (byId("parallel-chart").clientWidth - frame.left - frame.right) / (names.length - 1);
  const axis = (dimension, range, formatter) => ({
    dim: dimension, ...range, ...axisLook(), splitNumber: 4, name: upright ? names[dimension].text : "", nameLocation: "start",
    nameTextStyle: { color: names[dimension].look, fontSize: 11, width: 92, overflow: "truncate", align: "right" },
    axisLine: { lineStyle: { color: colour("faint"), width: 1.5 } }, axisLabel: { color: colour("soft"), fontSize: 11, hideOverlap: true, formatter },
  });
  const short = value => number(value, 3).replace(/\.?0+$/, "");
  const strongest = [...lines].sort((a, b) => (a === shown.trial) - (b === shown.trial) || b.objectives[index] - a.objectives[index]);
  draw(drawn, {
    parallel: { layout: upright ? "vertical" : "horizontal", ...frame, axisExpandable: false },
    parallelAxis: [
      ...axes.map((_, i) => axis(i, range, i === 0 ? short : () => "")),
      ...run.objectives.map((_, i) => axis(axes.length + i, { scale: true }, short)),
    ],

    // The library cuts an axis' name to the gap between axes, which leaves nothing of most.
    graphic: upright ? [] : names.map((name, i) => ({
      type: "text", silent: true, x: frame.left + i * step, y: frame.top - 10, rotation: Math.PI / 6,
      style: { text: name.text, fill: name.look, font: `11px ${getComputedStyle(document.body).fontFamily}`, width: 150, overflow: "truncate", verticalAlign: "bottom" },
    })),
    tooltip: tooltipLook(one => one.data?.trial === undefined ? "" : tip(trialTitle(run.byId.get(one.data.trial)), trialLines(run, run.byId.get(one.data.trial)))),
    series: [{
      type: "parallel", id: "lines", smooth: false, progressive: 0, inactiveOpacity: 0.03, activeOpacity: 1,
      data: strongest.map(trial => ({
        value: [...axes.map(at => trial.coefficients[at]), ...trial.objectives], trial: trial.id,
        lineStyle: trial === shown.trial ? { color: colour("mark"), width: 3.5, opacity: 1 }
          : { color: shade(trial.objectives[index]), width: marked.has(trial.id) ? 2 : 1, opacity: !isPicked(trial) ? 0.03 : marked.has(trial.id) ? 0.95 : 0.45 },
      })),
    }],
  });
  drawn.off("click");
  drawn.on("click", event => event.data?.trial !== undefined && lookAt(event.data.trial));
  drawn.off("axisareaselected");
  drawn.on("axisareaselected", () => {
    const rows = drawn.getModel().getSeries()[0].getRawIndicesByActiveState("active");
    pickedHere = true;
    pickOut(rows.length > 0 && rows.length < strongest.length ? new Set(rows.map(row => strongest[row].id)) : null);
    pickedHere = false;
  });
  fill("parallel-text", `The greener a line, the lower ${run.objectives[index]} (${better.lower}); bold lines are ${run.fronts ? `the front on ${role} data` : `the ${marked.size} best`}, the orange one is the trial looked at. `,
    `Coefficient axes span what was tried, ${number(range.min, 3)} to ${number(range.max, 3)}. `,
    "Drag along an axis to pick out the trials that pass there; a click on it lets go. ",
    axes.length < run.space.length ? `${axes.length} of ${count(run.space.length)} coefficients: those whose order goes most with that of the objective (Spearman's ρ). ` : "",
    lines.length < known.length ? `${count(lines.length)} of ${count(known.length)} lines drawn. ` : "",
    run.counts.vectors < run.searched.length ? `This file carries the coefficients of ${count(run.counts.vectors)} of ${count(run.searched.length)} trials.` : "");
}

// Drawing anew would take the stretch away that is being dragged.
let pickedHere = false;

function followPicked() {
  if (pickedHere) drawParallelControls();
  else drawParallel();
}

// The coefficients that the objective depends on most, in their own order.
function telling(run, trials, index, most) {
  const all = run.space.map((_, at) => at);
  if (all.length <= most || trials.length < 3) return all.slice(0, most);
  const objective = ranks(trials.map(trial => trial.objectives[index]));
  const strength = all.map(at => Math.abs(correlation(ranks(trials.map(trial => trial.coefficients[at])), objective)));
  return all.sort((a, b) => (strength[b] || 0) - (strength[a] || 0)).slice(0, most).sort((a, b) => a - b);
}

function ranks(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranked = [];
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j + 1 < order.length && values[order[j + 1]] === values[order[i]]) j++;
    for (let k = i; k <= j; k++) ranked[order[k]] = (i + j) / 2;
    i = j + 1;
  }

  return ranked;
}

function correlation(x, y) {
  const [a, b] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - a) * (y[i] - b);
    xx += (x[i] - a) ** 2;
    yy += (y[i] - b) ** 2;
  }

  return xy / Math.sqrt(xx * yy);
}
