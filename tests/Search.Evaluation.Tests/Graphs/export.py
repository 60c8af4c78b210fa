"""Writes the graphs of ExportedGraphTests: small models with random weights as PyTorch's TorchScript exporter spells them.

    python3 export.py [name ...]        (PyTorch 1.13, torchvision, onnx; all of them where no name is given)

Beside each graph lies a .safetensors file: for two sets of inputs of different sizes (0, 1), `<set>/input/<name>`, the output
`<set>/output`, and for some of the graph's weights `<set>/gradient/<weight>`, the derivative of sum(output * cos(1 + index)).
"""

import json
import math
import pathlib
import sys

import numpy
import onnx
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import ConvNeXt, VisionTransformer
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.resnet import BasicBlock

FOLDER = pathlib.Path(__file__).parent
MOST_GRADIENTS = 6


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = BasicBlock(8, 8)
        shortcut = nn.Sequential(nn.Conv2d(8, 16, 1, stride=2, bias=False), nn.BatchNorm2d(16))
        self.layer2 = BasicBlock(8, 16, stride=2, downsample=shortcut)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.layer2(self.layer1(x))), 1))


def convnext():
    return ConvNeXt([CNBlockConfig(16, 24, 1), CNBlockConfig(24, None, 1)], layer_scale=0.5, num_classes=5)


def vit_torchvision():
    return VisionTransformer(image_size=16, patch_size=4, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5)


class Attention(nn.Module):
    """One product for queries, keys and values, as in timm."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        attn = ((q @ k.transpose(-2, -1)) * self.scale).softmax(dim=-1)
        return self.proj((attn @ v).transpose(1, 2).reshape(B, N, C))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.fc1 = nn.Linear(dim, dim * 4)
        self.fc2 = nn.Linear(dim * 4, dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class ViT(nn.Module):
    def __init__(self, image=16, patch=4, dim=16, depth=2, heads=2, classes=5):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, dim, patch, stride=patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, (image // patch) ** 2 + 1, dim))
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        x = self.patch_embed(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


class Encoder(nn.Module):
    """PyTorch's own encoder layers on embedded tokens."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 5)

    def forward(self, ids, padding):
        return self.head(self.encoder(self.embed(ids), src_key_padding_mask=padding).mean(1))


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class ResidualAttentionBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, heads)
        self.ln_1 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim * 4), QuickGELU(), nn.Linear(dim * 4, dim))
        self.ln_2 = nn.LayerNorm(dim)

    def forward(self, x, mask):
        normed = self.ln_1(x)
        x = x + self.attn(normed, normed, normed, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class ClipText(nn.Module):
    def __init__(self, words=40, length=8, dim=16, heads=2):
        super().__init__()
        self.token_embedding = nn.Embedding(words, dim)
        self.positional_embedding = nn.Parameter(torch.zeros(length, dim))
        self.blocks = nn.ModuleList(ResidualAttentionBlock(dim, heads) for _ in range(2))
        self.ln_final = nn.LayerNorm(dim)
        self.text_projection = nn.Parameter(torch.zeros(dim, 12))
        self.register_buffer("mask", torch.full((length, length), float("-inf")).triu_(1))

    def forward(self, text):
        x = (self.token_embedding(text) + self.positional_embedding).permute(1, 0, 2)
        for block in self.blocks:
            x = block(x, self.mask)
        x = self.ln_final(x.permute(1, 0, 2))
        x = x[torch.arange(x.shape[0]), text.argmax(dim=-1)] @ self.text_projection
        return x / x.norm(dim=1, keepdim=True)


class BertLayer(nn.Module):
    def __init__(self, dim, heads, distilled):
        super().__init__()
        self.heads = heads
        self.distilled = distilled
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))
        self.dense = nn.Linear(dim, dim)
        self.norm1 = nn.LayerNorm(dim, eps=1e-12)
        self.intermediate = nn.Linear(dim, dim * 4)
        self.output = nn.Linear(dim * 4, dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-12)

    def split(self, x):
        return x.view(x.size()[:-1] + (self.heads, -1)).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        if self.distilled:
            scores = torch.matmul(query / math.sqrt(query.size(-1)), key.transpose(2, 3))
            hidden = (mask == 0).view(x.size(0), 1, 1, x.size(1)).expand_as(scores)
            scores = scores.masked_fill(hidden, torch.tensor(torch.finfo(scores.dtype).min))
        else:
            scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.size(-1)) + mask
        context = torch.matmul(F.softmax(scores, dim=-1), value).permute(0, 2, 1, 3).contiguous()
        x = self.norm1(self.dense(context.view(context.size()[:-2] + (-1,))) + x)
        return self.norm2(self.output(F.gelu(self.intermediate(x))) + x)


