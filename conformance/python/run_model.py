"""Runs an ONNX file with ONNX Runtime: the evaluator that shares no code with ours.

    python run_model.py MODEL.onnx INPUT... --shape 1,1,64,64 --out OUTPUT

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
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL.onnx")
    parser.add_argument("inputs", metavar="INPUT", nargs="+")
    parser.add_argument("--shape", dest="shapes", metavar="N,C,H,W", type=sizes, action="append", required=True)
    parser.add_argument("--out", metavar="OUTPUT", required=True)
    arguments = parser.parse_args()
    if len(arguments.shapes) != len(arguments.inputs):
        parser.error("--shape is needed once for each INPUT")
    try:
        print(json.dumps(run(arguments)))
    except Exception as error:  # NumPy, ONNX Runtime and the file system each have their own
        sys.exit(f"run_model.py: {arguments.model}: {' '.join(str(error).split())}")


def run(arguments):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they are raised as well
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]
    if len(names) != len(arguments.inputs):
        raise ValueError(f"takes {len(names)} inputs ({', '.join(names)}), not {len(arguments.inputs)}")
    if len(outputs) != 1:
        raise ValueError(f"gives {len(outputs)} outputs ({', '.join(outputs)}), not one")

    planes = [read(*pair) for pair in zip(arguments.inputs, arguments.shapes)]
    start = time.perf_counter()
    (output,) = session.run(outputs, dict(zip(names, planes)))
    seconds = time.perf_counter() - start

    output.astype("<f4").tofile(arguments.out)
    return {"shape": output.shape, "seconds": seconds, "onnxruntime": onnxruntime.__version__}


def read(path, shape):
    values = np.fromfile(path, dtype="<f4")
    if values.size != np.prod(shape):
        raise ValueError(f"{path} holds {values.size} values, and {shape} needs {np.prod(shape)}")
    return values.reshape(shape)


def sizes(text):
    return tuple(int(size) for size in text.split(","))


if __name__ == "__main__":
    main()
