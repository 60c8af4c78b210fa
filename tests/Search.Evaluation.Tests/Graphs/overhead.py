"""TorchScript's side of OverheadTests: writes a vision transformer into a folder, then times a forward pass for each line it reads.

    python3 overhead.py <folder> <threads>        (PyTorch; answers with seconds of wall clock and of processors)
"""

import pathlib
import sys
import time

import torch

from export import ViT, randomize, save

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    torch.set_num_threads(int(sys.argv[2]))
    model = ViT(image=64, patch=8, dim=256, depth=8, heads=4, classes=100).eval()
    randomize(model)
    x = torch.randn(64, 3, 64, 64)
    with torch.no_grad():
        torch.onnx.export(model, (x,), str(folder / "vit.onnx"), input_names=["x"], output_names=["output"], dynamic_axes={"x": [0], "output": [0]}, opset_version=13)
        traced = torch.jit.trace(model, (x,))
        save(folder / "vit.safetensors", {"0/input/x": x, "0/output": traced(x)})
        print(sum(tensor.numel() for tensor in model.parameters()), flush=True)
        for _ in sys.stdin:
            wall, processors = time.perf_counter(), time.process_time()
            traced(x)
            print(time.perf_counter() - wall, time.process_time() - processors, flush=True)
