"""Makes the golden values of ../golden.rs with PyTorch, which shares no code with ours.

    pip install torch==2.9.0 numpy
    python networks.py

Writes networks.json beside itself. Weights and pictures are a formula of their name, so that the Rust
test makes the same; the names are the paths of the modules there.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parent))
from ab_bins import centres  # noqa: E402

HERE = Path(__file__).parent
SAMPLES = 48
golden = {}
multiply_adds = {}


def numbers(name, shape):
    """In [-1, 1]: FNV-1a of the name, then a hash of each index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) % 2**32
    x = (np.arange(int(np.prod(shape)), dtype=np.uint64) * 0x9E3779B1 + seed) % 2**32
    for _ in range(2):
        x = (x ^ (x >> 16)) * 0x45D9F3B % 2**32
    x ^= x >> 16
    return torch.from_numpy((x / 2**31 - 1).astype(np.float32)).reshape(shape)


def weight(path, shape):
    """He et al. 2015 for convolutions and dense layers [in, out]; the rest at most 0.5."""
    values = numbers(path, shape)
    if path.endswith(".weight"):
        fan_in = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
        return values * float(np.float32((6 / fan_in) ** 0.5))
    return values * 0.5


def keep(name, tensor):
    values = tensor.detach().flatten().double()
    step = len(values) // SAMPLES | 1
    golden[name] = {
        "shape": list(tensor.shape),
        "mean": values.mean().item(),
        "largest": values.abs().max().item(),
        "step": step,
        "values": [round(v, 8) for v in values[::step].tolist()],
    }


