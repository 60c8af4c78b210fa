// Several objectives against each other: every pair a panel, one selection for all.

const mostPanels = 5;
const mostPoints = 3000;

const objectivePairs = run => run.objectives.slice(0, mostPanels).flatMap((_, row) => run.objectives.slice(0, row).map((_, column) => ({ row, column })));

function drawFront() {
  const run = shown.run;
  byId("front").hidden = !run.fronts;
  if (!run.fronts) return;
  const roles = Object.keys(run.fronts.roles);
  roles.sort((a, b) => (b === run.fronts.role) - (a === run.fronts.role));
  fill("front-controls",
    choice("front-role", "scored on", roles.map(role => ({ value: role, name: `${role} data` })), () => { drawFront(); drawChoices(); drawParallel(); }),
    element("button", { type: "button", id: "front-brush", "aria-pressed": "false", onclick: () => brush(byId("front-brush").getAttribute("aria-pressed") !== "true") }, "select a region"),
    element("button", { type: "button", id: "front-clear", onclick: clearSelection }, "select all again"));
  const role = chosen["front-role"];
  const front = run.fronts.roles[role];
  const members = new Set(front.trials);
  const intervals = intervalsOn(run, role);
  const values = trial => role === "search" ? trial.objectives : trial[role]?.objectives;
  let trials = run.scored.filter(trial => trial.compared && values(trial)?.length > 0);
  const all = trials.length;
  if (all > mostPoints) trials = trials.filter((trial, i) => members.has(trial.id) || isPicked(trial) && shown.picked || i % Math.ceil(all / mostPoints) === 0);
  trials.sort((a, b) => members.has(a.id) - members.has(b.id));

  const names = run.objectives.slice(0, mostPanels);
  const pairs = objectivePairs(run);
  const holder = byId("front-chart");
  const wide = holder.clientWidth;
  const stacked = isNarrow() || names.length === 2;
  const columns = stacked ? (names.length === 2 ? 1 : Math.min(2, pairs.length)) : names.length - 1;
  const size = stacked ? (names.length === 2 && !isNarrow() ? 420 : Math.floor(wide / columns)) : Math.min(300, Math.floor(wide / columns));
  const height = stacked && names.length === 2 && !isNarrow() ? 420 : size;
  const lines = stacked ? Math.ceil(pairs.length / columns) : names.length - 1;
  const drawn = chart("front-chart", lines * height + 10, "every pair of objectives, the front marked");
  const place = (pair, i) => stacked ? { left: i % columns * wide / columns, top: Math.floor(i / columns) * height } : { left: pair.column * wide / columns, top: (pair.row - 1) * height };
  const each = wide / columns;
  const bounds = names.map((_, i) => {
    const column = [...trials.map(trial => values(trial)[i]), ...front.trials.flatMap(id => intervals(id, i) ?? [])];
    const [low, high] = [Math.min(...column), Math.max(...column)];
    return { min: low - (high - low || 1) * 0.04, max: high + (high - low || 1) * 0.04 };
  });
  const plain = { ...axisLook() };
  plain.axisLabel = { ...plain.axisLabel, fontSize: 11, showMinLabel: false, showMaxLabel: false };
  const label = name => names.length > 2 && each < 260 ? `${name} ↓` : `${name} ↓ ${better.lower}`;
  const text = { color: colour("soft"), fontSize: 12, width: each - 60, overflow: "truncate" };
  draw(drawn, {
    grid: pairs.map((pair, i) => ({ left: place(pair, i).left + 50, top: place(pair, i).top + 28, width: each - 66, height: height - 78 })),
    xAxis: pairs.map((pair, i) => ({ type: "value", gridIndex: i, ...bounds[pair.column], ...plain, splitNumber: 3, name: label(names[pair.column]), nameLocation: "middle", nameGap: 24, nameTextStyle: text })),
    yAxis: pairs.map((pair, i) => ({ type: "value", gridIndex: i, ...bounds[pair.row], ...plain, splitNumber: 4, name: label(names[pair.row]), nameLocation: "end", nameGap: 8, nameTextStyle: { ...text, align: "left", padding: [0, 0, 0, -42] } })),
    tooltip: tooltipLook(one => one.data?.trial === undefined ? "" : tip(trialTitle(run.byId.get(one.data.trial)), [
      members.has(one.data.trial) ? `on the front (${front.marks[front.trials.indexOf(one.data.trial)].join(", ") || role + " data"})` : null,
      ...run.objectives.map((name, i) => `${name}: ${number(values(run.byId.get(one.data.trial))[i])}${intervalText(intervals(one.data.trial, i), 5)}, ${better.lower}`)].filter(Boolean))),
    brush: { xAxisIndex: "all", yAxisIndex: "all", brushLink: "all", throttleType: "debounce", throttleDelay: 150, transformable: true, brushStyle: { color: "rgba(120,140,150,0.15)", borderColor: colour("soft"), borderWidth: 1 }, inBrush: {}, outOfBrush: {} },
    toolbox: { show: false },
    series: [
      ...pairs.map((pair, i) => ({
        type: "scatter", id: `pair${i}`, xAxisIndex: i, yAxisIndex: i, symbolSize: (_, one) => members.has(one.data.trial) ? 9 : trials.length > 1000 ? 4 : 6,
        data: trials.map(trial => ({
          value: [values(trial)[pair.column], values(trial)[pair.row]], trial: trial.id,
          itemStyle: { color: members.has(trial.id) ? colour("main") : colour("faint"), opacity: !isPicked(trial) ? 0.1 : members.has(trial.id) ? 1 : 0.6 },
        })),
      })),
      ...pairs.map((pair, i) => ({
        type: "custom", id: `whiskers${i}`, xAxisIndex: i, yAxisIndex: i, silent: true, z: 1, clip: true, renderItem: drawWhiskers, data: whiskers(run, role, pair),
      })),
      ...pairs.map((pair, i) => ring(values(shown.trial) ? [values(shown.trial)[pair.column], values(shown.trial)[pair.row]] : null, { id: `ring${i}`, xAxisIndex: i, yAxisIndex: i })),
    ],
  });
  pickable("front-chart", drawn, pairs.map(pair => trials.map(trial => ({ x: values(trial)[pair.column], y: values(trial)[pair.row], trial: trial.id }))), point => lookAt(point.trial));
  drawn.off("brushSelected");
  drawn.on("brushSelected", event => selectRegion(event, trials));
  fill("front-text", `${plural(front.trials.length, "candidate")} of the ${count(front.scored)} scored on ${role} data ${front.trials.length === 1 ? "is" : "are"} on the front: no other is at least as good in every objective and better in one. `,
    `All objectives: ${better.lower}, so the lower left corner of a panel is best. `,
    isNumber(front.hypervolume) ? `The front dominates a volume of ${number(front.hypervolume, 6)} below the worst values among them (${better.higher}). ` : "Its volume is not measured, as so many vectors of so many objectives would take too long. ",
    hasIntervals(run, role) ? `Bars are ${intervalNote}. ` : "",
    run.objectives.length > mostPanels ? `Panels for the first ${mostPanels} of ${run.objectives.length} objectives; the table has all. ` : "",
    trials.length < all ? `${count(trials.length)} of ${count(all)} points drawn, the front among them. ` : "");
}

