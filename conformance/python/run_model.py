"""Runs an ONNX file in an engine that shares no code with ours.

    python run_model.py ENGINE < REQUEST

ENGINE is onnxruntime, reference (ONNX's own evaluator, in NumPy) or opencv (its DNN module). Each is
imported only where it is asked for. The request is one JSON object:

    {"model": "m.onnx",
     "cases": [{"inputs": {"lightness": {"file": "0.in", "shape": [1, 1, 64, 64]}},
                "outputs": {"chroma": "0.out"}}]}

Files hold little-endian float32 values and nothing else. One line of JSON is printed:

    {"engine": "ONNX Runtime 1.32.0", "cases": [{"shapes": {"chroma": [1, 2, 64, 64]}}]}

with {"error": "..."} for a case that failed. A file that cannot be loaded at all is said in one line on
stderr, with exit code 1. Other engines of the matrix speak the same.
"""

import argparse
import json
import sys

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=ENGINES)
    engine = parser.parse_args().engine
    request = json.load(sys.stdin)
    try:
        infer, version = ENGINES[engine](request["model"])
    except Exception as error:  # each engine, NumPy and the file system have their own
        sys.exit(f"run_model.py: {request['model']}: {one_line(error)}")
    print(json.dumps({"engine": version, "cases": [run(infer, case) for case in request["cases"]]}))


def run(infer, case):
    try:
        inputs = {name: read(**given) for name, given in case["inputs"].items()}
        results = infer(inputs, list(case["outputs"]))
        for result, path in zip(results, case["outputs"].values()):
            result.astype("<f4").tofile(path)
        return {"shapes": {name: result.shape for name, result in zip(case["outputs"], results)}}
    except Exception as error:
        return {"error": one_line(error)}


def onnxruntime(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors; they are raised as well
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda inputs, outputs: session.run(outputs, inputs), f"ONNX Runtime {onnxruntime.__version__}"


def reference(model):
    import onnx
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(model)
    return lambda inputs, outputs: evaluator.run(outputs, inputs), f"onnx.reference {onnx.__version__}"


def opencv(model):
    import cv2

    network = cv2.dnn.readNetFromONNX(model)

    def infer(inputs, outputs):
        for name, values in inputs.items():
            network.setInput(values, name)
        # Asked for one output by name, OpenCV 5 looks for a layer of that name.
        return [network.forward()] if len(outputs) == 1 else network.forward(outputs)

    return infer, f"OpenCV {cv2.__version__}"


ENGINES = {"onnxruntime": onnxruntime, "reference": reference, "opencv": opencv}


def read(file, shape):
    values = np.fromfile(file, dtype="<f4")
    if values.size != np.prod(shape):
        raise ValueError(f"{file} holds {values.size} values, and {shape} needs {np.prod(shape)}")
    return values.reshape(shape)


def one_line(error):
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main()
