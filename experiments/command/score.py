"""Scores a merged model: score.py FOLDER ROLE. Search reads the JSON object that it prints last.

The model is a network of two layers; numpy is all that it takes.
"""
import json
import os
import struct
import sys

import numpy as np

TASKS = {"north": 1, "south": 2}
FEATURES, HIDDEN, CLASSES = 16, 32, 6


def data(task, role, examples=600):
    """Noisy points around the task's class centres; roles have points of their own."""
    centres = np.random.default_rng(TASKS[task]).normal(size=(CLASSES, FEATURES))
    rng = np.random.default_rng([TASKS[task], {"train": 0, "search": 1, "select": 2, "report": 3}[role]])
    labels = rng.integers(CLASSES, size=examples)
    return (centres[labels] + rng.normal(scale=1.6, size=(examples, FEATURES))).astype(np.float32), labels


def forward(weights, points):
    hidden = np.maximum(points @ weights["layers.0.weight"].T + weights["layers.0.bias"], 0)
    logits = hidden @ weights["layers.1.weight"].T + weights["layers.1.bias"]
    shifted = logits - logits.max(axis=1, keepdims=True)
    return hidden, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    return {name: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def write(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(tensor.astype("<f4").tobytes() for tensor in tensors.values()))


if __name__ == "__main__":
    weights = read(os.path.join(sys.argv[1], "model.safetensors"))
    scores = {}
    for task in TASKS:
        points, labels = data(task, sys.argv[2])
        _, logs = forward(weights, points)
        scores[task] = {"accuracy": float((logs.argmax(1) == labels).mean()), "loss": float(-logs[np.arange(len(labels)), labels].mean())}
    print(json.dumps(scores))
