"""Does the norm of a task vector tell how much its coefficient matters, on the quickstart's experts?

    /usr/bin/python3 sensitivity.py [GRANULARITY]

Every coefficient of study.yaml, at granularity tensor or block, goes from its start half a unit up and down, alone. How much it matters is the root mean
square change of the four objectives. Prints the correlation of its logarithm with that of the norm, and of the norm relative to the base's.
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
EXPERTS = ["fashion", "digits", "letters", "kana"]
START, STEP = 0.3, 0.5


def load(name):
    data = (HERE.parent / "quickstart" / "zoo" / f"{name}.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    numbers = lambda entry: np.frombuffer(data[8 + length:][slice(*entry["data_offsets"])], np.float16).astype(float)
    return {tensor: numbers(entry) for tensor, entry in header.items() if tensor != "__metadata__" and not tensor.startswith("head.")}


granularity = sys.argv[1] if len(sys.argv) > 1 else "tensor"
base, experts = load("base"), {name: load(name) for name in EXPERTS}
groups = {}
for tensor in base:
    block = re.match(r"blocks\.\d+", tensor)
    groups.setdefault(tensor if granularity == "tensor" else block[0] if block else "rest", []).append(tensor)

names = [(expert, group) for group in groups for expert in EXPERTS]
start = {f"{expert}/{group}": START for expert, group in names}
rows = [start] + [{**start, name: START + step} for name in start for step in (STEP, -STEP)]
with tempfile.TemporaryDirectory() as folder:
    candidates = pathlib.Path(folder) / "rows.json"
    candidates.write_text(json.dumps(rows))
    program = os.environ.get("SEARCH", HERE.parent.parent / "run-search.sh")
    scored = subprocess.run([program, "evaluate", HERE / "study.yaml", "--set", f"merge.granularity={granularity}", "--coefficients", candidates, "--json"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
objectives = np.array([json.loads(line)["objectives"] for line in scored.splitlines()])
matters = np.sqrt(((objectives[1:] - objectives[0]).reshape(len(names), -1) ** 2).mean(axis=1))

norms = np.array([np.sqrt(sum(((experts[expert][tensor] - base[tensor]) ** 2).sum() for tensor in groups[group])) for expert, group in names])
bases = np.array([np.sqrt(sum((base[tensor] ** 2).sum() for tensor in groups[group])) for _, group in names])
for label, distances in (("norm", norms), ("relative norm", norms / bases)):
    correlation = np.corrcoef(np.log(distances), np.log(matters))[0, 1]
    print(f"{granularity}: {len(names)} coefficients, {label}: correlation of logarithms {correlation:.2f}, deviations {np.log(distances).std():.2f} and {np.log(matters).std():.2f}")
