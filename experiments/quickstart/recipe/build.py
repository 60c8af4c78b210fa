"""Builds zoo/ and data/ from scratch: same seeds, same machine, same files.

usage: build.py [OUTPUT_FOLDER]
"""
import os
import sys
import time

import torch

import data
import files
import train

SEED = 1

# A base that knows every task a little and is sure of nothing (few examples, strong label smoothing), as pre-trained models are
# before they meet a task; experts that are sure of theirs. Otherwise the entropy of a merge says little about its accuracy.
BASE = dict(samples=dict(fashion=150, digits=20, letters=104, kana=92), steps=1000, per_task=20, rate=1e-3, smoothing=0.3)
EXPERT = dict(batch=64, rate=2e-4, smoothing=0.0)
STEPS = dict(fashion=2500, digits=400, letters=1600, kana=800)


def write(folder, tasks, base, experts, heads):
    zoo, batches = os.path.join(folder, "zoo"), os.path.join(folder, "data")
    os.makedirs(zoo, exist_ok=True)
    os.makedirs(batches, exist_ok=True)
    first = next(iter(tasks))
    base.head = heads[first]  # any head would do: the study takes each task's from its expert
    files.export_graph(os.path.join(zoo, "vit.onnx"), base)
    files.save_checkpoint(os.path.join(zoo, "base.safetensors"), base)
    base.head = torch.nn.Identity()
    for name, expert in experts.items():
        expert.head = heads[name]
        files.save_checkpoint(os.path.join(zoo, name + ".safetensors"), expert)
        expert.head = torch.nn.Identity()
        for role in ("search", "select", "report"):
            images, labels = tasks[name].splits[role]
            files.save_batch(os.path.join(batches, f"{name}.{role}.safetensors"), images,
                             None if role == "search" else labels)


def main():
    torch.set_num_threads(1)  # part of the seed: another thread count adds in another order
    start = time.time()
    tasks = data.load()
    base, heads = train.train_base(tasks, SEED, **BASE)
    experts = {name: train.train_expert(name, task, base, heads[name], SEED, STEPS[name], **EXPERT)
               for name, task in tasks.items()}
    print(f"trained in {time.time() - start:.0f} s", flush=True)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    write(sys.argv[1] if len(sys.argv) > 1 else here, tasks, base, experts, heads)


if __name__ == "__main__":
    main()
