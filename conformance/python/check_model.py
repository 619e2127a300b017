"""Holds an ONNX file to the standard's own checker, and says what is in it.

    python check_model.py MODEL.onnx

The full check and strict shape inference, with the values of shapes followed
through the graph. Prints one line of JSON; where the check fails, one line on
stderr, and exits with 1.
"""

import argparse
import json
import sys
from collections import Counter

import onnx


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL.onnx")
    path = parser.parse_args().model
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # protobuf, onnx and the file system each have their own
        sys.exit(f"check_model.py: {path}: {' '.join(str(error).split())}")
    print(json.dumps(contents(model)))


def contents(model):
    graph = model.graph
    opsets = {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}
    return {
        "opset": opsets.pop("ai.onnx", None),
        "other_opsets": opsets,
        "ir_version": model.ir_version,
        "producer": model.producer_name,
        "inputs": {value.name: shape(value) for value in graph.input},
        "outputs": {value.name: shape(value) for value in graph.output},
        "nodes": len(graph.node),
        "operators": dict(sorted(Counter(node.op_type for node in graph.node).items())),
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
    }


def shape(value):
    """Numbers where the size is fixed, names where it is not, None where it is not said."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    sizes = []
    for dimension in tensor.shape.dim:
        kind = dimension.WhichOneof("value")
        sizes.append(getattr(dimension, kind) if kind else None)
    return sizes


if __name__ == "__main__":
    main()
