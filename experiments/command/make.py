"""Trains a base on a little of both tasks, and from it an expert of each: make.py [FOLDER]."""
import os
import sys

import numpy as np

from score import CLASSES, FEATURES, HIDDEN, TASKS, data, forward, write


def train(weights, points, labels, steps, rate):
    weights = {name: tensor.copy() for name, tensor in weights.items()}
    for _ in range(steps):
        hidden, logs = forward(weights, points)
        slope = (np.exp(logs) - np.eye(CLASSES)[labels]) / len(labels)
        inner = (slope @ weights["layers.1.weight"]) * (hidden > 0)
        for name, change in (("layers.1.weight", slope.T @ hidden), ("layers.1.bias", slope.sum(0)), ("layers.0.weight", inner.T @ points), ("layers.0.bias", inner.sum(0))):
            weights[name] = (weights[name] - rate * change).astype(np.float32)
    return weights


folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "zoo")
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(0)
start = {"layers.0.weight": rng.normal(scale=0.3, size=(HIDDEN, FEATURES)).astype(np.float32), "layers.0.bias": np.zeros(HIDDEN, np.float32),
         "layers.1.weight": rng.normal(scale=0.3, size=(CLASSES, HIDDEN)).astype(np.float32), "layers.1.bias": np.zeros(CLASSES, np.float32)}
sets = {task: data(task, "train") for task in TASKS}
base = train(start, *(np.concatenate([one[part] for one in sets.values()]) for part in (0, 1)), steps=20, rate=0.3)
write(os.path.join(folder, "base.safetensors"), base)
for task, (points, labels) in sets.items():
    write(os.path.join(folder, f"{task}.safetensors"), train(base, points, labels, steps=300, rate=0.3))
