"""Makes block.onnx, base.safetensors, expert.safetensors and expected.safetensors: a transformer block as PyTorch's exporter writes it.

The exporter renames and transposes the weights of linear layers (onnx::MatMul_145) and keeps one of the two layer normalisations, which are
equal in the base. Made with torch 1.13; run in this folder.
"""

import json
import struct

import torch


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Linear(6, 16)
        self.norm1 = torch.nn.LayerNorm(16)
        self.qkv = torch.nn.Linear(16, 48)
        self.proj = torch.nn.Linear(16, 16, bias=False)
        self.norm2 = torch.nn.LayerNorm(16)
        self.mlp = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.GELU(), torch.nn.Linear(32, 16))
        self.head = torch.nn.Linear(16, 3)

    def forward(self, x):
        x = self.embed(x)
        q, k, v = self.qkv(self.norm1(x)).chunk(3, -1)
        x = x + self.proj(torch.softmax(q @ k.transpose(1, 2) / 4, -1) @ v)
        x = x + self.mlp(self.norm2(x))
        return self.head(x)


def save(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().contiguous().float().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


torch.manual_seed(5)
model = Block().eval()
for parameter in model.parameters():
    parameter.data = parameter.data.half().float()  # so that a float16 checkpoint has the same values
x = torch.randn(4, 5, 6)
torch.onnx.export(
    model, x, "block.onnx", input_names=["x"], output_names=["logits"], dynamic_axes={"x": {0: "n"}, "logits": {0: "n"}}, opset_version=14)
save("base.safetensors", model.state_dict())
expected = {"x": x, "base": model(x)}
for parameter in model.parameters():
    parameter.data += 0.1 * torch.randn_like(parameter)
save("expert.safetensors", model.state_dict())
expected["expert"] = model(x)
save("expected.safetensors", expected)
