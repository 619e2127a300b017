"""Makes the golden values of losses.rs with PyTorch and numpy, which share no code with ours.

    pip install torch==2.9.0 numpy
    python losses.py

Writes losses.json beside itself: for each loss its value and its gradient at every 13th place; the
bins of a*b* and their weights; the weights of a small layer after three steps of Adam and AdamW.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
SIDE = 16


def wave(shape, speed, phase=0.0, height=1.0):
    """The same numbers as in the Rust test: a sine over the flat index, in float64, then float32."""
    index = np.arange(int(np.prod(shape)), dtype=np.float64)
    return torch.tensor((height * np.sin(speed * index + phase)).reshape(shape).astype(np.float32))


def golden(loss, x):
    x = x.clone().requires_grad_()
    value = loss(x)
    value.backward()
    return {"value": value.item(), "gradient": x.grad.flatten()[::13].tolist()}


def colourfulness(rgb):
    r, g, b = (127.5 * rgb).unbind(1)
    rg, yb = r - g, (r + g) / 2 - b
    spread = (rg.var((1, 2), unbiased=False) + yb.var((1, 2), unbiased=False)).sqrt()
    length = (rg.mean((1, 2)) ** 2 + yb.mean((1, 2)) ** 2).sqrt()
    return (1 - (spread + 0.3 * length) / 100).mean()


def correlation(output, target):
    """1 - Pearson's correlation of both planes of a picture together."""
    output, target = ((x - x.mean((2, 3), keepdim=True)).flatten(1) for x in (output, target))
    lengths = ((output.square().mean(1) + 1e-4) * (target.square().mean(1) + 1e-4)).sqrt()
    return (1 - (output * target).mean(1) / lengths).mean()


def divergence(logits, truth):
    return F.kl_div(F.log_softmax(logits, 1), F.log_softmax(truth, 1), reduction="batchmean", log_target=True)


# The classification of Zhang et al. 2016 as published in words: cells of 10 x 10 in a*b* that sRGB
# reaches, the five nearest centres of each colour weighted by a Gaussian of width 5.
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def lab(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    t = linear @ TO_XYZ.T / TO_XYZ.sum(1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def bins():
    level = np.linspace(0, 1, 48)
    colours = np.stack(np.meshgrid(level, level, level, indexing="ij"), -1).reshape(-1, 3)
    return np.unique(np.round(lab(colours)[:, 1:] / 10).astype(int), axis=0) * 10.0


def soft_targets(ab, centres):
    """ab: [n, 2, h, w] in a*b* units, at the network's resolution; the five nearest bins and their shares."""
    cell = np.clip(np.round((ab + 110) / 2), 0, 110) * 2 - 110
    distance = ((cell.transpose(0, 2, 3, 1)[..., None, :] - centres) ** 2).sum(-1)
    nearest = np.argsort(distance, -1, kind="stable")[..., :5]
    share = np.exp(-np.take_along_axis(distance, nearest, -1) / (2 * 25))
    return nearest, share / share.sum(-1, keepdims=True)


def cross_entropy(centres):
    n, q, small = 2, len(centres), SIDE // 4
    chroma = wave((n, 2, SIDE, SIDE), 0.05, height=0.5) * 110
    ab = F.avg_pool2d(chroma, 4).numpy().astype(np.float64)
    nearest, share = soft_targets(ab, centres)
    counts = 1 + np.arange(q) % 7.0
    prior = counts / counts.sum()
    weight = (0.5 * prior + 0.5 / q) ** -0.5
    weight /= (weight * prior).sum()
    target, weights = torch.tensor(nearest), torch.tensor(share, dtype=torch.float32)
    pixel = (torch.tensor(weight, dtype=torch.float32)[target] * weights).sum(-1)

    def loss(logits):
        chosen = F.log_softmax(logits, 1).permute(0, 2, 3, 1).gather(3, target)
        return (-(chosen * weights).sum(-1) * pixel).mean()

    return golden(loss, wave((n, q, small, small), 0.7, height=3.0)), weight


def steps(make):
    """Three steps of a layer whose gradient is known, clipped to a common length of 1."""
    weight = wave((4, 3), 0.9).requires_grad_()
    optimizer = make([weight])
    for step in range(3):
        optimizer.zero_grad()
        (weight * wave((4, 3), 0.4, phase=step, height=2.0)).sum().backward()
        torch.nn.utils.clip_grad_norm_([weight], 1.0)
        optimizer.step()
    return weight.flatten().tolist()


planes, target = wave((2, 2, SIDE, SIDE), 0.31), wave((2, 2, SIDE, SIDE), 0.17, phase=1)
logits, rgb = wave((6, 1), 1.3, height=2.0), wave((2, 3, SIDE, SIDE), 0.23)
bce = lambda label: lambda x: F.binary_cross_entropy_with_logits(x, torch.full_like(x, label))
centres = bins()
classification, rebalancing = cross_entropy(centres)
(HERE / "losses.json").write_text(
    json.dumps(
        {
            "l1": golden(lambda x: F.l1_loss(x, target), planes),
            "huber": golden(lambda x: F.huber_loss(x, target, delta=0.1), planes),
            "bce_real_smoothed": golden(bce(0.9), logits),
            "bce_fake": golden(bce(0.0), logits),
            "hinge_real": golden(lambda x: F.relu(1 - x).mean(), logits),
            "hinge_fake": golden(lambda x: F.relu(1 + x).mean(), logits),
            "colourfulness": golden(colourfulness, rgb),
            "correlation": golden(lambda x: correlation(x, target), planes),
            "divergence": golden(lambda x: divergence(x, wave((3, 40), 0.7, 0.3, 3)), wave((3, 40), 0.9, height=4)),
            "cross_entropy": classification,
            "rebalancing": rebalancing.tolist(),
            "adam": steps(lambda p: torch.optim.Adam(p, 0.05, (0.5, 0.9))),
            "adamw": steps(lambda p: torch.optim.AdamW(p, 0.05, (0.9, 0.999), weight_decay=0.1)),
        }
    )
    + "\n"
)
print(len(centres), "bins")
