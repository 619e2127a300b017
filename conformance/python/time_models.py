"""Sets files of the same network beside each other: nodes, results, and ONNX Runtime's time.

    time_models.py OURS.onnx OTHER.onnx … --side 256 --runs 100

Every file gets the same noise, by the order of its inputs, and all take turns, so that what else the
machine does is the same for all. Prints one line of JSON, an object for each file.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", metavar="MODEL.onnx", nargs="+")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--runs", type=int, default=100)
    arguments = parser.parse_args()
    try:
        print(json.dumps(compare(arguments)))
    except Exception as error:  # protobuf, ONNX Runtime and the file system each have their own
        sys.exit(f"time_models.py: {' '.join(str(error).split())}")


def compare(arguments):
    sessions = [session(model) for model in arguments.models]
    given = noise(sessions[0], arguments.side)
    runs = [lambda s=s: s.run(None, dict(zip((i.name for i in s.get_inputs()), given))) for s in sessions]
    results = [run() for run in runs]
    times = [[] for _ in runs]
    for _ in range(3):  # to warm up
        for run in runs:
            run()
    order = list(range(len(runs)))
    for _ in range(arguments.runs):
        random.shuffle(order)
        for place in order:
            # Of this thread alone, which does all the work: others of the machine do not count.
            start = time.thread_time()
            runs[place]()
            times[place].append(time.thread_time() - start)
    files = []
    for model, result, seconds in zip(arguments.models, results, times):
        files.append({
            "file": model,
            **counts(onnx.load(model)),
            "fused_nodes": fused_nodes(model),
            "difference": difference(result, results[0]),
            "milliseconds": 1000 * statistics.median(seconds),
            # Of each run to ours of the same round.
            "ratio": statistics.median(other / ours for other, ours in zip(seconds, times[0])),
        })
    return {"engine": f"ONNX Runtime {onnxruntime.__version__}", "files": files}


def noise(session, side):
    """An input of each shape that a file takes, one picture of side x side."""
    generator = np.random.default_rng(0)
    extents = {0: 1, 2: side, 3: side}
    shapes = [[n if isinstance(n, int) else extents[axis] for axis, n in enumerate(i.shape)] for i in session.get_inputs()]
    # A mask and a palette are shares: below zero they would be divided by what may be nothing.
    least = lambda shape: 0 if len(shape) == 2 else np.array([-1, -1, 0]).reshape(3, 1, 1) if shape[1] == 3 else -1
    values = [generator.uniform(least(shape), 1, shape) for shape in shapes]
    return [(v / v.sum() if v.ndim == 2 else v).astype("f4") for v in values]


def difference(outputs, others):
    """The largest, as a share of each output's largest value where that is beyond 1."""
    if [output.shape for output in outputs] != [other.shape for other in others]:
        raise ValueError(f"outputs {[o.shape for o in outputs]}, not {[o.shape for o in others]}")
    of = lambda output, other: np.abs(output - other).max() / max(1, np.abs(other).max())
    return float(max(map(of, outputs, others)))


def session(model, **options):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3  # errors; they are raised as well
    for name, value in options.items():
        setattr(settings, name, value)
    return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])


def counts(model):
    """Nodes that compute something of the input; constants, and what could be folded into one."""
    constant = {tensor.name for tensor in model.graph.initializer} | {""}
    nodes = folded = 0
    for node in model.graph.node:
        if all(name in constant for name in node.input):
            constant.update(node.output)
            folded += node.op_type != "Constant"
        else:
            nodes += 1
    constants = sum(node.op_type == "Constant" for node in model.graph.node)
    return {"nodes": nodes, "foldable": folded, "constants": len(model.graph.initializer) + constants}


def fused_nodes(model):
    """Nodes that are left when ONNX Runtime has fused what it can, whatever the processor."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "fused.onnx")
        level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        session(model, optimized_model_filepath=path, graph_optimization_level=level)
        return len(onnx.load(path).graph.node)


if __name__ == "__main__":
    main()
