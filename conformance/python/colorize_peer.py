"""The peer of `cargo xtask bench command`: what a careful Python programmer would write around the file.

    colorize_peer.py MODEL OUT PHOTO... [--size 192] [--threads 2]

MODEL is the file that ships, or one with the same inputs. Each photograph is read as gray, its lightness
reduced to the network's size, the network's chroma enlarged and merged, and the result written as JPEG
to OUT. Needs numpy, OpenCV and onnxruntime.
"""

import argparse
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("model")
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("photos", nargs="+", type=pathlib.Path)
parser.add_argument("--size", type=int, default=192)
parser.add_argument("--threads", type=int, default=2)
options = parser.parse_args()

cv2.setNumThreads(options.threads)
session_options = onnxruntime.SessionOptions()
session_options.intra_op_num_threads = options.threads
session = onnxruntime.InferenceSession(options.model, session_options, providers=["CPUExecutionProvider"])
options.out.mkdir(parents=True, exist_ok=True)

for photo in options.photos:
    gray = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        print(f"cannot read {photo}", file=sys.stderr)
        continue
    light = gray.astype(np.float32) / 255
    lightness = cv2.cvtColor(cv2.merge([light] * 3), cv2.COLOR_BGR2Lab)[..., 0]
    height, width = gray.shape
    scale = options.size / min(height, width)
    rows, columns = (max(32, round(side * scale / 32) * 32) for side in (height, width))
    small = cv2.resize(lightness, (columns, rows), interpolation=cv2.INTER_AREA)
    given = {
        "lightness": small[None, None] * np.float32(0.02) - 1,
        "hints": np.zeros((1, 3, rows, columns), np.float32),
        "palette": np.zeros((1, session.get_inputs()[2].shape[1]), np.float32),
    }
    chroma = session.run(["chroma"], given)[0][0].transpose(1, 2, 0) * 110
    chroma = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_LINEAR)
    merged = cv2.cvtColor(np.dstack([lightness, chroma]).astype(np.float32), cv2.COLOR_Lab2BGR)
    pixels = np.clip(merged * 255 + 0.5, 0, 255).astype(np.uint8)
    cv2.imwrite(str(options.out / f"{photo.stem}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])
