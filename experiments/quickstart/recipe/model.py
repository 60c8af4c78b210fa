"""A small vision transformer whose ONNX export keeps every parameter under its own name and shape."""
import torch
from torch import nn
import torch.nn.functional as F

TOKENS = 49  # 28x28 image, two stride-2 convolutions: a 7x7 grid


class PatchEmbed(nn.Module):
    def __init__(self, dim, stem=24):
        super().__init__()
        self.conv1 = nn.Conv2d(1, stem, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(stem, dim, 3, stride=2, padding=1)

    def forward(self, x):
        x = self.conv2(F.gelu(self.conv1(x)))
        return x.reshape(-1, self.conv2.out_channels, TOKENS).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.head_dim = heads, dim // heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        # Linears see flat [N*T, D] tokens: they export as Gemm(transB=1) with the trained weight as it is.
        # On a 3-D input the exporter would transpose (and rename) the weight for a MatMul.
        qkv = self.qkv(x).reshape(-1, TOKENS, 3, self.heads, self.head_dim).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        weights = (q @ k.transpose(-2, -1) * self.head_dim ** -0.5).softmax(-1)
        mixed = (weights @ v).transpose(1, 2).reshape(-1, self.heads * self.head_dim)
        return self.proj(mixed)


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim, heads, ratio):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, ratio * dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """The shared body plus one head; the head is the only part that depends on the task."""

    def __init__(self, classes, dim=80, depth=4, heads=5, ratio=3):
        super().__init__()
        self.dim = dim
        self.patch_embed = PatchEmbed(dim)
        self.pos_embed = nn.Parameter(torch.zeros(1, TOKENS, dim))
        self.blocks = nn.ModuleList(Block(dim, heads, ratio) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)

    def features(self, image):
        x = (self.patch_embed(image) + self.pos_embed).reshape(-1, self.dim)
        for block in self.blocks:
            x = block(x)
        return self.norm(x).reshape(-1, TOKENS, self.dim).mean(1)

    def forward(self, image):
        return self.head(self.features(image))
