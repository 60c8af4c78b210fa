#!/usr/bin/env python3
"""The merge operators in plain Python, to check ours against: written from their formulas, nothing is shared with the C# code.

  tests/tools/operators.py CASES

CASES is a JSON file: {"base": path, "experts": {name: path}, "cases": [{"name", "operator", "settings": {key: text}, "experts": count, "coefficients": [number], "task": name or null}]}.
The models are float32 safetensors. Prints one JSON object: case → tensor → the merged model less the base. Needs nothing but Python.
"""
import json
import math
import struct
import sys

MASK = (1 << 64) - 1


def load(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name in sorted(header, key=lambda text: text.encode("utf-16-be")):
        start, end = header[name]["data_offsets"]
        tensors[name] = (header[name]["shape"], list(struct.unpack(f"<{(end - start) // 4}f", data[8 + length + start:8 + length + end])))
    return tensors


def sign(x):
    return (x > 0) - (x < 0)


# --- masks: 32 bits for every element, from the seed and the names alone


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31), state


def first_draw(seed, generation, index):
    """The first 64 bits of xoshiro256** seeded from three numbers."""
    z, _ = split_mix(seed & MASK)
    z, _ = split_mix(z ^ generation)
    state, words = z ^ index, []
    for _ in range(4):
        z, state = split_mix(state)
        words.append(z)
    x = (words[1] * 5) & MASK
    return (((x << 7) | (x >> 57)) & MASK) * 9 & MASK


def mix(x):
    x = ((x ^ (x >> 16)) * 0x21F0AAAD) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x735A2D97) & 0xFFFFFFFF
    return x ^ (x >> 15)


def uniforms(seed, expert, tensor, count):
    """Numbers in [0, 1), one an element."""
    hashed = 14695981039346656037
    for byte in expert.encode() + b"\0" + tensor.encode():
        hashed = ((hashed ^ byte) * 1099511628211) & MASK
    bits = first_draw(seed, hashed, 0)
    first, second = bits & 0xFFFFFFFF, bits >> 32
    return [mix((mix(i ^ first) + second) & 0xFFFFFFFF) / 2**32 for i in range(count)]


# --- sparsifiers: a task vector is {tensor: values}


def runs(shape, count, scope):
    length = count if scope == "tensor" or len(shape) < 2 else shape[-1]
    return [range(start, start + length) for start in range(0, count, length)]


def by_size(values, indices):
    return sorted(indices, key=lambda i: (-abs(values[i]), i))


def trim(tau, shapes, density, scope, plus_one=False):
    def keep(count):
        return min(count, math.floor(density * count) + plus_one)

    if scope == "global":
        every = [(name, i) for name in tau for i in range(len(tau[name]))]
        order = sorted(range(len(every)), key=lambda j: (-abs(tau[every[j][0]][every[j][1]]), j))
        kept = {every[j] for j in order[:keep(len(every))]}
    else:
        kept = {(name, i) for name, values in tau.items() for run in runs(shapes[name], len(values), scope) for i in by_size(values, run)[:keep(len(run))]}
    return {name: [x if (name, i) in kept else 0.0 for i, x in enumerate(values)] for name, values in tau.items()}


def band(tau, shapes, density, gamma, scope):
    result = {}
    for name, values in tau.items():
        result[name] = [0.0] * len(values)
        for run in runs(shapes[name], len(values), scope):
            keep = math.floor(density * len(run))
            top = min(math.floor(gamma * len(run)), len(run) - keep)
            for i in by_size(values, run)[top:top + keep]:
                result[name][i] = values[i]
    return result


def sample(values, kept, draws, rescale):
    """Keeps each element with its own probability; the draws that are below the rest drop it."""
    result = [0.0 if draw < 1 - p else x / p if rescale == "expectation" else x for x, p, draw in zip(values, kept, draws)]
    before, after = sum(map(abs, values)), sum(map(abs, result))
    return [x * before / after for x in result] if rescale == "l1" and after > 0 else result


