#!/usr/bin/env bash
# Fronts of the quickstart's four experts, one objective a task: how large the front is, scored anew on `select` data, after more and more evaluations.
#   quickstart.sh [TABLE.csv]
# STRATEGIES, BUDGETS (ascending) and SEEDS choose the cells; a strategy may have settings: "nsga2,population=40". SETTINGS change the study: "merge.granularity=tensor".
# A run is extended from budget to budget; runs go to RUNS and are kept there. SEARCH is the program. The summary is printed at the end; seconds are those of the candidates scored on search data.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
table=${1:-fronts.csv}
read -ra strategies <<<"${STRATEGIES:-nsga2 surface_front}"
read -ra budgets <<<"${BUDGETS:-25 50 100 200 400}"
read -ra seeds <<<"${SEEDS:-1}"
extra=()
for setting in ${SETTINGS:-}; do extra+=(--set "$setting"); done
runs=${RUNS:-$root/results/pareto-strategies}
search=${SEARCH:-$root/run-search.sh}

# What the experts alone score at the worst, and a little more.
reference=fashion=1.4,digits=1.5,letters=2.1,kana=2.1

[ -e "$table" ] || echo "strategy,seed,evaluations,share,front,gap,seconds" >"$table"
for seed in "${seeds[@]}"; do
  for strategy in "${strategies[@]}"; do
    IFS=, read -ra parts <<<"$strategy"
    settings=(--set "strategy={ name: ${parts[0]} }")
    for part in "${parts[@]:1}"; do settings+=(--set "strategy.$part"); done
    run="${strategy//,/+}-$seed"
    for budget in "${budgets[@]}"; do
      if grep -q "^${strategy//,/ },$seed,$budget," "$table"; then continue; fi
      if [ -d "$runs/pareto/$run" ]; then
        "$search" resume "$runs/pareto/$run" --evaluations "$budget" --out "$runs" >/dev/null
      else
        "$search" run "$root/experiments/pareto/study.yaml" "${settings[@]}" ${extra[@]+"${extra[@]}"} --set "budget={ evaluations: $budget }" --set "seed=$seed" --set "evaluator.threads=${THREADS:-0}" \
          --run-id "$run" --out "$runs" >/dev/null
      fi
      seconds=$("$search" query "$runs/pareto/$run" "SELECT sum(merge_ms + forward_ms + backward_ms + objective_ms) / 1000 FROM trials WHERE role = 'search' AND strategy <> 'reference'" --format csv --out "$runs" | tail -n 1)
      "$search" pareto "$runs/pareto/$run" --out "$runs" --reference "$reference" --json | python3 -c '
import json, math, sys
front = json.load(sys.stdin)
gap = next((sum(gap["means"]) / len(gap["means"]) for gap in front["gaps"] if gap["role"] == "select"), "")
print(*sys.argv[1:4], front["hypervolume"] / math.prod(front["reference"]), len(front["front"]), gap, sys.argv[4], sep=",")
' "${strategy//,/ }" "$seed" "$budget" "$seconds" >>"$table"
    done
  done
done

python3 - "$table" <<'EOF'
import csv, statistics, sys
cells, seconds, budgets = {}, {}, set()
for row in csv.DictReader(open(sys.argv[1], newline="")):
    cells.setdefault(row["strategy"], {}).setdefault(int(row["evaluations"]), []).append(float(row["share"]))
    if row["seconds"]:
        seconds.setdefault(row["strategy"], {}).setdefault(int(row["evaluations"]), []).append(float(row["seconds"]))
    budgets.add(int(row["evaluations"]))
budgets = sorted(budgets)
print("| strategy | seeds |", " | ".join(map(str, budgets)), "| seconds |")
print("|---|--:|" + "--:|" * (len(budgets) + 1))
for strategy, found in cells.items():
    print(f"| `{strategy}` | {max(map(len, found.values()))} |", " | ".join(f"{statistics.median(found[budget]):.4f}" if budget in found else "" for budget in budgets),
          f"| {statistics.median(seconds[strategy][max(seconds[strategy])]):.0f} |" if strategy in seconds else "| |")
EOF