// What a trial of the front might be on more data of the same kind: lower and upper end, or null where too little is known.
function intervalsOn(run, role) {
  const front = run.fronts.roles[role];
  const places = new Map(front.trials.map((id, place) => [id, place]));
  return (id, objective) => front.intervals[places.get(id)]?.[objective] ?? null;
}

const hasIntervals = (run, role) => run.fronts.roles[role].intervals.some(one => one.some(interval => interval));
const intervalNote = "95 % intervals over blocks of examples drawn anew, the same draws for all candidates";
const intervalText = (interval, digits) => interval ? ` [${number(interval[0], digits)}, ${number(interval[1], digits)}]` : "";

function whiskers(run, role, pair) {
  const intervals = intervalsOn(run, role);
  return run.fronts.roles[role].trials.map(id => run.byId.get(id)).filter(trial => trial && (intervals(trial.id, pair.column) || intervals(trial.id, pair.row))).map(trial => {
    const { objectives } = role === "search" ? trial : trial[role];
    const [x, y] = [objectives[pair.column], objectives[pair.row]];
    return { value: [x, y, ...intervals(trial.id, pair.column) ?? [x, x], ...intervals(trial.id, pair.row) ?? [y, y]], itemStyle: { opacity: isPicked(trial) ? 0.55 : 0.06 } };
  });
}

function drawWhiskers(_, api) {
  const [x, y] = [api.value(0), api.value(1)];
  const ends = [[[api.value(2), y], [api.value(3), y]], [[x, api.value(4)], [x, api.value(5)]]];
  const style = { stroke: colour("main"), lineWidth: 1, opacity: api.style().opacity };
  const line = ([x1, y1], [x2, y2]) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
  return { type: "group", children: ends.map(([from, to]) => line(api.coord(from), api.coord(to))) };
}

function brush(on) {
  byId("front-brush").setAttribute("aria-pressed", String(on));
  report.charts["front-chart"].dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: on ? { brushType: "rect", brushMode: "single" } : { brushType: false } });
}

function selectRegion(event, trials) {
  const chosenRows = new Set(event.batch.flatMap(batch => batch.selected.filter(one => one.dataIndex.length > 0).flatMap(one => one.seriesId === undefined || String(one.seriesId).startsWith("pair") ? one.dataIndex : [])));
  const isDrawn = event.batch.some(batch => batch.areas.length > 0);
  if (!isDrawn && shown.picked === null) return;
  report.region = event.batch.flatMap(batch => batch.areas);
  pickOut(isDrawn ? new Set([...chosenRows].map(row => trials[row].id)) : null);
}

function clearSelection() {
  if (shown.run.fronts) {
    brush(false);
    report.charts["front-chart"].dispatchAction({ type: "brush", areas: [] });
  }

  pickOut(null);
}

// A selection changes how points look, not what there is: redrawing all would take the rectangle away.
function shadeFront() {
  const run = shown.run;
  const drawn = report.charts["front-chart"];
  if (!run.fronts || !drawn) return;
  const role = chosen["front-role"];
  const members = new Set(run.fronts.roles[role].trials);
  const option = drawn.getOption();
  drawn.setOption({
    series: [
      ...option.series.filter(one => one.id?.startsWith("pair")).map(one => ({
        id: one.id,
        data: one.data.map(point => {
          const trial = run.byId.get(point.trial);
          return { ...point, itemStyle: { color: members.has(trial.id) ? colour("main") : colour("faint"), opacity: !isPicked(trial) ? 0.1 : members.has(trial.id) ? 1 : 0.6 } };
        }),
      })),
      ...objectivePairs(run).map((pair, i) => ({ id: `whiskers${i}`, data: whiskers(run, role, pair) })),
    ],
  });
}

function followRing() {
  const run = shown.run;
  const drawn = report.charts["front-chart"];
  if (!run.fronts || !drawn) return;
  const role = chosen["front-role"];
  const values = role === "search" ? shown.trial.objectives : shown.trial[role]?.objectives;
  drawn.setOption({ series: objectivePairs(run).map((pair, i) => ({ id: `ring${i}`, data: values ? [[values[pair.column], values[pair.row]]] : [] })) });
}
