#!/usr/bin/env bash
# The quickstart study under other strategies and budgets, a row a run:
#   quickstart.sh [TABLE.csv]
# STRATEGIES, BUDGETS and SEEDS choose the cells; a strategy may have settings: "cma_es,population=20". Runs go to RUNS and are kept there, so
# that a table that was interrupted goes on where it was; the summary is printed at the end.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
table=${1:-quickstart.csv}
read -ra strategies <<<"${STRATEGIES:-cma_es}"
read -ra budgets <<<"${BUDGETS:-50 100 200 400}"
read -ra seeds <<<"${SEEDS:-1 2 3 4 5}"
runs=${RUNS:-$root/results/quickstart-strategies}

echo "strategy,budget,seed,objective,accuracy,trials,failed" >"$table"
for strategy in "${strategies[@]}"; do
  IFS=, read -ra parts <<<"$strategy"
  settings=(--set "strategy={ name: ${parts[0]} }")
  for part in "${parts[@]:1}"; do settings+=(--set "strategy.$part"); done
  for budget in "${budgets[@]}"; do
    for seed in "${seeds[@]}"; do
      # Names of runs have no commas.
      run="${strategy//,/+}-$budget-$seed"
      if [ -d "$runs/quickstart/$run" ]; then
        "$root/run-search.sh" resume "$runs/quickstart/$run" --out "$runs" >/dev/null
      else
        "$root/run-search.sh" run "$root/experiments/quickstart/study.yaml" "${settings[@]}" \
          --set "budget={ evaluations: $budget }" --set "seed=$seed" --run-id "$run" --out "$runs" >/dev/null
      fi
      "$root/run-search.sh" show "$runs/quickstart/$run" --out "$runs" --json |
        python3 -c '
import json, sys
found = json.load(sys.stdin)
best = found["best"]
accuracies = [value for name, value in best["report"].items() if name.endswith("/accuracy")]
print(*sys.argv[1:], best["objectives"][0], sum(accuracies) / len(accuracies), found["trials"], found["failed"], sep=",")
' "${strategy//,/ }" "$budget" "$seed" >>"$table"
    done
  done
done

python3 - "$table" <<'EOF'
import csv, statistics, sys
cells = {}
for row in csv.DictReader(open(sys.argv[1], newline="")):
    cells.setdefault((row["strategy"], int(row["budget"])), []).append((float(row["objective"]), float(row["accuracy"])))
print("| strategy | budget | seeds | search objective, median [worst] | report accuracy, median [least] |")
print("|---|--:|--:|--:|--:|")
for (strategy, budget), found in cells.items():
    objectives, accuracies = zip(*found)
    print(f"| `{strategy}` | {budget} | {len(found)} | {statistics.median(objectives):.4f} [{max(objectives):.4f}] | {statistics.median(accuracies):.4f} [{min(accuracies):.4f}] |")
EOF
