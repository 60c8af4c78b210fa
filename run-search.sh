#!/usr/bin/env bash
# The one door: sets up what is missing, builds what is stale, then
#   ./run-search.sh            runs the quickstart study
#   ./run-search.sh test       runs all tests
#   ./run-search.sh ARGS…      is the search command line, e.g. ./run-search.sh list
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# One heap for all threads: a second one gives its pages back to the system after every forward pass and fetches them again in the next.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
export SEARCH_RESULTS="${SEARCH_RESULTS:-$root/results}" SEARCH_COMMAND="${BASH_SOURCE[0]}"

say() { echo "run-search: $*" >&2; }

# Installs Debian packages, or says what to type when it may not.
install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  say "installing $*"
  if { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; } &&
    "${as_root[@]}" apt-get update -qq >&2 && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2; then
    return 0
  fi
  say "could not install $*; please type: sudo apt-get update && sudo apt-get install -y $*"
  return 1
}

# Installs packages that nothing fails without, so they are asked for once only. What was built may have to be built again with them.
offer() {
  local asked
  asked="$root/src/Search.Native/obj/asked-$(tr ' ' + <<<"$*")"
  if [ -e "$asked" ]; then return; fi
  if ! dpkg -s "$@" >/dev/null 2>&1; then
    if install_packages "$@"; then rm -f "$root"/*/Search.Cli*/obj/built; else say "going on without it"; fi
  fi
  mkdir -p "$(dirname "$asked")" && touch "$asked"
}

set_up() {
  if ! command -v dotnet >/dev/null; then
    say "the .NET 10 SDK is missing: see https://learn.microsoft.com/dotnet/core/install/linux-debian"
    exit 1
  fi
  if ! command -v npm >/dev/null; then install_packages nodejs npm || exit 1; fi
  # Linear algebra for strategies that look for it; libtorch and what builds the bridge to it, for the torch engine.
  offer libopenblas0-pthread
  offer g++
  if [ -z "${SEARCH_LIBTORCH-}" ]; then offer libtorch-dev; fi
  alone npm_packages "$root/src/Search.Native"
  alone npm_packages "$root/src/Search.Cli"
}

# alone COMMAND…: two that start at once must not build or fetch at once. What they start must not hold the lock: the compiler's server lives on.
alone() {
  mkdir -p "$root/src/Search.Cli/obj"
  (
    flock 9
    "$@" 9>&-
  ) 9>"$root/src/Search.Cli/obj/lock"
}

# The committed lock file decides the versions; no package's scripts run.
npm_packages() {
  if [ ! "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
    say "fetching the npm packages of ${1#"$root"/}"
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    touch "$1/node_modules/.package-lock.json"
  fi
}

# build TARGET STAMP FOLDER…: builds when a source is newer than the last build that succeeded.
build() {
  local target=$1 stamp=$2
  shift 2
  if [ ! -e "$stamp" ] || [ -n "$(find "$@" \( -name bin -o -name obj -o -name node_modules \) -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    say "building $(basename "$target")"
    mkdir -p "$(dirname "$stamp")"
    touch "$stamp.started"
    dotnet build "$target" -c Release -v quiet --nologo >&2
    mv "$stamp.started" "$stamp"
  fi
}

search() {
  alone build "$root/src/Search.Cli/Search.Cli.csproj" "$root/src/Search.Cli/obj/built" "$root/src"
  exec dotnet exec "$root/src/Search.Cli/bin/Release/net10.0/search.dll" "$@"
}

run_tests() {
  # ONNX's cases, restatements of operators, reports in a browser, notebooks.
  offer libonnx-testdata chromium python3-numpy python3-nbconvert python3-ipykernel python3-pandas python3-matplotlib python3-scipy
  alone npm_packages "$root/tests/Search.Storage.Tests"
  alone build "$root/Search.sln" "$root/tests/Search.Cli.Tests/obj/built" "$root/src" "$root/tests" "$root/Search.sln"
  local results status=0
  results=$(mktemp -d)
  dotnet test "$root/Search.sln" -c Release --no-build --nologo --logger trx --results-directory "$results" || status=$?
  # One trx file a test project; its <Counters> element holds the totals.
  cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*>' | awk '
    function field(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
    { total += field("total"); passed += field("passed"); failed += field("failed") + field("error") + field("timeout") + field("aborted") }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, total - passed - failed }'
  rm -rf "$results"
  return "$status"
}

set_up
case "${1-}" in
  "") search run "$root/experiments/quickstart/study.yaml" ;;
  test) run_tests ;;
  *) search "$@" ;;
esac
