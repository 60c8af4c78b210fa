#!/usr/bin/env python3
"""Merge operators written again in NumPy from their papers' formulas, to check ours against: nothing is shared with the C# code.

  tests/tools/statistics.py FOLDER fisher normalize=true coefficients=0.2,0.8

FOLDER holds base.safetensors, e0.safetensors, e1.safetensors, ... and, where the operator needs them, f0.safetensors, f1.safetensors, ...
(precisions, or Grams under the weights' names) and base-f.safetensors. Prints a JSON object: tensor name to the merged tensor's elements.
Needs python3-numpy.
"""
import json
import os
import sys

import numpy as np

DTYPES = {"F64": np.float64, "F32": np.float32}


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length:]
    return {name: np.frombuffer(body[t["data_offsets"][0]:t["data_offsets"][1]], DTYPES[t["dtype"]]).reshape(t["shape"]).astype(np.float64) for name, t in header.items()}


def fisher(base, experts, stats, o):
    norm = [np.sqrt(sum((f[n] ** 2).sum() for n in base)) if o.get("normalize") == "true" else 1 for f in stats]
    floor = float(o.get("floor", 1e-6))
    f = [{n: (np.maximum(s[n], floor) if k == 0 else s[n]) / norm[k] for n in base} for k, s in enumerate(stats)]
    return {n: sum(c * s[n] * e[n] for c, s, e in zip(o["c"], f, experts)) / sum(c * s[n] for c, s in zip(o["c"], f)) for n in base}


def gradient_matching(base, experts, stats, o):
    h0 = {n: o["base"][n] + float(o.get("prior", 0)) for n in base}
    result = {}
    for n in base:
        total = h0[n] + sum(a * s[n] for a, s in zip(o["c"], stats))
        result[n] = base[n] + sum(a * (h0[n] + s[n]) / total * (e[n] - base[n]) for a, s, e in zip(o["c"], stats, experts))
    return result


def regmean(base, experts, stats, o):
    a = float(o.get("shrink", 0.9))
    result = {}
    for n in base:
        if n not in stats[0]:
            result[n] = sum(e[n] for e in experts) / len(experts)
            continue
        grams = [a * s[n] + (1 - a) * np.diag(np.diag(s[n])) for s in stats]
        result[n] = np.linalg.solve(sum(grams), sum(g @ e[n].T for g, e in zip(grams, experts))).T
    return blend(base, result, o)


def blend(base, merged, o):
    return {n: base[n] + o["c"][0] * (merged[n] - base[n]) for n in base}


def polar(m):
    u, _, v = np.linalg.svd(m, full_matrices=False)
    return u @ v


def matrices(base, experts, o, make):
    result = {}
    for n in base:
        taus = [e[n] - base[n] for e in experts]
        result[n] = base[n] + (make(taus) if base[n].ndim == 2 else sum(taus) / len(taus))
    return blend(base, result, o)


def tsv_m(base, experts, stats, o):
    def make(taus):
        k = min(taus[0].shape) // len(taus)
        parts = [np.linalg.svd(t, full_matrices=False) for t in taus]
        u = polar(np.concatenate([p[0][:, :k] for p in parts], 1))
        v = polar(np.concatenate([p[2][:k] for p in parts], 0))
        return u @ np.diag(np.concatenate([p[1][:k] for p in parts])) @ v
    return matrices(base, experts, o, make)


def iso_c(base, experts, stats, o):
    def make(taus):
        u, s, v = np.linalg.svd(sum(taus), full_matrices=False)
        return s.mean() * u @ v
    return matrices(base, experts, o, make)


def iso_cts(base, experts, stats, o):
    def make(taus):
        size = min(taus[0].shape)
        own = round((size - int(size * float(o.get("common", 0.8)))) / len(taus))
        common = size - own * len(taus)
        u, s, v = np.linalg.svd(sum(taus), full_matrices=False)
        rest = [np.linalg.svd(t - u[:, :common] @ u[:, :common].T @ t, full_matrices=False) for t in taus]
        left = np.concatenate([r[0][:, :own] for r in rest] + [u[:, :common]], 1)
        right = np.concatenate([r[2][:own] for r in rest] + [v[:common]], 0)
        return np.concatenate([r[1][:own] for r in rest] + [s[:common]]).mean() * polar(left) @ polar(right)
    return matrices(base, experts, o, make)


def scaled(x):
    low, high = x.min(-1, keepdims=True), x.max(-1, keepdims=True)
    return (x - low) / (high - low)


def between(x, low, high):
    """Clamped row by row to its order statistics at two fractions."""
    d = x.shape[1]
    y = np.sort(x, 1)
    return np.clip(x, y[:, int(d * low)][:, None], y[:, int(d * (1 - high) - 1)][:, None])


def pcb(base, experts, stats, o):
    names = sorted(base)
    taus = np.stack([np.concatenate([(e[n] - base[n]).ravel() for n in names]) for e in experts])
    n, d = taus.shape
    density = float(o.get("density", 0.1 if o.get("variant") == "code" else 0.2))
    softmax = lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    if o.get("variant") == "code":
        sizes = between(np.abs(taus), 1e-4, 1e-4)
        score = np.exp(n * scaled(sizes) ** 2) * np.tanh(taus * taus.sum(0))
        weight, values = scaled(between(score, 1 - density, 0)), np.sign(taus) * sizes
    else:
        score = softmax(n * scaled(taus * taus)) * sum(softmax(scaled(taus * other)) for other in taus)
        weight, values = np.where(score >= np.sort(score, 1)[:, int(d * (1 - density))][:, None], score, 0), taus
    total = weight.sum(0)
    merged = np.where(total > 0, (weight * values).sum(0) / np.where(total > 0, total, 1), 0)
    result, start = {}, 0
    for name in names:
        result[name] = base[name] + merged[start:start + base[name].size].reshape(base[name].shape)
        start += base[name].size
    return blend(base, result, o)


def main():
    folder, name, *settings = sys.argv[1:]
    options = dict(setting.split("=", 1) for setting in settings)
    options["c"] = [float(c) for c in options["coefficients"].split(",")]
    read = lambda file: load(os.path.join(folder, file))
    several = lambda letter: [read(f"{letter}{k}.safetensors") for k in range(100) if os.path.exists(os.path.join(folder, f"{letter}{k}.safetensors"))]
    if os.path.exists(os.path.join(folder, "base-f.safetensors")):
        options["base"] = read("base-f.safetensors")
    merged = globals()[name](read("base.safetensors"), several("e"), several("f"), options)
    print(json.dumps({key: value.ravel().tolist() for key, value in merged.items()}))


main()