class Bert(nn.Module):
    def __init__(self, words=40, length=12, dim=16, heads=2, distilled=False):
        super().__init__()
        self.distilled = distilled
        self.word_embeddings = nn.Embedding(words, dim)
        self.position_embeddings = nn.Embedding(length, dim)
        self.token_type_embeddings = nn.Embedding(2, dim)
        self.norm = nn.LayerNorm(dim, eps=1e-12)
        self.layers = nn.ModuleList(BertLayer(dim, heads, distilled) for _ in range(2))
        self.pooler = nn.Linear(dim, dim)
        self.classifier = nn.Linear(dim, 3)
        self.register_buffer("position_ids", torch.arange(length).expand((1, -1)))

    def forward(self, input_ids, attention_mask, token_type_ids):
        positions = self.position_ids[:, : input_ids.shape[1]]
        x = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids) + self.position_embeddings(positions)
        x = self.norm(x)
        mask = attention_mask
        if not self.distilled:
            mask = (1.0 - attention_mask[:, None, None, :].to(dtype=torch.float32)) * -10000.0
        for layer in self.layers:
            x = layer(x, mask)
        return self.classifier(torch.tanh(self.pooler(x[:, 0])))


class Conv1D(nn.Module):
    def __init__(self, outputs, inputs):
        super().__init__()
        self.outputs = outputs
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(x.size()[:-1] + (self.outputs,))


class Gpt2Block(nn.Module):
    def __init__(self, dim, heads, length):
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(dim)
        self.c_attn = Conv1D(3 * dim, dim)
        self.c_proj = Conv1D(dim, dim)
        self.ln_2 = nn.LayerNorm(dim)
        self.c_fc = Conv1D(4 * dim, dim)
        self.mlp_proj = Conv1D(dim, 4 * dim)
        self.register_buffer("bias", torch.tril(torch.ones((length, length), dtype=torch.uint8)).view(1, 1, length, length))

    def split(self, x):
        return x.view(x.size()[:-1] + (self.heads, -1)).permute(0, 2, 1, 3)

    def forward(self, x):
        query, key, value = (self.split(part) for part in self.c_attn(self.ln_1(x)).split(x.size(-1), dim=2))
        scores = torch.matmul(query, key.transpose(-1, -2))
        scores = scores / torch.full([], value.size(-1) ** 0.5, dtype=scores.dtype)
        queries, keys = query.size(-2), key.size(-2)
        causal = self.bias[:, :, keys - queries : keys, :keys].to(torch.bool)
        scores = torch.where(causal, scores, torch.full([], torch.finfo(scores.dtype).min, dtype=scores.dtype))
        mixed = torch.matmul(F.softmax(scores, dim=-1), value).permute(0, 2, 1, 3).contiguous()
        x = x + self.c_proj(mixed.view(mixed.size()[:-2] + (-1,)))
        h = self.c_fc(self.ln_2(x))
        h = 0.5 * h * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (h + 0.044715 * torch.pow(h, 3.0))))
        return x + self.mlp_proj(h)


class Gpt2(nn.Module):
    def __init__(self, words=40, length=12, dim=16, heads=2):
        super().__init__()
        self.wte = nn.Embedding(words, dim)
        self.wpe = nn.Embedding(length, dim)
        self.h = nn.ModuleList(Gpt2Block(dim, heads, length) for _ in range(2))
        self.ln_f = nn.LayerNorm(dim)
        self.lm_head = nn.Linear(dim, words, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, input_ids):
        positions = torch.arange(0, input_ids.shape[-1], dtype=torch.long).unsqueeze(0)
        x = self.wte(input_ids) + self.wpe(positions)
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


class RMSNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        x = x.to(torch.float32)
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


