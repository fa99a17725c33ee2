"""The models that PyTorch's exporters spell in different ways. Needs PyTorch."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

ROWS, SIZE = 16, 64
"""Rows and features of the small modules."""


class ConvNorm(nn.Sequential):
    """Convolution without bias, BatchNormalization, SiLU on request."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, act: bool = True):
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs), *([nn.SiLU()] if act else []))


class SqueezeExcite(nn.Module):
    """One factor per channel from the mean of each channel."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        factor = functional.silu(self.reduce(x.mean((2, 3), keepdim=True)))
        return x * torch.sigmoid(self.expand(factor))


class MobileBlock(nn.Module):
    """MBConv: expansion, depthwise convolution, squeeze and excitation, projection, residual sum."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = inputs * expansion
        expand = [ConvNorm(inputs, inner, 1)] if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand,
            ConvNorm(inner, inner, kernel, stride, groups=inner),
            SqueezeExcite(inner, max(1, inputs // 4)),
            ConvNorm(inner, outputs, 1, act=False),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


B0 = ((1, 16, 1, 3, 1), (2, 24, 6, 3, 2), (2, 40, 6, 5, 2), (3, 80, 6, 3, 2), (3, 112, 6, 5, 1), (4, 192, 6, 5, 2),
      (1, 320, 6, 3, 1))  # fmt: skip
"""EfficientNet-B0's stages: blocks, channels, expansion, kernel, stride of the first block."""


class EfficientNet(nn.Module):
    """EfficientNet (Tan and Le, 2019) by its stages."""

    def __init__(
        self,
        stages: tuple[tuple[int, int, int, int, int], ...] = B0,
        stem: int = 32,
        head: int = 1280,
        classes: int = 1000,
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = stem
        for count, outputs, expansion, kernel, stride in stages:
            for index in range(count):
                blocks.append(MobileBlock(channels, outputs, expansion, kernel, 1 if index else stride))
                channels = outputs
        self.features = nn.Sequential(ConvNorm(3, stem, 3, 2), *blocks, ConvNorm(channels, head, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(head, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


def randomise_vectors(model: nn.Module) -> nn.Module:
    """Gives biases, scales and running statistics the look of trained ones: zeros and ones would vanish."""
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.ndim == 1 and tensor.is_floating_point():
            positive = name.endswith(("weight", "running_var"))
            nn.init.uniform_(tensor, 0.5 if positive else -0.2, 1.5 if positive else 0.2)
    return model


class Bert(nn.Module):
    """BertModel of the package transformers with random weights; both exporters accept its plain arguments."""

    def __init__(self, attention: str, **sizes: int) -> None:
        super().__init__()
        # Loaded on demand: the other models do not need it.
        from transformers import BertConfig, BertModel  # noqa: PLC0415

        self.model = BertModel(BertConfig(**sizes, attn_implementation=attention))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        found = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return found.last_hidden_state, found.pooler_output


class Attention(nn.Module):
    """Self-attention, causal on request, by PyTorch's operator or written out."""

    def __init__(self, heads: int = 4, written_out: bool = False, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.written_out, self.causal = heads, written_out, causal
        self.projections = nn.ModuleList(nn.Linear(SIZE, SIZE) for _ in range(3))
        self.output = nn.Linear(SIZE, SIZE)
        self.register_buffer("later", ~torch.ones(ROWS, ROWS, dtype=torch.bool).tril(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, rows, _ = x.shape
        q, k, v = (f(x).view(batch, rows, self.heads, -1).transpose(1, 2) for f in self.projections)
        if self.written_out:
            scores = q @ k.transpose(-2, -1) / math.sqrt(SIZE // self.heads)
            if self.causal:
                scores = scores.masked_fill(self.later, -math.inf)
            y = torch.softmax(scores, -1) @ v
        else:
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.output(y.transpose(1, 2).reshape(batch, rows, SIZE))


class Applied(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class RmsNorm(nn.Module):
    """RMSNorm as language models write it out."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(SIZE))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


def gelu_tanh(x: Tensor) -> Tensor:
    """Gelu by tanh as GPT-2 writes it out."""
    return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


_IMAGE = (1, SIZE, 8, 8)
_SEQUENCE = (1, ROWS, SIZE)

SMALL: Mapping[str, tuple[tuple[int, ...], Mapping[str, Callable[[], nn.Module]]]] = {
    "gelu": (
        _SEQUENCE,
        {"module": nn.GELU, "written": lambda: Applied(lambda x: x * 0.5 * (1 + torch.erf(x / 2**0.5)))},
    ),
    "gelu_tanh": (_SEQUENCE, {"module": lambda: nn.GELU("tanh"), "written": lambda: Applied(gelu_tanh)}),
    "silu": (_SEQUENCE, {"module": nn.SiLU, "written": lambda: Applied(lambda x: x * torch.sigmoid(x))}),
    "hard_swish": (
        _SEQUENCE,
        {"module": nn.Hardswish, "written": lambda: Applied(lambda x: x * functional.relu6(x + 3) / 6)},
    ),
    "mish": (
        _SEQUENCE,
        {"module": nn.Mish, "written": lambda: Applied(lambda x: x * torch.tanh(functional.softplus(x)))},
    ),
    "layer_norm": (_SEQUENCE, {"module": lambda: nn.LayerNorm(SIZE)}),
    "rms_norm": (_SEQUENCE, {"module": lambda: nn.RMSNorm(SIZE), "written": RmsNorm}),
    "instance_norm": (_IMAGE, {"module": lambda: nn.InstanceNorm2d(SIZE, affine=True)}),
    "group_norm": (_IMAGE, {"module": lambda: nn.GroupNorm(8, SIZE)}),
    "softmax": (_SEQUENCE, {"module": lambda: nn.Softmax(-1), "middle": lambda: Applied(lambda x: x.softmax(1))}),
    "attention": (_SEQUENCE, {"operator": Attention, "written": lambda: Attention(written_out=True)}),
    "causal_attention": (
        _SEQUENCE,
        {"operator": lambda: Attention(causal=True), "written": lambda: Attention(written_out=True, causal=True)},
    ),
}
"""Small modules by name: the shape of the input, and the ways to write them."""
