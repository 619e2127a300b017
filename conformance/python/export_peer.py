"""The network of one of our files in PyTorch, written as ONNX by PyTorch's own exporters.

    export_peer.py OURS.onnx TO

The encoder U-Net (models/src/encoder_unet.rs, efficientnet.rs) is written here as one would in PyTorch,
and takes its weights from OURS.onnx, by their names. TO, a folder, gets one file for each of PyTorch's
exporters, for any size and for one. Prints one line of JSON: our file, theirs, and what wrote them. With
--relu, where the encoder has ReLU in place of ReLU6, our file is changed in the same way.
"""

import argparse
import json
import pathlib
import warnings

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

# Of EfficientNet-Lite0: the stride of each stage, and how often its block is repeated.
STAGES = [(1, 1), (2, 2), (2, 2), (2, 3), (1, 3), (2, 4), (1, 1)]
# The stages that end at strides 4, 8, 16 and 32.
TAPS = [1, 2, 4, 6]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours", metavar="OURS.onnx")
    parser.add_argument("to", metavar="TO", type=pathlib.Path)
    parser.add_argument("--side", type=int, default=256, help="of the picture that the exporters see")
    parser.add_argument("--relu", action="store_true", help="ReLU in place of ReLU6")
    arguments = parser.parse_args()

    model = onnx.load(arguments.ours)
    weights = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in model.graph.initializer}
    network = EncoderUnet(weights, F.relu if arguments.relu else F.relu6).eval()
    side = arguments.side
    sample = [torch.zeros(1, 1, side, side)]
    if network.hints:
        sample += [torch.zeros(1, 3, side, side), torch.zeros(1, len(network.hints.palette))]
    files = []
    for exporter in ["torch.export", "TorchScript"]:
        for any_size in [True, False]:
            path = arguments.to / f"pytorch-{exporter.lower()}-{'any' if any_size else 'one'}-size.onnx"
            export(network, sample, path, exporter, any_size)
            name = f"PyTorch {torch.__version__.split('+')[0]}, {exporter}"
            files.append({"file": str(path), "exporter": name, "any_size": any_size})
    ours = arguments.ours
    if arguments.relu:
        ours = str(arguments.to / "ours.onnx")
        with_relu(model)
        onnx.save(model, ours)
    print(json.dumps({"ours": ours, "files": files}))


def with_relu(model):
    """ReLU in place of each ReLU6 of our file."""
    for node in model.graph.node:
        if node.op_type == "Clip":
            node.op_type = "Relu"
            del node.input[1:]
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def export(network, sample, path, exporter, any_size):
    inputs, outputs = ["lightness", "hints", "palette"][: len(sample)], ["chroma", "confidence", "logits"]
    options = {"input_names": inputs, "output_names": outputs, "opset_version": 18, "external_data": False}
    if exporter == "torch.export":
        options |= {"dynamo": True, "verbose": False}
        if any_size:
            # 2 x 32 at least, since torch.export looks upon extents of 0 and 1 as special.
            batch, rows, columns = (torch.export.Dim(name, min=2) for name in ["batch", "rows", "columns"])
            maps = {0: batch, 2: 32 * rows, 3: 32 * columns}
            options["dynamic_shapes"] = [maps, maps, {0: batch}][: len(sample)]
            sample = [value.repeat(2, *[1] * (value.dim() - 1)) for value in sample]
    else:
        options |= {"dynamo": False}
        if any_size:
            maps = {0: "batch", 2: "height", 3: "width"}
            smaller = {0: "batch", 2: "logits_height", 3: "logits_width"}
            options["dynamic_axes"] = {name: maps for name in ["lightness", "hints", "chroma", "confidence"]}
            options["dynamic_axes"] |= {"palette": {0: "batch"}, "logits": smaller}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the other exporter is newer, for instance
        torch.onnx.export(network, tuple(sample), path, **options)


class Convolution(nn.Module):
    """A convolution with an activation; `groups` and padding follow from its weight and its stride."""

    def __init__(self, weights, path, channels, stride=1, activation=None):
        super().__init__()
        weight, bias = weights[f"{path}.weight"], weights.get(f"{path}.bias")
        self.channels, kernel = weight.shape[0], weight.shape[-1]
        groups = channels // weight.shape[1]
        # 'Same' of an even picture: where the zeros are odd in number, the last side has one more.
        before, after = (kernel - stride) // 2, kernel - stride - (kernel - stride) // 2
        symmetric = before if before == after else 0
        self.uneven = None if before == after else (before, after, before, after)
        self.conv = nn.Conv2d(channels, self.channels, kernel, stride, symmetric, groups=groups, bias=bias is not None)
        self.conv.weight.data = weight
        if bias is not None:
            self.conv.bias.data = bias
        self.activation = activation

    def forward(self, x):
        if self.uneven:
            x = F.pad(x, self.uneven)
        x = self.conv(x)
        return self.activation(x) if self.activation else x


