#!/usr/bin/env python3
"""Draws runtime distributions: which share of all (function, run, target) triples was reached after how many evaluations.

    ecdf.py BENCH.csv FIGURE.png

BENCH.csv is what `search bench strategies --out BENCH.csv` wrote; a panel for each suite (plain, bbob) and dimension in it. Every function counts
the same. Recorded peers are drawn beside: as curves for the plain functions (peer_runs.csv), as dots at the budgets that were recorded for BBOB
(peers.csv); a peer that lacks one of the panel's functions is left out.
"""
import collections
import csv
import pathlib
import sys

try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("ecdf.py needs matplotlib; please type: sudo apt-get install -y python3-matplotlib (and run it with /usr/bin/python3)")

HERE = pathlib.Path(__file__).parent


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def curve(hits_by_function, end):
    """Steps of the distribution; each function's (run, target) pairs share 1/functions among them; None is a pair that was not reached."""
    steps = []
    for hits in hits_by_function.values():
        weight = 1 / len(hits) / len(hits_by_function)
        steps += [(hit, weight) for hit in hits if hit is not None]
    steps.sort()
    x, y, total = [], [], 0.0
    for hit, weight in steps:
        total += weight
        x.append(hit)
        y.append(total)
    return x + [max(end, x[-1])] if x else [1, end], y + [total] if y else [0, 0]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ours = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
    for row in read(sys.argv[1]):
        if row["metric"] == "evaluations_to" and row["suite"] in ("plain", "bbob"):
            n = int(row["dimension"])
            ours[row["suite"], n][row["strategy"]][row["problem"]].append(float(row["value"]) / n if row["value"] else None)
    if not ours:
        sys.exit(f"{sys.argv[1]}: has no runs of the suites plain and bbob")
    peers = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
    for row in read(HERE / "peer_runs.csv"):
        n = int(row["dimension"])
        peers["plain", n][row["solver"]][row["problem"]] += [float(hit) / n if hit else None for hit in list(row.values())[4:]]
    dots = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in read(HERE / "peers.csv"):
        if row["suite"] == "bbob" and row["problem"] == "all":
            dots["bbob", int(row["dimension"])][row["solver"]].append((float(row["at"]), float(row["mean"])))

    # One colour a name in all panels; curves go on level to the panel's end.
    names = list(dict.fromkeys([name for group in (ours, peers, dots) for panel in group if panel in ours for name in group[panel]]))
    colours = dict(zip(names, plt.get_cmap("tab10").colors + plt.get_cmap("Dark2").colors))
    panels = sorted(ours, key=lambda key: (key[0] != "plain", key[1]))
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.6 * columns + 0.6, 4.4 * rows), squeeze=False, sharey=True)
    for axis in axes.flat[len(panels):]:
        axis.set_visible(False)
    for axis, key in zip(axes.flat, panels):
        suite, n = key
        functions = {name for strategy in ours[key].values() for name in strategy}
        complete = {solver: {name: hits[name] for name in functions} for solver, hits in peers[key].items() if functions <= hits.keys()}
        drawn = [*ours[key].values(), *complete.values()]
        end = max([hit for hits in drawn for values in hits.values() for hit in values if hit], default=1)
        for strategy, hits in ours[key].items():
            axis.step(*curve(hits, end), where="post", color=colours[strategy], linewidth=2.2, label=strategy)
        for solver, hits in complete.items():
            axis.step(*curve(hits, end), where="post", color=colours[solver], linewidth=1.1, linestyle="--", label=f"{solver} (peer)")
        for solver, points in dots[key].items():
            if len(functions) == 24:
                axis.plot(*zip(*sorted(points)), "o", color=colours[solver], markersize=4, label=f"{solver} (peer)")
        axis.set_xscale("log")
        axis.set_xlim(left=1)
        axis.set_ylim(0, 1)
        axis.set_title(f"{suite}, n = {n}: {len(functions)} function{'s' if len(functions) > 1 else ''}")
        axis.set_xlabel("evaluations / n")
        axis.grid(alpha=0.25)
        axis.legend(fontsize=7, loc="upper left")
    for row in axes:
        row[0].set_ylabel("share of targets reached")
    figure.tight_layout()
    figure.savefig(sys.argv[2], dpi=110)


main()
