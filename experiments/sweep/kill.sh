#!/usr/bin/env bash
# Runs the sweep twice, once in peace and once killed twice with all of its processes, and compares the ledgers.
#   kill.sh [FOLDER]
# FOLDER (results/sweep-kill by default) is kept; what it holds already is not run again. JOBS studies run at once (1).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
search=${SEARCH:-$root/run-search.sh}
out=${1:-$root/results/sweep-kill}
mkdir -p "$out/broken" "$out/whole"
content="SELECT * EXCLUDE (started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials ORDER BY run_id, trial_id, role"

sweep() { "$search" sweep "$root/experiments/sweep/sweep.yaml" --jobs "${JOBS:-1}" --out "$out/$1"; }
finished() { grep -ls '"state": "finished"' "$out/$1"/*/*/manifest.json | wc -l; }

"$search" doctor >/dev/null # builds what is stale
for studies in 3 8; do
  set -m # a process group of its own
  sweep broken >/dev/null &
  set +m
  while kill -0 $! 2>/dev/null && [ "$(finished broken || true)" -lt "$studies" ]; do sleep 0.2; done
  sleep 3 # into the next study
  kill -9 -- -$! 2>/dev/null || true
  wait $! 2>/dev/null || true
  echo "killed with $(finished broken) of 12 studies finished" >&2
done
sweep broken >"$out/broken/leaderboard.txt"
sweep whole >"$out/whole/leaderboard.txt"

for which in broken whole; do
  "$search" query "$out/$which/quickstart-sweep" "$content" --format csv >"$out/$which/ledger.csv"
  (cd "$out/$which" && sha256sum quickstart-sweep/*/best/model.safetensors) >"$out/$which/models.txt"
done
cat "$out/broken/leaderboard.txt"
cmp "$out/broken/ledger.csv" "$out/whole/ledger.csv"
cmp "$out/broken/models.txt" "$out/whole/models.txt"
echo "the ledgers of the sweep that was killed and of the one that was not are the same: $(($(wc -l <"$out/whole/ledger.csv") - 1)) rows; so are the $(wc -l <"$out/whole/models.txt") models"
