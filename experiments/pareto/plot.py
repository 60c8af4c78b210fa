"""Draws how fronts grow: plot.py FRONTS.csv PICTURE.png, from the table that quickstart.sh writes."""

import csv
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

cells = {}
with open(sys.argv[1], newline="") as table:
    for row in csv.DictReader(table):
        cells.setdefault(row["strategy"], {}).setdefault(int(row["evaluations"]), []).append(float(row["share"]))

figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
for marker, (strategy, found) in zip("osD^vP*Xhd<>", sorted(cells.items(), key=lambda cell: -statistics.median(cell[1][max(cell[1])]))):
    budgets = sorted(found)
    axes.plot(budgets, [statistics.median(found[budget]) for budget in budgets], marker=marker, markersize=5, linewidth=1.5, label=strategy)
if "nsga2" in cells:
    last = max(cells["nsga2"])
    axes.axhline(statistics.median(cells["nsga2"][last]), color="0.6", linewidth=0.8, linestyle=":")
axes.set_xscale("log")
axes.set_xticks(sorted({budget for found in cells.values() for budget in found}), labels=[str(budget) for budget in sorted({budget for found in cells.values() for budget in found})])
axes.minorticks_off()
axes.set_xlabel("evaluations")
axes.set_ylabel("share of the box (select data)")
axes.legend(frameon=False)
for side in ("top", "right"):
    axes.spines[side].set_visible(False)
figure.savefig(sys.argv[2], dpi=150)