class InvertedResidual(nn.Module):
    def __init__(self, weights, path, channels, stride, activation):
        super().__init__()
        expands = f"{path}.expand.weight" in weights
        self.expand = Convolution(weights, f"{path}.expand", channels, 1, activation) if expands else None
        hidden = self.expand.channels if expands else channels
        self.depthwise = Convolution(weights, f"{path}.depthwise", hidden, stride, activation)
        self.project = Convolution(weights, f"{path}.project", hidden)
        self.residual = stride == 1 and channels == self.project.channels

    def forward(self, x):
        y = self.expand(x) if self.expand else x
        y = self.project(self.depthwise(y))
        return x + y if self.residual else y


class SelfAttention(nn.Module):
    def __init__(self, weights, path, channels):
        super().__init__()
        self.f, self.g, self.h = (Convolution(weights, f"{path}.{part}", channels) for part in "fgh")
        self.gamma = nn.Parameter(weights[f"{path}.gamma"])

    def forward(self, x):
        f, g, h = (conv(x).flatten(2) for conv in (self.f, self.g, self.h))
        beta = torch.softmax(g.transpose(1, 2) @ f, -1)
        return x + self.gamma * (h @ beta.transpose(1, 2)).reshape(x.shape)


class Hints(nn.Module):
    """models/src/hints.rs"""

    SIDES = [32, 16, 8, 4]

    def __init__(self, weights):
        super().__init__()
        self.planes = nn.ModuleList(Convolution(weights, f"hints.points.{level}", 3) for level in range(len(self.SIDES)))
        self.palette, self.raised = weights["hints.palette.weight"], weights["hints.prior"]
        self.likeness, self.loudness = weights["hints.prior.likeness"], weights["loudness"]
        self.faint, self.rare = float(weights["faint"]), float(weights["rare"])

    def points(self, level, x, hints):
        means = F.avg_pool2d(hints, self.SIDES[level])
        return x + self.planes[level](means / (means[:, 2:] + self.faint) * self.loudness)

    def prior(self, logits, palette):
        like = palette @ self.likeness
        raised = (like / (like + self.rare) - 0.5 * palette.sum(1, keepdim=True)) * self.raised
        return logits + raised[:, :, None, None]


class EncoderUnet(nn.Module):
    def __init__(self, weights, activation):
        super().__init__()
        self.hints = Hints(weights) if "hints.palette.weight" in weights else None
        self.stem = Convolution(weights, "encoder.stem", 1, 2, activation)
        channels, stages, index = self.stem.channels, [], 0
        skips = []
        for stride, repeat in STAGES:
            blocks = []
            for place in range(repeat):
                path = f"encoder.blocks.{index}"
                blocks.append(InvertedResidual(weights, path, channels, stride if place == 0 else 1, activation))
                channels, index = blocks[-1].project.channels, index + 1
            stages.append(nn.Sequential(*blocks))
            skips.append(channels)
        self.stages = nn.ModuleList(stages)
        self.middle = Convolution(weights, "middle", channels)
        channels, up = self.middle.channels, []
        for index, tap in enumerate(reversed(TAPS[:-1])):
            up.append(Convolution(weights, f"up.{index}.conv", channels + skips[tap]))
            channels = up[-1].channels
        self.up = nn.ModuleList(up)
        attends = "attention.gamma" in weights
        self.attention = SelfAttention(weights, "attention", channels) if attends else None
        self.last = Convolution(weights, "last", channels, 1, F.relu)
        self.output = Convolution(weights, "output", channels)
        self.temperature = float(weights["output.temperature"])
        # In our file as the weights of a 1x1 convolution, or of a product, where the bins come first.
        kernel = lambda numbers: numbers if numbers.dim() == 4 else numbers.T[:, :, None, None].contiguous()
        bins = lambda name: kernel(weights[f"output.{name}"])
        self.centres, self.norms = bins("centres"), bins("norms")
        self.half_sure = float(weights["output.half_sure"])

    def forward(self, lightness, hints=None, palette=None):
        x = ((lightness + 1) * 127.5 - 127) / 128
        x = self.stem(x)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        x = self.middle(x)
        if self.hints:
            x = self.hints.points(0, x + (palette @ self.hints.palette)[:, :, None, None], hints)
        x = F.relu(x)
        for level, (conv, tap) in enumerate(zip(self.up, reversed(TAPS[:-1])), 1):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = conv(torch.cat([x, maps[tap]], 1))
            x = F.relu(self.hints.points(level, x, hints) if self.hints else x)
        if self.attention:
            x = self.attention(x)
        logits = self.output(self.last(x))
        if self.hints:
            logits = self.hints.prior(logits, palette)
        shares = torch.softmax(logits / self.temperature, 1)
        mean, norm = F.conv2d(shares, self.centres), F.conv2d(shares, self.norms)
        spread = norm - (mean * mean).sum(1, keepdim=True)
        sure = self.half_sure / (self.half_sure + spread)
        chroma, confidence = (
            F.interpolate(maps, scale_factor=4, mode="bilinear", align_corners=False) for maps in (mean, sure)
        )
        return chroma, confidence, logits


if __name__ == "__main__":
    main()