def rotate_half(x):
    return torch.cat((-x[..., x.shape[-1] // 2 :], x[..., : x.shape[-1] // 2]), dim=-1)


class LlamaLayer(nn.Module):
    def __init__(self, dim, heads, groups):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, dim // heads
        self.input_layernorm = RMSNorm(dim)
        self.q_proj = nn.Linear(dim, dim, bias=False)
        self.k_proj = nn.Linear(dim, groups * self.size, bias=False)
        self.v_proj = nn.Linear(dim, groups * self.size, bias=False)
        self.o_proj = nn.Linear(dim, dim, bias=False)
        self.post_attention_layernorm = RMSNorm(dim)
        self.gate_proj = nn.Linear(dim, 2 * dim, bias=False)
        self.up_proj = nn.Linear(dim, 2 * dim, bias=False)
        self.down_proj = nn.Linear(2 * dim, dim, bias=False)

    def repeated(self, x):
        B, G, T, D = x.shape
        return x[:, :, None, :, :].expand(B, G, self.heads // G, T, D).reshape(B, self.heads, T, D)

    def forward(self, x, mask, cos, sin):
        B, T, C = x.shape
        h = self.input_layernorm(x)
        q = self.q_proj(h).view(B, T, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(h).view(B, T, self.groups, self.size).transpose(1, 2)
        v = self.v_proj(h).view(B, T, self.groups, self.size).transpose(1, 2)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        k, v = self.repeated(k), self.repeated(v)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.size) + mask
        h = torch.matmul(F.softmax(scores, dim=-1, dtype=torch.float32), v).transpose(1, 2).contiguous().reshape(B, T, C)
        x = x + self.o_proj(h)
        h = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(h)) * self.up_proj(h))


class Llama(nn.Module):
    def __init__(self, words=40, dim=16, heads=4, groups=2, triu=False):
        super().__init__()
        self.triu = triu
        self.embed_tokens = nn.Embedding(words, dim)
        self.layers = nn.ModuleList(LlamaLayer(dim, heads, groups) for _ in range(2))
        self.norm = RMSNorm(dim)
        self.lm_head = nn.Linear(dim, words, bias=False)
        size = dim // heads
        self.register_buffer("inv_freq", 1.0 / (10000 ** (torch.arange(0, size, 2).float() / size)))

    def forward(self, input_ids):
        B, T = input_ids.shape
        x = self.embed_tokens(input_ids)
        if self.triu:
            mask = torch.full((T, T), torch.finfo(x.dtype).min).triu(1)
        else:
            mask = torch.full((T, T), torch.finfo(x.dtype).min)
            places = torch.arange(mask.size(-1))
            mask.masked_fill_(places < (places + 1).view(mask.size(-1), 1), 0)
        mask = mask[None, None, :, :].expand(B, 1, T, T)
        position_ids = torch.arange(T).unsqueeze(0)
        inv_freq = self.inv_freq[None, :, None].float().expand(position_ids.shape[0], -1, 1)
        freqs = (inv_freq @ position_ids[:, None, :].float()).transpose(1, 2)
        angles = torch.cat((freqs, freqs), dim=-1)
        cos, sin = angles.cos().unsqueeze(1), angles.sin().unsqueeze(1)
        for layer in self.layers:
            x = layer(x, mask, cos, sin)
        return self.lm_head(self.norm(x))


def images(sizes):
    return [{"x": torch.randn(*size)} for size in sizes]


def tokens(words, sizes):
    return [{"input_ids": torch.randint(0, words, size)} for size in sizes]


def sentences(sizes):
    sets = []
    for batch, length in sizes:
        mask = torch.ones(batch, length, dtype=torch.int64)
        mask[0, length - 2 :] = 0
        sets.append({
            "input_ids": torch.randint(0, 40, (batch, length)),
            "attention_mask": mask,
            "token_type_ids": torch.randint(0, 2, (batch, length)),
        })
    return sets


def padded(sizes):
    sets = []
    for batch, length in sizes:
        padding = torch.zeros(batch, length, dtype=torch.bool)
        padding[-1, -1] = True
        sets.append({"ids": torch.randint(0, 20, (batch, length)), "padding": padding})
    return sets


torch.manual_seed(0)
SQUARES = [(2, 3, 16, 16), (3, 3, 16, 16)]
SIZES = [(2, 3, 16, 16), (3, 3, 12, 20)]
TEXTS = [(2, 7), (3, 5)]
BATCH = {0: "batch"}
SEQUENCE = {0: "batch", 1: "sequence"}
EVAL, PRESERVE = torch.onnx.TrainingMode.EVAL, torch.onnx.TrainingMode.PRESERVE

# name: model, inputs, dynamic axes, opset, what the exporter is told besides
MODELS = {
    "resnet-11": (ResNet, images(SIZES), {0: "batch", 2: "height", 3: "width"}, 11, {}),
    "resnet-bn-13": (ResNet, images(SIZES), {0: "batch", 2: "height", 3: "width"}, 13, {"training": PRESERVE}),
    "convnext-16": (convnext, images(SQUARES), BATCH, 16, {}),
    "vit-11": (ViT, images(SQUARES), BATCH, 11, {}),
    "vit-13": (ViT, images(SQUARES), BATCH, 13, {}),
    "vit-17": (ViT, images(SQUARES), BATCH, 17, {}),
    "vit-torchvision-16": (vit_torchvision, images(SQUARES), BATCH, 16, {}),
    "encoder-16": (Encoder, padded(TEXTS), SEQUENCE, 16, {"training": PRESERVE}),
    "clip-text-13": (ClipText, [{"text": torch.randint(0, 40, (n, 8))} for n in (2, 3)], BATCH, 13, {}),
    "bert-11": (Bert, sentences(TEXTS), SEQUENCE, 11, {}),
    "bert-13": (Bert, sentences(TEXTS), SEQUENCE, 13, {}),
    "distilbert-13": (lambda: Bert(distilled=True), sentences(TEXTS), SEQUENCE, 13, {}),
    "gpt2-11": (Gpt2, tokens(40, TEXTS), SEQUENCE, 11, {}),
    "gpt2-16": (Gpt2, tokens(40, TEXTS), SEQUENCE, 16, {"do_constant_folding": False}),
    "llama-13": (Llama, tokens(40, TEXTS), SEQUENCE, 13, {}),
    "llama-16": (lambda: Llama(triu=True), tokens(40, TEXTS), SEQUENCE, 16, {}),
}


def randomize(model):
    """Every parameter differs, so that the exporter joins none, and none is at its usual zero or one."""
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if name.endswith("running_var"):
            tensor.data.uniform_(0.5, 1.5)
        elif name.endswith("running_mean"):
            tensor.data.normal_(0, 0.2)
        elif isinstance(tensor, nn.Parameter):
            scale = 0.3 if tensor.dim() < 2 else 1.3 * tensor[0].numel() ** -0.5
            tensor.data.normal_(1.0 if tensor.dim() == 1 and name.endswith("weight") else 0.0, scale)


def save(path, tensors):
    names = {torch.float32: "F32", torch.int64: "I64", torch.bool: "BOOL"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        content = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def export(name, make, sets, axes, opset, options):
    torch.manual_seed(sum(name.encode()))
    model = make().eval()
    randomize(model)
    path = FOLDER / f"{name}.onnx"
    inputs = list(sets[0])
    each_token = model(*sets[0].values()).dim() == 3
    torch.onnx.export(
        model, tuple(sets[0].values()), str(path), input_names=inputs, output_names=["output"],
        dynamic_axes={each: axes for each in inputs} | {"output": axes if each_token else {0: "batch"}},
        opset_version=opset, **options)
    graph = onnx.load(str(path))
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.save(graph, str(path))

    # A tied weight's second use may be a constant of its own by now.
    in_graph = {initializer.name for initializer in graph.graph.initializer}
    folded = options.get("do_constant_folding", True)
    weights = [(each, tensor) for each, tensor in model.named_parameters()
               if each in in_graph and tensor.numel() <= 800 and not (folded and each == "wte.weight")
               and not each.endswith("key.bias")]  # softmax takes it away: its derivative is rounding
    step = max(1, len(weights) // MOST_GRADIENTS)
    weights = weights[::step][:MOST_GRADIENTS]
    if not weights:
        raise SystemExit(f"{name}: no weight kept its name")
    tensors = {}
    for number, each in enumerate(sets):
        output = model(*each.values())
        shares = torch.cos(1.0 + torch.arange(output.numel())).reshape(output.shape)
        gradients = torch.autograd.grad((output * shares).sum(), [tensor for _, tensor in weights])
        tensors |= {f"{number}/input/{key}": value for key, value in each.items()}
        tensors[f"{number}/output"] = output
        tensors |= {f"{number}/gradient/{key}": value for (key, _), value in zip(weights, gradients)}
    save(path.with_suffix(".safetensors"), tensors)
    types = sorted({node.op_type for node in graph.graph.node})
    print(f"{name}: {len(graph.graph.node)} nodes, {path.stat().st_size} bytes, gradients by {len(weights)}; {' '.join(types)}")


if __name__ == "__main__":
    for key in sys.argv[1:] or MODELS:
        export(key, *MODELS[key])
