"""Makes the batches of imagenet.rs in the forms in which downsampled ImageNet was published, with
real numpy, and blur.json with scipy. Nothing here shares code with ours.

    pip install numpy==2.4.6 scipy && python3 make.py            # protocols 2 to 5, .npz, hostile files
    (Python 2.7, numpy 1.16.6)        python2 make.py            # protocol 2 as Python 2 writes it

The dictionaries are those of image2numpy_imagenet_train.py and image2numpy_imagenet_val.py in
https://github.com/PatrykChrabaszcz/Imagenet32_Scripts: `data` [n, 3 * side * side] of uint8, planes of
red, green and blue; `labels`, a list; and, in training batches, `mean`, float64.
"""

import json
import os
import pickle
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "imagenet")


def batch(number, count, side, mean=True):
    """Pixel values are a formula, so that the Rust test knows them too."""
    row, channel, y, x = np.meshgrid(
        np.arange(count), np.arange(3), np.arange(side), np.arange(side), indexing="ij"
    )
    data = (41 * number + 23 * row + 90 * channel + 5 * y + 3 * x + x * y * channel) % 256
    data = data.astype(np.uint8).reshape(count, 3 * side * side)
    result = {"data": data, "labels": [7 + i for i in range(count)]}
    if mean:
        result["mean"] = np.mean(data, axis=0)
    return result


def dump(name, value, protocol):
    with open(os.path.join(OUT, name), "wb") as file:
        if sys.version_info[0] == 2:
            import cPickle

            cPickle.dump(value, file, protocol)
        else:
            pickle.dump(value, file, protocol)


class Hostile:
    """Runs a command where Python reads it."""

    def __reduce__(self):
        return os.system, ("touch a-pickle-was-run",)


def python2():
    dump("python2/train_data_batch_1", batch(1, 4, 16), 2)
    dump("python2/train_data_batch_2", batch(2, 3, 16), 2)
    dump("python2/val_data", batch(3, 3, 32, mean=False), 2)
    dump("text-pickle", batch(1, 1, 16, mean=False), 0)


def python3():
    for protocol in (2, 3, 4, 5):
        for number, count in ((1, 4), (2, 3)):
            name = "python3-protocol%d/train_data_batch_%d" % (protocol, number)
            dump(name, batch(number, count, 16), protocol)
    for number, count in ((1, 4), (2, 3)):
        name = "train_data_batch_%d.npz" % number
        np.savez(os.path.join(OUT, "npz", name), **batch(number, count, 16))
        np.savez_compressed(os.path.join(OUT, "npz-compressed", name), **batch(number, count, 16))

    dump("hostile/alone-2", Hostile(), 2)
    dump("hostile/alone-4", Hostile(), 4)
    dump("hostile/among-2", dict(batch(1, 1, 16, mean=False), extra=Hostile()), 2)
    dump("hostile/among-4", dict(batch(1, 1, 16, mean=False), extra=Hostile()), 4)
    dump("hostile/eval-3", dict(data=Eval()), 3)

    dump("wrong/floats", {"data": np.zeros((1, 768), np.float32), "labels": [0]}, 4)
    dump("wrong/fortran", {"data": np.asfortranarray(np.zeros((2, 768), np.uint8))}, 4)
    dump("wrong/columns", {"data": np.zeros((2, 700), np.uint8), "labels": [0, 0]}, 4)
    dump("wrong/no-data", {"labels": [0]}, 4)
    dump("wrong/list", [1, 2, 3], 4)
    np.savez(os.path.join(OUT, "wrong/floats.npz"), data=np.zeros((1, 768), np.float32))
    np.savez(os.path.join(OUT, "wrong/no-data.npz"), labels=np.zeros(3, np.int64))

    from scipy.ndimage import gaussian_filter

    y, x = np.mgrid[0:24, 0:24]
    plane = np.where((x // 5 + y // 7) % 2 == 0, 30.0, 70.0) + 0.3 * x
    # The crate `image` cuts the Gaussian off at 1 and 3 pixels, as OpenCV would.
    blurred = {
        str(sigma): gaussian_filter(plane, sigma, mode="nearest", radius=radius).round(4).ravel().tolist()
        for sigma, radius in ((0.5, 1), (1.5, 3))
    }
    with open(os.path.join(HERE, "blur.json"), "w") as file:
        json.dump(blurred, file)


class Eval:
    """Calls a function of the language itself."""

    def __reduce__(self):
        return eval, ("__import__('os').system('touch a-pickle-was-run')",)


if __name__ == "__main__":
    folders = ["python2", "npz", "npz-compressed", "hostile", "wrong"]
    for folder in folders + ["python3-protocol%d" % protocol for protocol in (2, 3, 4, 5)]:
        if not os.path.isdir(os.path.join(OUT, folder)):
            os.makedirs(os.path.join(OUT, folder))
    python2() if sys.version_info[0] == 2 else python3()
