"""Writes checkpoints, batches and the graph."""
import json
import os

import numpy as np
import torch

DTYPES = {"float32": "F32", "float16": "F16", "uint8": "U8", "int64": "I64"}


def save_safetensors(path, tensors):
    header, at = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape),
                        "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


def save_checkpoint(path, model):
    save_safetensors(path, {k: p.detach().numpy().astype(np.float16) for k, p in model.named_parameters()})


def save_batch(path, images, labels=None):
    # Labels first: the wider type stays aligned in the file.
    tensors = {} if labels is None else {"label": labels.astype(np.int64)}
    save_safetensors(path, {**tensors, "image": images})


def export_graph(path, model):
    """The graph's initializers are exactly the parameters, under their own names."""
    axes = {"image": {0: "N"}, "logits": {0: "N"}}
    torch.onnx.export(model.eval(), torch.zeros(2, 1, 28, 28), path, opset_version=16, input_names=["image"],
                      output_names=["logits"], dynamic_axes=axes, do_constant_folding=True)
    import onnx.numpy_helper
    graph = onnx.load(path)
    onnx.checker.check_model(graph, full_check=True)
    found = {i.name: onnx.numpy_helper.to_array(i) for i in graph.graph.initializer}
    wanted = {k: p.detach().numpy() for k, p in model.named_parameters()}
    assert found.keys() == wanted.keys(), sorted(found.keys() ^ wanted.keys())
    for name in wanted:
        assert np.array_equal(found[name], wanted[name]), name
    return os.path.getsize(path)
