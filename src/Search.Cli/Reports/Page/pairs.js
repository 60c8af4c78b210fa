// What experts changed in their base, and how far they agree.

const comparison = report.data.comparison;
const groups = comparison.groups.length > 0 ? comparison.groups : [{ ...comparison.model, name: "whole model" }];

const pairMeasures = {
  cosine: { name: "cosine", text: "The cosine of the angle between two task vectors: 1 is the same direction, 0 unrelated, −1 opposite; near 0 they can be added up without much harm." },
  signConflict: { name: "sign conflict", signed: false, text: "The fraction of elements that one expert of the pair raises and the other lowers: what cancels out in a sum. Vectors without a relation have 0.5." },
  overlap: { name: "overlap", signed: false, text: `How far the largest ${100 * comparison.density} % of each tensor's elements are the same ones: |A ∩ B| / |A ∪ B|.` },
};

const vectorMeasures = {
  relativeNorm: { name: "‖τ‖ / ‖θ₀‖", signed: false, text: "The length of an expert's task vector τ in units of the base's weights θ₀: how much it changed." },
  norm: { name: "‖τ‖", signed: false, text: "The length of an expert's task vector τ." },
  zero: { name: "left as it was", signed: false, text: "The fraction of elements that an expert left exactly as they were." },
};

function drawMeasure(part, measures, rows, of) {
  const key = `${part}-measure`;
  fill(`${part}-controls`, choice(key, "measure", Object.entries(measures).map(([value, one]) => ({ value, name: one.name })), drawAll));
  const measure = measures[chosen[key]];
  const cells = groups.flatMap((group, column) => of(group).map((one, row) => [column, row, one[chosen[key]]])).filter(cell => isNumber(cell[2]));
  const bound = chosen[key] === "cosine" ? 1 : Math.max(...cells.map(cell => Math.abs(cell[2])), 1e-9);
  drawGrid(`${part}-chart`, { rows, columns: groups.map(group => group.name), cells, bound, name: measure.name, signed: measure.signed });
  fill(`${part}-text`, measure.text, comparison.by === "model" ? "" : ` By ${comparison.by}.`);
}

const pairNames = comparison.model.pairs.map(pair => `${pair.expert} · ${pair.other}`);

redraws.push(() => {
  fill("heading", element("h1", null, "What experts changed in their base"),
    element("p", { className: "soft" }, `${report.data.base} · ${plural(comparison.experts.length, "expert")}: ${comparison.experts.join(", ")} · ${count(comparison.model.elements)} weights compared`));
  byId("pairs").hidden = pairNames.length === 0;
  if (pairNames.length > 0) drawMeasure("pairs", pairMeasures, pairNames, group => group.pairs);
  drawMeasure("vectors", vectorMeasures, comparison.experts, group => group.vectors);
  const row = (name, one, measures) => ({ cells: [name, ...Object.keys(measures).map(key => number(one[key], 4))] });
  const head = measures => Object.values(measures).map(measure => ({ name: measure.name }));
  fill("whole-vectors", table([{ name: "expert", text: true, wide: true }, ...head(vectorMeasures)], comparison.model.vectors.map(one => row(one.expert, one, vectorMeasures))));
  fill("whole-pairs", pairNames.length > 0 ? table([{ name: "pair", text: true, wide: true }, ...head(pairMeasures)], comparison.model.pairs.map((one, i) => row(pairNames[i], one, pairMeasures))) : null);
});
drawAll();
