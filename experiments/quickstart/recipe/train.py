"""Base training on a small mixture of all tasks, then one fine-tuning per task with the head frozen."""
import copy
import math
import time

import numpy as np
import torch
import torch.nn.functional as F

from model import ViT

SCALE, OFFSET = 1 / 127.5, -1.0  # U8 pixel -> float; study.yaml says the same
MIRRORED = {"fashion"}  # a mirrored letter is another letter


def pixels(images):
    return torch.from_numpy(images).float() * SCALE + OFFSET


def augment(x, generator, mirror):
    """Random rotation, scale, shear and shift, as one batched affine resampling."""
    n = len(x)
    draw = lambda limit: (torch.rand(n, generator=generator) * 2 - 1) * limit
    angle, zoom, shear = draw(math.radians(10)), 1 + draw(0.1), draw(0.15)
    flip = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0) if mirror else torch.ones(n)
    cos, sin = angle.cos() / zoom, angle.sin() / zoom
    affine = torch.stack([torch.stack([cos * flip, -sin + shear, draw(0.12)], 1),
                          torch.stack([sin * flip, cos, draw(0.12)], 1)], 1)
    return F.grid_sample(x, F.affine_grid(affine, x.shape, align_corners=False), padding_mode="border",
                         align_corners=False)


class Sampler:
    """Endless shuffled, augmented batches of one task."""

    def __init__(self, name, images, labels, seed):
        self.images, self.labels = pixels(images), torch.from_numpy(labels)
        self.mirror = name in MIRRORED
        self.generator = torch.Generator().manual_seed(seed)
        self.order = torch.empty(0, dtype=torch.long)

    def batch(self, size):
        while len(self.order) < size:
            self.order = torch.cat([self.order, torch.randperm(len(self.labels), generator=self.generator)])
        chosen, self.order = self.order[:size], self.order[size:]
        return augment(self.images[chosen], self.generator, self.mirror), self.labels[chosen]


def schedule(step, steps, warmup):
    return min(1, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * step / steps))


def round_to_half(module):
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(p.half().float())


def balanced(rng, labels, count):
    """Indices of about `count` examples with equal class shares."""
    classes = [rng.permutation(np.flatnonzero(labels == c)) for c in np.unique(labels)]
    share = -(-count // len(classes))
    return np.concatenate([c[:share] for c in classes])


def train_base(tasks, seed, samples, steps, per_task, rate, smoothing=0.1):
    """Few examples and steps on purpose: a base that knows every task a little. -> body (with a dummy head), heads"""
    torch.manual_seed(seed)
    body = ViT(1)
    heads = {name: torch.nn.Linear(body.dim, task.classes) for name, task in tasks.items()}
    body.head = torch.nn.Identity()
    rng = np.random.default_rng(seed)
    samplers = {}
    for i, (name, task) in enumerate(tasks.items()):
        images, labels = task.splits["train"]
        chosen = balanced(rng, labels, samples[name])
        samplers[name] = Sampler(name, images[chosen], labels[chosen], seed * 100 + i)
    everything = torch.nn.ModuleList([body, *heads.values()])
    optimizer = torch.optim.AdamW(everything.parameters(), lr=rate, weight_decay=0.05)
    start = time.time()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * schedule(step, steps, 50)
        batches = {name: sampler.batch(per_task) for name, sampler in samplers.items()}
        features = body(torch.cat([x for x, _ in batches.values()])).split(per_task)
        # Divided by log(classes), so that no task dominates the mixture by its number of classes.
        losses = [F.cross_entropy(heads[name](f), y, label_smoothing=smoothing) / math.log(tasks[name].classes)
                  for f, (name, (_, y)) in zip(features, batches.items())]
        loss = torch.stack(losses).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(everything.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99:
            print(f"  base step {step + 1}: loss " + " ".join(f"{l.item():.3f}" for l in losses)
                  + f" ({time.time() - start:.0f} s)", flush=True)
    round_to_half(everything)
    return body.eval(), heads


def train_expert(name, task, body, head, seed, steps, batch, rate, smoothing=0.1):
    """Fine-tunes the body; the head stays the base's."""
    torch.manual_seed(seed)
    body = copy.deepcopy(body).train()
    head = copy.deepcopy(head).requires_grad_(False)
    sampler = Sampler(name, *task.splits["train"], seed * 100 + 50)
    optimizer = torch.optim.AdamW(body.parameters(), lr=rate, weight_decay=0.0)
    start = time.time()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * schedule(step, steps, 50)
        x, y = sampler.batch(batch)
        loss = F.cross_entropy(head(body(x)), y, label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 199:
            print(f"  {name} step {step + 1}: loss {loss.item():.3f} ({time.time() - start:.0f} s)", flush=True)
    round_to_half(body)
    return body.eval()
