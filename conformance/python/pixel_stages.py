"""The pixels' stages of `cargo xtask bench pixels` as one would write them with OpenCV.

    pixel_stages.py THREADS ROUNDS

A gray scan of 4000x3000 to lightness, reduced; chroma at a quarter of that, enlarged to full size, merged
and turned into sRGB bytes. Prints one line of JSON: the median in ms of two forms. `plain` enlarges
bilinearly and clips; `same` does as colorize-rt: chroma along the edges of the lightness (a guided
filter, found at a reduced size) and less chroma where the colour would leave the gamut (a search by halves
over the pixels that are outside).
"""

import json
import statistics
import sys
import time

import cv2
import numpy as np

HALVINGS = 10
TOLERANCE = 1e-6


def scan():
    x, y = np.meshgrid(np.arange(4000, dtype=np.float32), np.arange(3000, dtype=np.float32))
    wave = 120 + 90 * np.sin(x * 0.01) * np.cos(y * 0.013)
    grain = np.random.default_rng(1).integers(0, 16, wave.shape)
    return (wave + grain).astype(np.uint8)


def smooth(height, width):
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.dstack([30 * np.sin((x + 2 * y) * 0.2 + c) for c in (0, 1)]).astype(np.float32)


def lightness(gray):
    light = gray.astype(np.float32) / 255
    return cv2.cvtColor(cv2.merge([light] * 3), cv2.COLOR_BGR2Lab)[..., 0]


def guided(guide_full, chroma):
    """He & Sun's fast guided filter: lines of chroma over lightness, found at a reduced size."""
    height, width = guide_full.shape
    size = (width // 5, height // 5)
    guide = cv2.resize(guide_full, size, interpolation=cv2.INTER_AREA)
    box = (2 * 12 + 1, 2 * 12 + 1)
    mean = cv2.blur(guide, box)
    variance = cv2.blur(guide * guide, box) - mean * mean
    planes = []
    for channel in cv2.split(cv2.resize(chroma, size, interpolation=cv2.INTER_LINEAR)):
        average = cv2.blur(channel, box)
        slope = (cv2.blur(guide * channel, box) - mean * average) / (variance + 4)
        offset = average - slope * mean
        lines = [cv2.resize(cv2.blur(v, box), (width, height)) for v in (slope, offset)]
        planes.append(lines[0] * guide_full + lines[1])
    return planes


def in_gamut(light):
    return ((light >= -TOLERANCE) & (light <= 1 + TOLERANCE)).all(axis=-1)


def merged(l, a, b):
    lab = cv2.merge([l, a, b])
    light = cv2.cvtColor(lab, cv2.COLOR_Lab2LRGB)
    # OpenCV clips: what reaches 0 or 1 may have been outside.
    outside = ((light <= 0) | (light >= 1)).any(axis=-1)
    colours = lab[outside]
    if len(colours):
        low, high = np.zeros(len(colours), np.float32), np.ones(len(colours), np.float32)
        for _ in range(HALVINGS):
            share = (low + high) / 2
            tried = colours.copy()
            tried[:, 1:] *= share[:, None]
            inside = in_gamut(linear(tried))
            low, high = np.where(inside, share, low), np.where(inside, high, share)
        colours[:, 1:] *= low[:, None]
        lab[outside] = colours
    return to_bytes(lab)


def linear(lab):
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841)) * np.float32([0.950456, 1, 1.088754])
    matrix = np.float32([[3.240479, -1.53715, -0.498535], [-0.969256, 1.875991, 0.041556], [0.055648, -0.204043, 1.057311]])
    return xyz @ matrix.T


def to_bytes(lab):
    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    return cv2.convertScaleAbs(rgb, alpha=255)


def stages(gray, same):
    l = lightness(gray)
    height, width = 256, 320
    small = cv2.resize(l, (width, height), interpolation=cv2.INTER_AREA)
    chroma = smooth(small.shape[0] // 4, small.shape[1] // 4)
    if same:
        return merged(l, *guided(l, chroma))
    chroma = cv2.resize(chroma, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return to_bytes(cv2.merge([l, *cv2.split(chroma)]))


def main():
    threads, rounds = map(int, sys.argv[1:])
    cv2.setNumThreads(threads)
    gray = scan()
    times = {}
    for form, same in (("plain", False), ("same", True)):
        stages(gray, same)
        took = []
        for _ in range(rounds):
            started = time.perf_counter()
            stages(gray, same)
            took.append(1e3 * (time.perf_counter() - started))
        times[form] = statistics.median(took)
    print(json.dumps({"opencv": cv2.__version__, **times}))


main()
