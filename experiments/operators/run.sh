#!/usr/bin/env bash
# Every operator on the quickstart models: at its default coefficients, and searched.
#   run.sh [TABLE.csv]
# OPERATORS ("name" or "name key=value …", separated by ';'), STUDY (another study's file), EVALUATIONS, OBJECTIVE and SEED choose what is run. Runs go to RUNS and are kept
# there, so that a table that was interrupted goes on where it was; the summary is printed at the end.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
study=${STUDY:-$root/experiments/quickstart/study.yaml}
folder=$(sed -n 's/^name: *//p' "$study")
table=${1:-operators.csv}
all="task_arithmetic;weighted_average;ties;ties variant=fusionbench;ties variant=mergekit density=0.2;ties_split;dare_linear;dare_ties;della_linear;della"
all="$all;breadcrumbs;breadcrumbs_ties;magmax;sce;consensus;multislerp;karcher;model_stock;tsv_m;iso_c;iso_cts;pcb;ext_sub;rws;ethos;emr;tall"
all="$all;ties tie=positive density={lower: 0.05, upper: 1, initial: 0.2};dare_linear drop_rate={lower: 0, upper: 0.95, initial: 0.5}"
IFS=';' read -ra operators <<<"${OPERATORS:-$all}"
runs=${RUNS:-$root/results/operators}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "operator,coefficients,default_objective,default_accuracy,objective,accuracy,failed" >"$table"
for operator in "${operators[@]}"; do
  name=${operator%% *}
  settings=${operator#"$name"}
  sets=(--set "merge={ operator: $name, granularity: model }" --set "objectives=[{ score: ${OBJECTIVE:-kl} }]" --set "seed=${SEED:-1}")
  # A setting ends where the next one, key=…, begins.
  while read -r setting; do
    if [ -n "$setting" ]; then sets+=(--set "merge.settings.$setting"); fi
  done < <(sed -E 's/ ([a-z_]+=)/\n\1/g' <<<"$settings")
  run=$(tr -c 'a-z0-9_.\n' '-' <<<"$operator")
  if [ -d "$runs/$folder/$run" ]; then
    "$root/run-search.sh" resume "$runs/$folder/$run" --out "$runs" >/dev/null
  else
    "$root/run-search.sh" run "$study" "${sets[@]}" --set "budget={ evaluations: ${EVALUATIONS:-200} }" --run-id "$run" --out "$runs" >/dev/null
  fi
  "$root/run-search.sh" query "$runs/$folder/$run" "SELECT name, initial FROM coefficients ORDER BY index" --format csv |
    python3 -c 'import csv, json, sys; print(json.dumps([{row["name"]: float(row["initial"]) for row in csv.DictReader(sys.stdin)}]))' >"$scratch/start.json"
  for role in search report; do
    "$root/run-search.sh" evaluate "$study" "${sets[@]}" --coefficients "$scratch/start.json" --role $role --json >"$scratch/$role.json"
  done
  "$root/run-search.sh" show "$runs/$folder/$run" --out "$runs" --json |
    python3 -c '
import json, sys
def accuracy(scores):
    values = [value for name, value in scores.items() if name.endswith("/accuracy")]
    return sum(values) / len(values)
start = json.load(open(sys.argv[3]))[0]
search, report = (json.load(open(path)) for path in sys.argv[4:])
found = json.load(sys.stdin)
best = found["best"]
print(sys.argv[1], sys.argv[2], search["objectives"][0], accuracy(report["scores"]), best["objectives"][0], accuracy(best["report"]), found["failed"], sep="\x1f")
' "$operator" "$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))[0]))' "$scratch/start.json")" "$scratch/start.json" "$scratch/search.json" "$scratch/report.json" |
    python3 -c 'import csv, sys; csv.writer(sys.stdout, lineterminator="\n").writerow(sys.stdin.read().rstrip("\n").split("\x1f"))' >>"$table"
done

python3 - "$table" <<'EOF'
import csv, sys
print("| operator | coefficients | default: objective, accuracy | searched: objective, accuracy |")
print("|---|--:|--:|--:|")
for row in csv.DictReader(open(sys.argv[1], newline="")):
    print(f"| `{row['operator']}` | {row['coefficients']} | {float(row['default_objective']):.4f}, {float(row['default_accuracy']):.4f} | {float(row['objective']):.4f}, {float(row['accuracy']):.4f} |")
EOF