def drop(tau, expert, rate, rescale, seed):
    return {name: sample(values, [1 - rate] * len(values), uniforms(seed, expert, name, len(values)), rescale) for name, values in tau.items()}


def magprune(tau, shapes, expert, density, reach, scope, rescale, seed):
    if density == 1:
        return tau
    result = {}
    for name, values in tau.items():
        kept = [density] * len(values)
        for run in runs(shapes[name], len(values), scope):
            for rank, i in enumerate(reversed(by_size(values, run))):
                kept[i] = density - reach + 2 * reach * rank / (len(run) - 1) if len(run) > 1 else density
        result[name] = sample(values, kept, uniforms(seed, expert, name, len(values)), rescale)
    return result


# --- from task vectors to a merged one


def map_elements(taus, function):
    return {name: [function([tau[name][i] for tau in taus]) for i in range(len(taus[0][name]))] for name in taus[0]}


def weighted(taus, weights):
    return map_elements(taus, lambda values: sum(w * x for w, x in zip(weights, values)))


def elected(taus, weights, vote, normalize, scale):
    """mergekit's generalized task arithmetic."""
    def element(values):
        products = [w * x for w, x in zip(weights, values)]
        total = sum(map(sign, products)) if vote == "count" else sum(products)
        majority = 1 if total >= 0 else -1
        agree = [k for k, product in enumerate(products) if sign(product) == majority]
        divisor = sum(weights[k] for k in agree) if normalize else 1
        return scale * sum(products[k] for k in agree) / (divisor if abs(divisor) >= 1e-8 else 1)

    return map_elements(taus, element)


def disjoint(taus, vote, tie, reduce):
    """TIES' election and disjoint merge, before any weight."""
    def ballot(values):
        return sign(sum(map(sign, values)) if vote == "count" else sum(values))

    tied = {"positive": 1, "negative": -1}.get(tie)
    if tied is None:
        tied = 1 if sum(sum(signs) for signs in map_elements(taus, ballot).values()) > 0 else -1

    def element(values):
        side = ballot(values) or tied
        agree = [x for x in values if sign(x) == side]
        return 0.0 if not agree else sum(agree) / (len(agree) if reduce == "mean" else 1) if reduce != "largest" else max(agree, key=abs)

    return map_elements(taus, element)


def select_calculate_erase(taus, density, erases_all):
    result = {}
    for name in taus[0]:
        columns = list(zip(*(tau[name] for tau in taus)))
        chosen = range(len(columns))
        if density < 1:
            # n² times the variance, exact for these numbers
            spread = [len(c) * sum(x * x for x in c) - sum(c) ** 2 for c in columns]
            chosen = sorted(chosen, key=lambda i: (-spread[i], i))[:math.floor(density * sum(s > 0 for s in spread))]
        squares = [sum(columns[i][k] ** 2 for i in chosen) for k in range(len(taus))]
        weights = [s / sum(squares) if sum(squares) > 0 else 1 / len(taus) for s in squares]
        result[name] = []
        for i, column in enumerate(columns):
            majority = 1 if sum(column) >= 0 else -1
            agree = [k for k, x in enumerate(column) if sign(x) == majority] if erases_all or i in chosen else []
            divisor = sum(weights[k] for k in agree)
            result[name].append(sum(weights[k] * column[k] for k in agree) / divisor if divisor > 0 else 0.0)
    return result


def needed(values, k, threshold):
    return abs(values[k]) > threshold * abs(sum(values) - values[k])


def emr(taus, k, per_tensor):
    def unify(values):
        gamma = 1 if sum(values) > 0 else -1
        return gamma * max([abs(x) for x in values if x * gamma > 0], default=0.0)

    unified = map_elements(taus, unify)
    masked = {name: [u if u * x > 0 else 0.0 for u, x in zip(unified[name], taus[k][name])] for name in unified}

    def size(vector):
        return sum(sum(map(abs, values)) / (len(values) if per_tensor else 1) for values in vector.values())

    rescaler = size(taus[k]) / size(masked) if size(masked) > 0 else 1
    return {name: [rescaler * x for x in values] for name, values in masked.items()}


