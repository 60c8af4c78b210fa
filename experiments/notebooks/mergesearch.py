"""Runs of search as pandas tables; works wherever run-search.sh does."""
import io, json, os, pathlib, shlex, subprocess
import pandas

SEARCH = shlex.split(os.environ.get("SEARCH_COMMAND") or str(pathlib.Path(__file__).resolve().parents[2] / "run-search.sh"))


def search(*arguments):
    done = subprocess.run([*SEARCH, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def query(run, sql):
    return pandas.read_csv(io.StringIO(search("query", run, sql, "--format", "csv")))


def front(run, *options):
    return json.loads(search("pareto", run, "--json", *options))
