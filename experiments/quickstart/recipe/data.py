"""The four data sets: 28x28 grey images split into train, search, select and report.

Glyphs are split by font family, and near copies across families are left out of the roles that are not trained on.
"""
import csv
import gzip
import os
import re
import subprocess
from collections import namedtuple

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

SIZE = 28
SEED = 1
FASHION = "/usr/share/datasets/fashion-mnist"
DIGITS = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
ROLES = ("train", "search", "select", "report")

Task = namedtuple("Task", "classes splits")  # splits: role -> (images uint8 [n,1,28,28], labels int64 [n])


def take(rng, images, labels, counts):
    """Cuts one shuffled data set into disjoint roles."""
    order = rng.permutation(len(labels))
    splits, at = {}, 0
    for role, count in counts.items():
        chosen = order[at:at + count] if count else order[at:]
        splits[role], at = (images[chosen], labels[chosen]), at + count
    return splits


# ---- Fashion-MNIST -------------------------------------------------------------------------------------------

def read_idx(name):
    with gzip.open(os.path.join(FASHION, name)) as file:
        raw = file.read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def fashion(rng):
    images = read_idx("t10k-images-idx3-ubyte.gz")[:, None]
    labels = read_idx("t10k-labels-idx1-ubyte.gz").astype(np.int64)
    splits = take(rng, images, labels, {"search": 128, "select": 128, "report": 800})
    train = read_idx("train-images-idx3-ubyte.gz")[:, None], read_idx("train-labels-idx1-ubyte.gz").astype(np.int64)
    chosen = rng.permutation(len(train[1]))[:30000]
    splits["train"] = train[0][chosen], train[1][chosen]
    return Task(10, splits)


# ---- UCI digits ----------------------------------------------------------------------------------------------

def digits(rng):
    with gzip.open(DIGITS, "rt") as file:
        rows = np.array([[float(cell) for cell in row] for row in csv.reader(file)])
    labels = rows[:, -1].astype(np.int64)
    small = np.clip(rows[:, :-1] * 255 / 16, 0, 255).astype(np.uint8).reshape(-1, 8, 8)
    images = np.stack([np.asarray(Image.fromarray(s).resize((SIZE, SIZE), Image.BICUBIC)) for s in small])[:, None]
    return Task(10, take(rng, images, labels, {"search": 128, "select": 128, "report": 600, "train": 0}))


# ---- glyphs of fonts -----------------------------------------------------------------------------------------

def package_fonts():
    """The font files of the packages in fonts.txt, and of no others that happen to be installed."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fonts.txt"), encoding="utf-8") as file:
        packages = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    listed = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True, check=True).stdout.split("\n")
    chosen = {p for p in listed if p.startswith("/usr/share/fonts/") and p.endswith((".ttf", ".otf"))}
    # Debian's default Japanese fonts, links that those packages make when they are installed.
    return chosen | {f"/usr/share/fonts/truetype/fonts-japanese-{style}.ttf" for style in ("gothic", "mincho")}


def font_files(characters):
    """Font files that hold every character, grouped by the first word of the family name."""
    groups = {}
    for path in sorted(package_fonts(), key=lambda p: (os.path.basename(p), p)):
        try:
            with TTFont(path, lazy=True) as font:
                known = font.getBestCmap() or {}
                family = (font["name"].getDebugName(16) or font["name"].getDebugName(1) or "").lower()
        except Exception:  # a broken font file is no sample
            continue
        if all(ord(c) in known for c in characters) and not re.search("ding|symbol|icon|bats|braille|bars", family):
            key = re.sub("[^a-z]", "", re.split(r"[\s\-_]", family.strip())[0]) or family
            groups.setdefault(key, []).append(path)
    return groups


def glyph(font, character):
    """One glyph, white on black, its box fitted into 24x24 pixels; None if the font draws nothing."""
    box = font.getbbox(character)
    width, height = box[2] - box[0], box[3] - box[1]
    if width < 4 or height < 4 or max(width, height) > 400:
        return None
    canvas = Image.new("L", (width, height))
    ImageDraw.Draw(canvas).text((-box[0], -box[1]), character, fill=255, font=font)
    scale = 24 / max(width, height)
    fitted = canvas.resize((max(2, round(width * scale)), max(2, round(height * scale))), Image.LANCZOS)
    image = Image.new("L", (SIZE, SIZE))
    image.paste(fitted, ((SIZE - fitted.width) // 2, (SIZE - fitted.height) // 2))
    return np.asarray(image)


def glyphs(rng, characters, counts, per_family):
    groups = font_files(characters)
    names = sorted(groups)
    rng.shuffle(names)
    # Families per role: enough that the report fonts are many different designs, all unseen in training.
    cut = {"search": 0.10, "select": 0.10, "report": 0.25, "train": 0.55}
    pools, splits, at = {}, {}, 0.0
    for role, share in cut.items():
        members = names[round(at * len(names)):round((at + share) * len(names))]
        at += share
        images, labels = [], []
        for name in members:
            paths = groups[name]
            for path in [paths[i] for i in rng.permutation(len(paths))[:per_family]]:
                try:
                    font = ImageFont.truetype(path, 64)
                    drawn = [glyph(font, c) for c in characters]
                except OSError:
                    continue
                if any(d is None for d in drawn) or len({d.tobytes() for d in drawn}) < 0.9 * len(drawn):
                    continue  # a placeholder box for most letters
                images += drawn
                labels += range(len(characters))
        pools[role] = np.stack(images)[:, None], np.array(labels)
        splits[role] = take(rng, *pools[role], {role: counts.get(role, 0)})[role]

    # Families of different names can share a design (a kana set bought in, a weight sold apart), so names are not enough:
    # a glyph that nearly equals one of its class in training, or in a role before its own, is left out.
    taken = [splits["train"]]
    for role in ("search", "select", "report"):
        images, labels = unlike(pools[role], taken)
        splits[role] = take(np.random.default_rng([SEED, len(role), len(characters)]), images, labels, {role: counts[role]})[role]
        taken.append(splits[role])
        print(f"  {role}: {len(pools[role][1])} glyphs, {len(labels)} unlike earlier ones, {len(splits[role][1])} used")
    return Task(len(characters), splits)


def unlike(pool, others, limit=0.98):
    """The images of a pool whose cosine with every image of their class in the others is below the limit."""
    def unit(images):
        flat = images.reshape(len(images), -1).astype(np.float32)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)

    images, labels = pool
    keep = np.ones(len(labels), bool)
    for other_images, other_labels in others:
        for c in np.unique(labels):
            mine, theirs = labels == c, other_labels == c
            if theirs.any():
                keep[mine] &= (unit(images[mine]) @ unit(other_images[theirs]).T).max(1) < limit
    return images[keep], labels[keep]


def letters(rng):
    return glyphs(rng, LETTERS, {"search": 128, "select": 128, "report": 800}, per_family=8)


def kana(rng):
    return glyphs(rng, KANA, {"search": 128, "select": 128, "report": 800}, per_family=8)


def load():
    builders = {"fashion": fashion, "digits": digits, "letters": letters, "kana": kana}
    tasks = {}
    for name, build in builders.items():
        tasks[name] = build(np.random.default_rng([SEED, *name.encode()]))
        print(name, {role: len(tasks[name].splits[role][1]) for role in ROLES}, flush=True)
    return tasks
