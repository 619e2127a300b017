"""Runs an ONNX file that takes pixels, with nothing of ours before or after it.

    python run_pixels.py MODEL.onnx PIXELS --shape 1,300,451,3 --out OUTPUT [--engine ENGINE]

PIXELS holds the bytes of photographs, [batch, height, width, RGB] as --shape says, and nothing else; so
does OUTPUT afterwards. ENGINE is onnxruntime (the default), reference (ONNX's own evaluator, in NumPy) or
opencv (its DNN module). The engine with its version is printed. What goes wrong is said in one line on
stderr, with exit code 1.
"""

import argparse
import sys

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL.onnx")
    parser.add_argument("pixels", metavar="PIXELS")
    parser.add_argument("--shape", metavar="N,H,W,3", type=lambda text: [int(n) for n in text.split(",")], required=True)
    parser.add_argument("--out", metavar="OUTPUT", required=True)
    parser.add_argument("--engine", choices=ENGINES, default="onnxruntime")
    arguments = parser.parse_args()
    try:
        pixels = np.fromfile(arguments.pixels, np.uint8).reshape(arguments.shape)
        colorized, version = ENGINES[arguments.engine](arguments.model, pixels)
        if colorized.dtype != np.uint8 or colorized.shape != pixels.shape:
            raise ValueError(f"gives {colorized.dtype} {colorized.shape}, not bytes {pixels.shape}")
        colorized.tofile(arguments.out)
        print(version)
    except Exception as error:  # NumPy, the engines and the file system each have their own
        sys.exit(f"run_pixels.py: {arguments.model}: {' '.join(str(error).split())}")


def onnxruntime(model, pixels):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they are raised as well
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(["colorized"], {"rgb": pixels})[0], f"ONNX Runtime {onnxruntime.__version__}"


def reference(model, pixels):
    import onnx
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(model).run(["colorized"], {"rgb": pixels})[0], f"onnx.reference {onnx.__version__}"


def opencv(model, pixels):
    import cv2

    network = cv2.dnn.readNetFromONNX(model)
    network.setInput(pixels, "rgb")
    return network.forward("colorized"), f"OpenCV {cv2.__version__}"


ENGINES = {"onnxruntime": onnxruntime, "reference": reference, "opencv": opencv}


if __name__ == "__main__":
    main()