# --- on the sphere: lists of numbers


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def norm(a):
    return math.sqrt(dot(a, a))


def combine(vectors, weights):
    return [sum(w * x for w, x in zip(weights, column)) for column in zip(*vectors)]


def unit(a):
    return [x / norm(a) for x in a] if norm(a) > 0 else a


def arc(a, b, t, parallel):
    cosine = max(-1.0, min(1.0, dot(unit(a), unit(b))))
    angle = math.acos(cosine)
    if norm(a) * norm(b) == 0 or cosine > parallel or math.sin(angle) < 1e-7:
        return combine([a, b], [1 - t, t])
    return combine([a, b], [math.sin((1 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)])


def multislerp(vectors, weights):
    weights = [w / sum(weights) for w in weights]
    units = [unit(v) for v in vectors]
    mean = unit(combine(units, weights))
    tangents = [[x - dot(u, mean) * m for x, m in zip(u, mean)] for u in units]
    step = combine(tangents, weights)
    length = norm(step)
    point = combine([mean, step], [math.cos(length), math.sin(length) / length if length > 0 else 1])
    return [sum(w * norm(v) for w, v in zip(weights, vectors)) * x for x in point]


def karcher(vectors, weights, iterations, tolerance):
    pairs = [(v, w) for v, w in zip(vectors, weights) if norm(v) > 0 and w != 0]
    if not pairs:
        return [0.0] * len(vectors[0])
    total = sum(w for _, w in pairs)
    units, shares = [unit(v) for v, _ in pairs], [w / total for _, w in pairs]
    point = unit(combine(units, shares))
    for _ in range(iterations):
        step = [0.0] * len(point)
        for u, a in zip(units, shares):
            cosine = max(-1.0, min(1.0, dot(u, point)))
            angle = math.acos(cosine)
            scale = a * (1 if angle < tolerance else angle / math.sin(angle))
            step = [s + scale * (x - cosine * p) for s, x, p in zip(step, u, point)]
        move = norm(step)
        if move < tolerance:
            break
        point = unit([math.cos(move) * p + math.sin(move) * s / move for p, s in zip(point, step)])
    return [sum(a * norm(v) for a, (v, _) in zip(shares, pairs)) * x for x in point]


def stock(vectors, negative):
    some = [v for v in vectors if norm(v) > 0]
    if len(some) < 2:
        ratio = len(some)
    else:
        cosines = [dot(unit(a), unit(b)) for i, a in enumerate(some) for b in some[i + 1:]]
        cosine = sum(cosines) / len(cosines)
        ratio = len(some) * cosine / (1 + (len(some) - 1) * cosine) if negative == "extrapolate" or cosine > 0 else int(negative == "fallback")
    return combine(vectors, [ratio / len(vectors)] * len(vectors))


# --- operators by name


def merge(base, experts, names, case):
    settings, weights = case["settings"], case["coefficients"]
    shapes = {name: shape for name, (shape, _) in base.items()}
    taus = [{name: [x - o for x, o in zip(expert[name][1], base[name][1])] for name in base} for expert in experts]
    operator, variant = case["operator"], settings.get("variant", "paper")

    def number(key, otherwise):
        return float(settings.get(key, otherwise))

    def rule(vectors, normalize):
        return elected(vectors, weights, settings.get("vote", "mass"), settings.get("normalize", normalize) == "true", number("lambda", 1))

    def scaled(vector):
        return {name: [weights[0] * x for x in values] for name, values in vector.items()}

    def own(vector):
        return {name: [weights[names.index(case["task"])] * x for x in values] for name, values in vector.items()}

    def spherical(mean):
        result = {}
        for name in base:
            origin = [0.0] * len(base[name][1]) if settings.get("space", "weights") == "deltas" else base[name][1]
            points = [[x + o for x, o in zip(tau[name], origin)] for tau in taus]
            result[name] = [x - o for x, o in zip(mean(points), origin)]
        return result

    if operator == "ties" and variant == "mergekit":
        return rule([trim(tau, shapes, number("density", 1), settings.get("scope", "tensor")) for tau in taus], "true")
    if operator == "ties":
        kept = [trim(tau, shapes, number("density", 0.2), settings.get("scope", "global"), variant == "fusionbench") for tau in taus]
        return scaled(disjoint(kept, settings.get("vote", "mass"), settings.get("tie", "majority"), settings.get("reduce", "mean" if variant == "paper" else "sum")))
    if operator == "ties_split":
        kept = [trim(tau, shapes, number("density", 0.2), settings.get("scope", "global")) for tau in taus]
        return map_elements(kept, lambda values: sum(w * x for w, x in zip(weights, values) if sign(x) == (1 if sum(values) >= 0 else -1)))
    if operator in ("dare_linear", "dare_ties"):
        rescale = settings.get("rescale", "expectation" if variant == "paper" else "l1")
        kept = [drop(tau, name, number("drop_rate", 0.9), rescale, int(settings.get("mask_seed", 0))) for tau, name in zip(taus, names)]
        return weighted(kept, weights) if operator == "dare_linear" else rule(kept, "false")
    if operator in ("della_linear", "della"):
        reach = number("epsilon", 0.3) / 2 if variant == "paper" else number("epsilon", 0.15)
        rescale = settings.get("rescale", "expectation" if variant == "paper" else "l1")
        kept = [magprune(tau, shapes, name, number("density", 0.5 if variant == "paper" else 1), reach, settings.get("scope", "row"), rescale, int(settings.get("mask_seed", 0)))
                for tau, name in zip(taus, names)]
        return weighted(kept, weights) if operator == "della_linear" else rule(kept, "true")
    if operator in ("breadcrumbs", "breadcrumbs_ties"):
        paper = variant == "paper"
        kept = [band(tau, shapes, number("density", 0.15 if paper else 0.9), number("gamma", 0.006 if paper else 0.01), settings.get("scope", "row" if paper else "tensor")) for tau in taus]
        return weighted(kept, weights) if operator == "breadcrumbs" else rule(kept, "false")
    if operator == "magmax":
        return scaled(map_elements(taus, lambda values: max(reversed(values), key=abs)))
    if operator == "consensus":
        threshold, tasks = number("threshold", 0.4), int(settings.get("tasks", 2))
        return scaled(map_elements(taus, lambda values: sum(values) if sum(needed(values, k, threshold) for k in range(len(values))) >= tasks else 0.0))
    if operator == "sce":
        return scaled(select_calculate_erase(taus, number("density", 1), variant == "fusechat"))
    if operator == "tall":
        k, threshold = names.index(case["task"]), number("threshold", 0.4)
        return own(map_elements(taus, lambda values: sum(values) if needed(values, k, threshold) else 0.0))
    if operator == "emr":
        return own(emr(taus, names.index(case["task"]), variant == "fusionbench"))
    if operator == "slerp":
        return spherical(lambda points: arc(points[0], points[1], weights[0], number("parallel", 0.9995)))
    if operator == "nuslerp":
        return spherical(lambda points: arc(points[0], points[1], weights[1] / sum(weights), 1))
    if operator == "multislerp":
        return spherical(lambda points: multislerp(points, weights))
    if operator == "karcher":
        return spherical(lambda points: karcher(points, weights, int(settings.get("iterations", 10)), number("tolerance", 1e-5)))
    if operator == "model_stock":
        return scaled({name: stock([tau[name] for tau in taus], settings.get("negative", "clamp")) for name in base})
    raise SystemExit(f"operators.py: '{operator}' is not written here.")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    base = load(asked["base"])
    experts = {name: load(path) for name, path in asked["experts"].items()}
    answers = {}
    for case in asked["cases"]:
        names = list(experts)[:case["experts"]]
        answers[case["name"]] = merge(base, [experts[name] for name in names], names, case)
    json.dump(answers, sys.stdout)


main()
