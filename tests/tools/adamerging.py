#!/usr/bin/env python3
"""AdaMerging in plain PyTorch, to check ours against: autograd runs through the merge, nothing is shared with the C# code.

It trains coefficients on the quickstart's zoo and batches from the same start, on the same draws of examples (ExampleDraw's documented
rule, written again here), and compares them step by step with a run's ledger:

  search run experiments/quickstart/adamerging.yaml --run-id check ...
  search query check "SELECT generation, coefficients FROM trials WHERE strategy = 'adamerging' AND gradient IS NOT NULL ORDER BY generation" --format json > lambdas.json
  tests/tools/adamerging.py experiments/quickstart lambdas.json --granularity tensor --steps 50 --learning-rate 0.001 --seed 1

Prints the largest difference at every tenth step and exits with 1 if it passes --tolerance. Needs python3-torch.
"""
import argparse
import json
import os
import sys

import numpy as np
import torch
from torch.nn.utils.stateless import functional_call

MASK = (1 << 64) - 1
DTYPES = {"F32": np.float32, "F16": np.float16, "U8": np.uint8, "I64": np.int64}


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[8 + length:], DTYPES[t["dtype"]], (t["data_offsets"][1] - t["data_offsets"][0]) // np.dtype(DTYPES[t["dtype"]]).itemsize,
                                t["data_offsets"][0]).reshape(t["shape"]) for name, t in header.items()}


class Rng:
    """xoshiro256** seeded by SplitMix64 from (seed, generation, index)."""

    def __init__(self, seed, generation, index):
        self.mix = seed & MASK
        self.mix = self.split() ^ (generation & MASK)
        self.mix = self.split() ^ (index & MASK)
        self.s = [self.split() for _ in range(4)]

    def split(self):
        self.mix = (self.mix + 0x9E3779B97F4A7C15) & MASK
        z = self.mix
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def uniform(self):
        s = self.s
        turn = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
        result = (turn((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)
        return (result >> 11) / (1 << 53)


def draw(seed, task, step, examples, count):
    """Each task's examples are shuffled anew every epoch (Fisher-Yates, inside out) and dealt in order."""
    rows, order = [], None
    for i in range(examples):
        epoch, place = divmod(step * examples + i, count)
        if i == 0 or place == 0:
            rng, order = Rng(seed, task, epoch), [0] * count
            for n in range(count):
                j = int(rng.uniform() * (n + 1))
                order[n] = order[j]
                order[j] = n
        rows.append(order[place])
    return rows


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("study"); a.add_argument("lambdas")
    a.add_argument("--granularity", choices=["model", "tensor"], default="tensor")
    a.add_argument("--steps", type=int, default=50); a.add_argument("--batch", type=int, default=16)
    a.add_argument("--learning-rate", type=float, default=1e-3); a.add_argument("--initial", type=float, default=0.3)
    a.add_argument("--seed", type=int, default=1); a.add_argument("--tolerance", type=float, default=1e-3)
    o = a.parse_args()
    sys.path.insert(0, os.path.join(o.study, "recipe"))
    from model import ViT

    tasks = ["fashion", "digits", "letters", "kana"]
    zoo = {name: load(os.path.join(o.study, "zoo", f"{name}.safetensors")) for name in ["base"] + tasks}
    names = sorted(n for n in zoo["base"] if not n.startswith("head."))
    base = {n: torch.tensor(zoo["base"][n].astype(np.float32)) for n in names}
    tau = {t: {n: torch.tensor(zoo[t][n].astype(np.float32)) - base[n] for n in names} for t in tasks}
    heads = {t: {n: torch.tensor(zoo[t][n].astype(np.float32)) for n in zoo[t] if n.startswith("head.")} for t in tasks}
    data = {t: torch.tensor(load(os.path.join(o.study, "data", f"{t}.search.safetensors"))["image"].astype(np.float64) * 0.00784313725490196 - 1).float() for t in tasks}
    models = {t: ViT(heads[t]["head.bias"].shape[0]) for t in tasks}
    recorded = [row["coefficients"] for row in json.load(open(o.lambdas))]

    groups = len(names) if o.granularity == "tensor" else 1
    coefficients = torch.full((groups, len(tasks)), o.initial, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([coefficients], lr=o.learning_rate)
    worst = 0.0
    for step in range(o.steps + 1):
        here = coefficients.detach().numpy().ravel()
        if step < len(recorded):
            difference = float(np.abs(here - np.array(recorded[step])).max())
            worst = max(worst, difference)
            if step % 10 == 0:
                print(f"step {step:4d}  largest difference {difference:.3e}  mean coefficient {here.mean():.6f}", flush=True)
        elif step == 0:
            sys.exit("the ledger has no steps")
        if step == o.steps:
            break
        loss = 0
        for index, task in enumerate(tasks):
            merged = {n: base[n] + sum(coefficients[g if groups > 1 else 0, k].float() * tau[t][n] for k, t in enumerate(tasks)) for g, n in enumerate(names)}
            rows = draw(o.seed, index, step, o.batch, len(data[task]))
            logs = torch.log_softmax(functional_call(models[task], {**merged, **heads[task]}, data[task][rows]), -1)
            loss = loss - (logs.exp() * logs).sum(-1).mean() / len(tasks)
        adam.zero_grad()
        loss.backward()
        adam.step()
    compared = min(o.steps + 1, len(recorded))
    print(f"{compared} points compared, largest difference {worst:.3e}")
    sys.exit(0 if worst <= o.tolerance and compared == min(o.steps + 1, compared) else 1)


main()
