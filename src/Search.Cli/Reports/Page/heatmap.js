// Numbers on a grid, coloured by how far they are from zero.

// grid: { rows, columns, cells: [[column, row, value]], bound (colours end there), name, digits }
function drawGrid(id, grid) {
  const holder = byId(id);
  const room = holder.parentElement.clientWidth;
  const upright = grid.columns.length > 24 || (isNarrow() && grid.columns.length > 3);
  const [across, down] = upright ? [grid.rows, grid.columns].map(shorten) : [grid.columns, grid.rows].map(shorten);
  const longest = names => Math.max(...names.map(name => name.length));
  const left = Math.min(isNarrow() ? 116 : 190, 18 + longest(down) * 6.6);
  const cell = Math.min(120, Math.max(isNarrow() ? 30 : 38, (room - left - 16) / across.length));
  const tilt = longest(across) * 6.8 > cell;
  const below = tilt ? Math.min(110, 20 + longest(across) * 5) : 26;
  const high = Math.max(22, Math.min(42, 420 / down.length));
  holder.style.width = `${Math.max(Math.min(room, Math.max(340, left + cell * across.length + 16)), left + 30 * across.length)}px`;
  const drawn = chart(id, below + high * down.length + 58, grid.name);
  drawn.resize();
  const shade = value => mix(colour("zero"), value < 0 ? colour("cold") : colour("mark"), Math.min(1, Math.abs(value) / (grid.bound || 1)));
  const name = { color: colour("soft"), fontSize: 12, overflow: "truncate" };
  draw(drawn, {
    grid: { left, right: 12, top: 8, bottom: below + 44 },
    xAxis: { type: "category", data: across, ...axisLook(), splitLine: { show: false }, axisLabel: { ...name, interval: 0, rotate: tilt ? 45 : 0, width: tilt ? 120 : cell } },
    yAxis: { type: "category", data: down, inverse: true, ...axisLook(), splitLine: { show: false }, axisLabel: { ...name, interval: 0, width: left - 12 } },
    tooltip: tooltipLook(one => tip(`${one.data.row} · ${one.data.column}`, [`${grid.name}: ${number(one.data.raw, 5)}`])),
    visualMap: {
      type: "continuous", min: grid.signed === false ? 0 : -grid.bound, max: grid.bound, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemWidth: 12, itemHeight: Math.min(220, room - 160), precision: 2, dimension: 2,
      text: [number(grid.bound, 3), number(grid.signed === false ? 0 : -grid.bound, 3)], textStyle: { color: colour("soft"), fontSize: 12 },
      inRange: { color: grid.signed === false ? [colour("zero"), colour("mark")] : [colour("cold"), colour("zero"), colour("mark")] },
    },
    series: [{
      type: "heatmap", itemStyle: { borderColor: colour("sheet"), borderWidth: 1.5 },
      label: { show: cell >= 34 && high >= 18, fontSize: 12, formatter: one => isNumber(one.data.raw) ? number(one.data.raw, 3) : "" },
      data: grid.cells.map(([column, row, value]) => ({
        value: upright ? [row, column, value] : [column, row, value], raw: value, row: grid.rows[row], column: grid.columns[column],
        label: { color: contrast(shade(value)) },
      })),
    }],
  });
  report.marks[id] = grid.cells;
  return drawn;
}

// What all names begin with tells nothing apart, and takes the room of what does.
function shorten(names) {
  let same = names[0].length;
  for (const name of names) {
    while (!name.startsWith(names[0].slice(0, same))) same--;
  }

  const cut = names.length > 1 ? names[0].slice(0, same).search(/[^./_-]*$/) : 0;
  return cut > 10 ? names.map(name => `…${name.slice(cut)}`) : names;
}

function contrast(back) {
  const [r, g, b] = [1, 3, 5].map(at => parseInt(back.slice(at, at + 2), 16) / 255).map(part => part <= 0.04 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.22 ? "#15181a" : "#ffffff";
}

function drawHeatmap() {
  const run = shown.run;
  const trial = shown.trial;
  byId("heatmap").hidden = run.space.length === 0;
  const vector = trial.coefficients;
  const title = `${trialTitle(trial)}${trial.id === run.winner ? ", the one found" : ""}`;
  if (!vector) {
    byId("heatmap-chart").style.height = "0";
    fill("heatmap-text", `${title}: ${run.isReference(trial) ? "a reference, which has one weight an expert and none of the search's coefficients" : "its coefficients are left out of this file"}. A click on another trial's point shows its coefficients.`);
    return;
  }

  const rows = [...new Set(run.space.map(one => one[1] ?? "setting"))];
  const columns = [...new Set(run.space.map(one => one[2] ?? (one[1] === null ? one[0] : "whole model")))];
  const cells = run.space.map((one, i) => [columns.indexOf(one[2] ?? (one[1] === null ? one[0] : "whole model")), rows.indexOf(one[1] ?? "setting"), vector[i]]);
  const bound = Math.max(...run.space.map(one => Math.max(Math.abs(one[3]), Math.abs(one[4]))).filter(isNumber), 1e-9);
  drawGrid("heatmap-chart", { rows, columns, cells, bound, name: "coefficient" });
  fill("heatmap-text", `${title}: how much of each expert is in ${columns.length > 1 ? `each part of the model (${run.granularity})` : "the model"}. 0 leaves the base as it is, 1 adds the expert's whole difference; colours end at the bounds. A click on a point of any chart shows that trial here.`);
}
