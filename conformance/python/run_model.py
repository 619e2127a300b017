"""Runs an ONNX file in an engine that shares no code with ours.

    python run_model.py MODEL.onnx INPUT... --shape 1,1,64,64 --out OUTPUT [--engine ENGINE]

ENGINE is onnxruntime (the default), reference (ONNX's own evaluator, in NumPy) or opencv (its DNN
module). Each is imported only where it is asked for.

Each INPUT, in the order of the model's inputs, holds the little-endian float32
values of its --shape (given once for each INPUT) and nothing else. So does
OUTPUT afterwards; its shape is in the line of JSON that is printed. What goes
wrong is said in one line on stderr, with exit code 1.
"""

import argparse
import json
import sys
import time

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL.onnx")
    parser.add_argument("inputs", metavar="INPUT", nargs="+")
    parser.add_argument("--shape", dest="shapes", metavar="N,C,H,W", type=sizes, action="append", required=True)
    parser.add_argument("--out", metavar="OUTPUT", required=True)
    parser.add_argument("--engine", choices=ENGINES, default="onnxruntime")
    arguments = parser.parse_args()
    if len(arguments.shapes) != len(arguments.inputs):
        parser.error("--shape is needed once for each INPUT")
    try:
        print(json.dumps(run(arguments)))
    except Exception as error:  # NumPy, ONNX Runtime and the file system each have their own
        sys.exit(f"run_model.py: {arguments.model}: {' '.join(str(error).split())}")


def run(arguments):
    planes = [read(*pair) for pair in zip(arguments.inputs, arguments.shapes)]
    infer, version = ENGINES[arguments.engine](arguments.model, len(planes))
    start = time.perf_counter()
    output = infer(planes)
    seconds = time.perf_counter() - start

    output.astype("<f4").tofile(arguments.out)
    return {"shape": output.shape, "seconds": seconds, "engine": version}


def onnxruntime(model, count):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they are raised as well
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]
    check(names, outputs, count)
    infer = lambda planes: session.run(outputs, dict(zip(names, planes)))[0]
    return infer, f"ONNX Runtime {onnxruntime.__version__}"


def reference(model, count):
    import onnx
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(model)
    check(evaluator.input_names, evaluator.output_names, count)
    infer = lambda planes: evaluator.run(None, dict(zip(evaluator.input_names, planes)))[0]
    return infer, f"onnx.reference {onnx.__version__}"


def opencv(model, count):
    import cv2

    network = cv2.dnn.readNetFromONNX(model)
    if count != 1:
        raise ValueError("this script gives OpenCV one input")

    def infer(planes):
        network.setInput(planes[0])
        return network.forward()

    return infer, f"OpenCV {cv2.__version__}"


ENGINES = {"onnxruntime": onnxruntime, "reference": reference, "opencv": opencv}


def check(names, outputs, count):
    if len(names) != count:
        raise ValueError(f"takes {len(names)} inputs ({', '.join(names)}), not {count}")
    if len(outputs) != 1:
        raise ValueError(f"gives {len(outputs)} outputs ({', '.join(outputs)}), not one")


def read(path, shape):
    values = np.fromfile(path, dtype="<f4")
    if values.size != np.prod(shape):
        raise ValueError(f"{path} holds {values.size} values, and {shape} needs {np.prod(shape)}")
    return values.reshape(shape)


def sizes(text):
    return tuple(int(size) for size in text.split(","))


if __name__ == "__main__":
    main()
