#!/usr/bin/env bash
# Searches that score every candidate on all examples beside the same searches as races: report accuracy, and what was scored.
#   racing.sh [TABLE.csv]
# SEEDS (how many), RULES ("none", or what stands in the section racing, separated by ';') and SETS (more settings, separated by ';') choose what is run; SEARCH is the program.
# Runs go to RUNS and are kept there, so that a table that was interrupted goes on where it was, and can be given further rules; the summary is printed at the end.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
search=${SEARCH:-$root/run-search.sh}
table=${1:-racing.csv}
runs=${RUNS:-$root/results/racing}
IFS=';' read -ra rules <<<"${RULES:-none;rule: halving;rule: sequential}"
IFS=';' read -ra more <<<"${SETS:-}"
sets=()
for setting in "${more[@]}"; do sets+=(--set "$setting"); done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [ ! -e "$table" ]; then echo "rule,seed,objective,accuracy,examples,share,candidates,complete,search_seconds" >"$table"; fi
for seed in $(seq 1 "${SEEDS:-10}"); do
  for rule in "${rules[@]}"; do
    if grep -qE "^\"?$rule\"?,$seed," "$table"; then continue; fi
    run=$(tr -c 'a-z0-9_.\n' '-' <<<"$rule-$seed")
    if [ -d "$runs/racing/$run" ]; then
      $search resume "$runs/racing/$run" --out "$runs" >/dev/null 2>&1
    else
      race=()
      if [ "$rule" != none ]; then race=(--set "racing={ $rule }"); fi
      $search run "$here/racing.yaml" "${sets[@]}" "${race[@]}" --set "seed=$seed" --run-id "$run" --out "$runs" >/dev/null 2>&1
    fi
    $search show "$runs/racing/$run" --out "$runs" --json >"$scratch/show.json"
    python3 -c 'import json, sys; json.dump([json.load(open(sys.argv[1]))["best"]["coefficients"]], open(sys.argv[2], "w"))' "$scratch/show.json" "$scratch/best.json"
    $search evaluate "$root/experiments/quickstart/study.yaml" "${sets[@]}" --coefficients "$scratch/best.json" --role report --json >"$scratch/report.json" 2>/dev/null
    # A candidate that did not race saw all examples of search data, 128 a task.
    $search query "$runs/racing/$run" "SELECT (SELECT coalesce(sum(list_sum(list_transform(list_filter(map_entries(scores), lambda one: ends_with(one.key, '/examples')), lambda one: one.value))), 0) FROM rungs)
        + 512 * (SELECT count(*) FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL AND trial_id NOT IN (SELECT trial_id FROM rungs)) AS examples,
      count(*) AS candidates, count(*) FILTER (state = 'complete') AS complete, sum(merge_ms + forward_ms + objective_ms) / 1000 AS seconds
      FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL" --format json >"$scratch/spent.json"
    python3 - "$rule" "$seed" "$scratch" >>"$table" <<'PYTHON'
import csv, json, sys
rule, seed, folder = sys.argv[1:]
show, report, spent = (json.load(open(f"{folder}/{name}.json")) for name in ("show", "report", "spent"))
spent = spent[0]
accuracies = [value for name, value in report["scores"].items() if name.endswith("/accuracy")]
csv.writer(sys.stdout, lineterminator="\n").writerow([
    rule, seed, show["best"]["objectives"][0], sum(accuracies) / len(accuracies), int(spent["examples"]), spent["examples"] / (512 * spent["candidates"]),
    spent["candidates"], spent["complete"], round(spent["seconds"], 1)])
PYTHON
  done
done

python3 - "$table" <<'PYTHON'
import csv, statistics, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
# Student's 0.975 quantiles by degrees of freedom.
student = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 14: 2.145, 19: 2.093, 29: 2.045}
whole = {row["seed"]: row for row in rows if row["rule"] == "none"}
print("| racing (seeds) | examples scored | report accuracy | difference (95 % interval) | objective | seconds of search |")
print("|---|--:|--:|--:|--:|--:|")
for rule in dict.fromkeys(row["rule"] for row in rows):
    own = [row for row in rows if row["rule"] == rule]
    mean = lambda key: statistics.mean(float(row[key]) for row in own)
    gaps = [float(row["accuracy"]) - float(whole[row["seed"]]["accuracy"]) for row in own]
    gap = "" if rule == "none" else f"{statistics.mean(gaps):+.4f} (± {student[len(gaps) - 1] * statistics.stdev(gaps) / len(gaps) ** 0.5:.4f})"
    print(f"| {rule} ({len(own)}) | {100 * mean('share'):.1f} % | {mean('accuracy'):.4f} | {gap} | {mean('objective'):.4f} | {mean('search_seconds'):.0f} |")
PYTHON
