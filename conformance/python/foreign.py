"""Makes a small network with the interface of a well-known colorizer, and says what it paints.

    python foreign.py KIND SIDE MODEL.onnx CHROMA.bin [--dynamic]

KIND is ddcolor, deoldify, eccv16, siggraph17 or chromagan. The weights are random, the same each time. The
picture is a formula; before and after the network it is treated as the authors' own scripts treat
theirs. CHROMA.bin holds a* and b* of CIELAB, as float32.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1)
STD = np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1)
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])

# Planes in, planes out, names of further inputs with their planes, factor of the last layer.
KINDS = {
    "ddcolor": (3, 2, {}, 40.0),
    "deoldify": (3, 3, {}, 0.4),
    "eccv16": (1, 2, {}, 0.15),
    "siggraph17": (1, 2, {"hint": 2, "mask": 1}, 0.2),
    "chromagan": (3, 2, {}, 0.1),
}


def gray(side):
    """8-bit sRGB: a slope with a wave on it."""
    y, x = np.mgrid[0:side, 0:side]
    return np.clip(60 + 120 * (x + y) / (2 * side) + 25 * np.sin(x / 5) * np.cos(y / 7), 0, 255).astype(np.uint8)


def to_linear(s):
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def lightness(gray8):
    y = to_linear(gray8 / 255.0)
    return 116 * np.where(y > (6 / 29) ** 3, np.cbrt(y), y / (3 * (6 / 29) ** 2) + 4 / 29) - 16


def chroma(rgb):
    """a* and b* of RGB in 0..255."""
    xyz = to_linear(rgb.transpose(1, 2, 0) / 255.0) @ TO_XYZ.T / TO_XYZ.sum(1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])])


def network(kind, side):
    """A 3x3 and a 1x1 convolution on everything that goes in."""
    planes, out, others, factor = KINDS[kind]
    rng = np.random.default_rng(5)
    inputs = {"input": planes, **others}
    sides = [side, side] if side else ["h", "w"]
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", count, *sides]) for name, count in inputs.items()]
    total = sum(inputs.values())
    constant = lambda name, array: numpy_helper.from_array(array.astype(np.float32), name)
    weights = [
        constant("w1", rng.normal(0, 0.5 / total, (8, total, 3, 3))),
        constant("w2", rng.normal(0, 0.5, (out, 8, 1, 1))),
        constant("scale", np.array([0.02 if kind in ("eccv16", "siggraph17") else 1.0])),
        constant("factor", np.array([factor * (110 if kind in ("eccv16", "siggraph17") else 1)])),
        constant("middle", np.array([0.5 if kind == "chromagan" else 0.0])),
    ]
    nodes = [
        helper.make_node("Concat", list(inputs), ["joined"], axis=1),
        helper.make_node("Mul", ["joined", "scale"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "w1"], ["maps"], pads=[1, 1, 1, 1], kernel_shape=[3, 3], strides=[1, 1]),
        helper.make_node("Tanh", ["maps"], ["active"]),
        helper.make_node("Conv", ["active", "w2"], ["small"], kernel_shape=[1, 1], strides=[1, 1]),
        helper.make_node("Mul", ["small", "factor"], ["sized"]),
        helper.make_node("Add", ["sized", "middle"], ["output"]),
    ]
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", out, *sides])
    graph = helper.make_graph(nodes, kind, infos, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def paint(kind, model, gray8):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    run = lambda *values: session.run(None, dict(zip([i.name for i in session.get_inputs()], [v.astype(np.float32) for v in values])))[0]
    plane = gray8.astype(np.float64)[None, None]
    light = lightness(gray8)[None, None]
    if kind == "ddcolor":
        return run(np.repeat(plane / 255, 3, 1))[0]
    if kind == "deoldify":
        rgb = run((np.repeat(plane / 255, 3, 1) - MEAN) / STD) * STD + MEAN
        return chroma(np.round(np.clip(rgb[0] * 255, 0, 255)))
    if kind == "eccv16":
        return run(light)[0]
    if kind == "siggraph17":
        nothing = np.zeros((1, 2, *gray8.shape))
        return run(light, nothing, nothing[:, :1])[0]
    if kind == "chromagan":
        code = light * 255 / 100
        return run(np.repeat(code / 255, 3, 1))[0] * 255 - 128
    raise ValueError(kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("side", type=int)
    parser.add_argument("model")
    parser.add_argument("chroma")
    parser.add_argument("--dynamic", action="store_true")
    a = parser.parse_args()
    model = network(a.kind, None if a.dynamic else a.side)
    onnx.save(model, a.model)
    paint(a.kind, model, gray(a.side)).astype("<f4").tofile(a.chroma)


if __name__ == "__main__":
    main()