def conv(path, x, out, kernel, pads=None, stride=1, groups=1, bias=True):
    """pads: left, right, top, bottom; the middle if not given."""
    w = weight(f"{path}.weight", (out, x.shape[1] // groups, kernel, kernel))
    b = weight(f"{path}.bias", (out,)) if bias else None
    return F.conv2d(F.pad(x, pads or (kernel // 2,) * 4), w, b, stride=stride, groups=groups)


def spectral(path, x, out, kernel, pads=None, stride=1):
    """At inference: u is kept, v and the norm follow."""
    w = weight(f"{path}.weight", (out, x.shape[1], kernel, kernel))
    u = F.normalize(weight(f"{path}.u", (out,)), dim=0)
    v = F.normalize(w.flatten(1).T @ u, dim=0)
    w = w / torch.dot(u, w.flatten(1) @ v)
    return F.conv2d(F.pad(x, pads or (kernel // 2,) * 4), w, weight(f"{path}.bias", (out,)), stride=stride)


def attention(path, x):
    n, c, h, w = x.shape
    project = lambda name, out: conv(f"{path}.{name}", x, out, 1, bias=False).flatten(2)
    f, g, values = project("f", c // 8), project("g", c // 8), project("h", c)
    beta = torch.softmax(torch.bmm(g.transpose(1, 2), f), dim=2)
    o = torch.bmm(values, beta.transpose(1, 2)).reshape(x.shape)
    return x + weight(f"{path}.gamma", (1,)) * o


def conv_block(path, x, out):
    x = F.relu(spectral(f"{path}.conv1", x, out, 3))
    return F.relu(spectral(f"{path}.conv2", x, out, 3))


def up_block(path, x, skip):
    c = skip.shape[1]
    x = F.interpolate(x, scale_factor=2, mode="nearest")
    x = spectral(f"{path}.conv", x, c, 2, (0, 1, 0, 1))
    return conv_block(f"{path}.block", torch.cat([skip, x], 1), c)


def head(logits, temperature, size):
    shares = torch.softmax(logits / temperature, 1)
    colours = torch.tensor(centres(), dtype=torch.float32) / 110
    planes = torch.einsum("nqhw,qc->nchw", shares, colours)
    return F.interpolate(planes, size=size, mode="bilinear", align_corners=False)


def points(n, h, w):
    """a*, b* and how much of each pixel is known."""
    planes = numbers("hints", (n, 3, h, w)).clone()
    planes[:, 2] = planes[:, 2].abs()
    return planes


def with_hints(gray, hints):
    n, _, h, w = gray.shape
    # Louder, as Hints::GAIN has it.
    return torch.cat([gray, 16 * points(n, h, w)], 1) if hints else gray


def shares(n):
    return (numbers("palette", (n, 261)) + 1) / 261


def palette(path, out, n):
    return (shares(n) @ weight(f"{path}.palette.weight", (261, out)))[:, :, None, None]


def with_points(level, x, size):
    """What is known of squares, added to the maps of a level; 0 is the deepest."""
    means = F.avg_pool2d(points(len(x), *size), 32 >> level)
    planes = means / (means[:, 2:] + 0.02) * torch.tensor([10.0, 10.0, 1.0])[:, None, None]
    return x + conv(f"EncoderUnet.hints.points.{level}", planes, x.shape[1], 3, bias=False)


def prior(n):
    """What a palette says of the logits."""
    colours = torch.tensor(centres(), dtype=torch.float32)
    like = shares(n) @ torch.exp(-torch.cdist(colours, colours).square() / (2 * 15**2))
    raised = like / (like + 0.05) - shares(n).sum(1, keepdim=True) / 2
    return (raised * weight("EncoderUnet.hints.prior", (261,)))[:, :, None, None]


def unet(gray, width, resolution, kind, hints=False, temperature=0.5):
    levels = (resolution // 8).bit_length()
    at = (resolution // 32).bit_length() - 1
    x, skips = with_hints(gray, hints), []
    for level in range(levels):
        x = F.avg_pool2d(x, 2) if level else x
        x = conv_block(f"Unet.down.{level}", x, width << level)
        x = attention("Unet.down_attention", x) if level == at else x
        skips.append(x)
    x = skips.pop()
    x = x + palette("Unet", x.shape[1], len(x)) if hints else x
    for index in range(levels - 1):
        x = up_block(f"Unet.up.{index}", x, skips.pop())
        x = attention("Unet.up_attention", x) if len(skips) == at else x
    if kind != "distribution":
        return torch.tanh(spectral("Unet.output", x, 3 if kind == "rgb" else 2, 1))
    return head(spectral("Unet.output", F.avg_pool2d(x, 4), 261, 1), temperature, gray.shape[2:])


# expand, kernel, stride, out, repeat: EfficientNet-Lite0
STAGES = [(1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1)]


def same(kernel, stride):
    total = kernel - stride
    return (total // 2, total - total // 2) * 2


def efficientnet(path, x):
    x = F.relu6(conv(f"{path}.stem", x, 32, 3, same(3, 2), 2))
    stages, index = [], 0
    for expand, kernel, stride, out, repeat in STAGES:
        for step in (stride,) + (1,) * (repeat - 1):
            block, y, hidden = f"{path}.blocks.{index}", x, x.shape[1] * expand
            if expand > 1:
                y = F.relu6(conv(f"{block}.expand", y, hidden, 1))
            y = F.relu6(conv(f"{block}.depthwise", y, hidden, kernel, same(kernel, step), step, hidden))
            y = conv(f"{block}.project", y, out, 1)
            x = x + y if x.shape == y.shape else y
            index += 1
        stages.append(x)
    return stages


def encoder_unet(gray, width, kind, hints=False, attended=False, temperature=0.5):
    name = "EncoderUnet"
    level = ((gray + 1) * 127.5 - 127) / 128
    maps = efficientnet(f"{name}.encoder", level)
    size = gray.shape[2:]
    x = conv(f"{name}.middle", maps[6], 160, 1)
    x = F.relu(with_points(0, x + palette(f"{name}.hints", 160, len(x)), size) if hints else x)
    for index, (skip, out) in enumerate([(maps[4], 128), (maps[2], width), (maps[1], width)]):
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = conv(f"{name}.up.{index}.conv", torch.cat([x, skip], 1), out, 3)
        x = F.relu(with_points(index + 1, x, size) if hints else x)
    x = attention(f"{name}.attention", x) if attended else x
    x = F.relu(conv(f"{name}.last", x, width, 3))
    if kind == "distribution":
        logits = conv(f"{name}.output", x, 261, 1)
        return head(logits + prior(len(x)) if hints else logits, temperature, size)
    x = torch.tanh(conv(f"{name}.output", x, 2, 1))
    return F.interpolate(x, size=gray.shape[2:], mode="bilinear", align_corners=False)


def discriminator(rgb, width, resolution):
    """At inference: without dropout."""
    x, side, index = rgb, resolution, 0
    while side >= 4:
        leaky = lambda y: F.leaky_relu(y, 0.2)
        out, stride = width << index, 2 if index else 1
        # Stride 2 with one zero all around, as in the report.
        x = leaky(spectral(f"stages.{index}.conv1", x, out, 3, (1, 1, 1, 1), stride))
        x = leaky(spectral(f"stages.{index}.conv2", x, out, 3))
        x = attention("attention", x) if side == 32 else x
        side, index = side // 2, index + 1
    x = F.leaky_relu(spectral("last", x, 64, 4, (0, 0, 0, 0)), 0.2)
    x = x.mean((2, 3))
    return x @ weight("output.weight", (64, 1)) + weight("output.bias", (1,))


def trained_block():
    """A block in training, on torch's own spectral normalisation: power iteration and gradients."""
    layers = []
    for name, channels in [("conv1", 8), ("conv2", 16)]:
        layer = torch.nn.Conv2d(channels, 16, 3, padding=1)
        with torch.no_grad():
            layer.weight.copy_(weight(f"{name}.weight", layer.weight.shape))
            layer.bias.copy_(weight(f"{name}.bias", (16,)))
        layer = torch.nn.utils.spectral_norm(layer, n_power_iterations=1)
        layer.weight_u.copy_(F.normalize(weight(f"{name}.u", (16,)), dim=0))
        layers.append(layer)
    x = numbers("x", (2, 8, 12, 12)).requires_grad_()
    y = x
    for layer in layers:
        y = F.relu(layer(y))
    (y * numbers("gradient", y.shape)).sum().backward()
    keep("training block", y)
    keep("training block, gradient of the input", x.grad)
    for name, layer in zip(["conv1", "conv2"], layers):
        keep(f"training block, gradient of {name}", layer.weight_orig.grad)
        keep(f"training block, u of {name}", layer.weight_u)


def attention_gradients():
    x = numbers("x", (2, 16, 6, 5)).requires_grad_()
    y = attention("attention", x)
    (y * numbers("gradient", y.shape)).sum().backward()
    keep("attention", y)
    keep("attention, gradient of the input", x.grad)


trained_block()
attention_gradients()
gray = numbers("gray", (2, 1, 64, 96))
for name, network in {
    "unet chroma": lambda: unet(gray, 8, 64, "chroma"),
    "unet rgb 128": lambda: unet(gray, 8, 128, "rgb"),
    "unet distribution": lambda: unet(gray, 8, 64, "distribution"),
    "unet distribution, hints": lambda: unet(gray, 8, 64, "distribution", hints=True),
    "encoder chroma": lambda: encoder_unet(gray, 16, "chroma"),
    "encoder distribution": lambda: encoder_unet(gray, 16, "distribution"),
    "encoder distribution, hints, attention": lambda: encoder_unet(gray, 16, "distribution", True, True),
    "discriminator 32 32": lambda: discriminator(numbers("rgb", (2, 3, 32, 32)), 8, 32),
    "discriminator 64 64": lambda: discriminator(numbers("rgb", (2, 3, 64, 64)), 8, 64),
    "discriminator 64 96": lambda: discriminator(numbers("rgb", (1, 3, 96, 64)), 8, 64),
}.items():
    with FlopCounterMode(display=False) as counter:
        output = network()
    keep(name, output)
    # Of one picture; torch counts a multiplication and an addition as two.
    multiply_adds[name] = counter.get_total_flops() // 2 // len(output)
text = json.dumps({"values": golden, "multiply_adds": multiply_adds}, indent=1)
for nested in ["\n    ", "\n   "]:
    text = text.replace(nested, " ")
(HERE / "networks.json").write_text(text + "\n")
