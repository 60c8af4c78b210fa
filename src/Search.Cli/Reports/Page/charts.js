// Charts: made once, drawn again when the theme or the width changes.

const redraws = [];

function chart(id, height, describe) {
  const holder = byId(id);
  let drawn = report.charts[id];
  holder.style.height = `${height}px`;
  if (!drawn) {
    drawn = report.charts[id] = echarts.init(holder, null, { renderer: "canvas" });
  } else {
    drawn.resize();
  }

  holder.setAttribute("role", "img");
  holder.setAttribute("aria-label", describe);
  return drawn;
}

function draw(drawn, option) {
  drawn.setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink") }, ...option }, { notMerge: true });
}

const axisLook = () => ({
  axisLine: { lineStyle: { color: colour("faint") } },
  axisTick: { lineStyle: { color: colour("faint") } },
  axisLabel: { color: colour("soft"), fontSize: 12, hideOverlap: true, formatter: value => number(value, 4).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") },
  splitLine: { lineStyle: { color: colour("rule") } },
  nameTextStyle: { color: colour("soft"), fontSize: 12 },
});

const valueAxis = (name, more) => ({ type: "value", name, scale: true, nameLocation: "middle", ...axisLook(), ...more });

// The vertical axis' name stands above it, where a long one has room.
const upAxis = (name, more) => valueAxis(name, { nameLocation: "end", nameGap: 10, nameTextStyle: { color: colour("soft"), fontSize: 12, align: "left", padding: [0, 0, 0, -40] }, ...more });

const legendLook = more => ({ type: "scroll", textStyle: { color: colour("soft"), fontSize: 12 }, inactiveColor: colour("faint"), pageTextStyle: { color: colour("soft") }, pageIconColor: colour("soft"), itemWidth: 18, itemHeight: 9, ...more });

const tooltipLook = formatter => ({
  confine: true, backgroundColor: colour("sheet"), borderColor: colour("faint"), textStyle: { color: colour("ink") }, formatter,
});

function tip(title, lines) {
  return element("div", { className: "tip" }, element("b", null, title), lines.map(line => element("span", null, line)));
}

// A tap next to a mark means the mark: of those within reach, the nearest.
const reach = 24;

function nearest(drawn, grids, x, y) {
  let best = null;
  for (const [index, points] of grids.entries()) {
    for (const point of points) {
      const at = drawn.convertToPixel({ xAxisIndex: index, yAxisIndex: index }, [point.x, point.y]);
      const distance = Math.hypot(at[0] - x, at[1] - y);
      if (distance <= reach && (!best || distance < best.distance)) best = { distance, point, at };
    }
  }

  return best;
}

// Points are { x, y, trial }; what was clicked is handed on. Tests and keyboards find marks through report.marks.
report.marks = {};

function pickable(id, drawn, grids, pick) {
  drawn.getZr().off("click");
  drawn.getZr().on("click", event => {
    const hit = nearest(drawn, grids, event.offsetX, event.offsetY);
    if (hit) pick(hit.point);
  });
  report.marks[id] = grids;
}

report.place = (id, trial, grid = 0) => {
  const point = report.marks[id][grid].find(one => one.trial === trial);
  return report.charts[id].convertToPixel({ xAxisIndex: grid, yAxisIndex: grid }, [point.x, point.y]);
};

function drawAll() {
  for (const redraw of redraws) redraw();
}

let width = window.innerWidth;
let waiting = 0;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (window.innerWidth !== width) {
      width = window.innerWidth;
      drawAll();
    }
  }, 120);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
window.addEventListener("beforeprint", drawAll);
