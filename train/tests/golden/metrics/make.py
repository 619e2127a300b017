"""Makes the golden values of metrics.rs with numpy and scikit-image, which share no code with ours.

    pip install numpy==2.4.6 pillow==13.0.0 scikit-image==0.26.0
    python make.py

Writes, beside itself: truth.png (scikit-image's astronaut, a NASA photograph in the public domain, cut
and reduced), output.png (its lightness with its chroma blurred and faded, as a colorizer paints), and
golden.json with the figures of every pair. The other pictures are formulas, so that the Rust test makes
the same.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import color, data
from skimage.filters import gaussian
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

HERE = Path(__file__).parent

MATRIX = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def lab(rgb8):
    """CIELAB in double precision, from sRGB's definition and D65."""
    s = rgb8.astype(np.float64) / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    xyz = linear @ MATRIX.T / MATRIX.sum(1)
    d = 6 / 29
    f = np.where(xyz > d**3, np.cbrt(xyz), xyz / (3 * d * d) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def colourfulness(rgb8):
    r, g, b = (rgb8[..., i].astype(np.float64) for i in range(3))
    rg, yb = r - g, 0.5 * (r + g) - b
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def figures(truth, output):
    lt, lo = lab(truth), lab(output)
    mse = ((output.astype(float) - truth) ** 2).mean()
    psnr = 10 * np.log10(255**2 / max(mse, 1e-2))
    if mse > 1e-2:
        assert np.isclose(psnr, peak_signal_noise_ratio(truth, output, data_range=255))
    # The same formula with the library's rounder matrix: near, but not to our tolerance.
    assert np.abs(lt - color.rgb2lab(truth)).max() < 0.1
    a, b = ((v[..., 1:] - v[..., 1:].mean((0, 1))).ravel() for v in (lo, lt))
    object = a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9) if np.linalg.norm(a) > 1 else 0.0
    ssim = structural_similarity(
        truth, output, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=2
    )
    colour, colour_truth = colourfulness(output), colourfulness(truth)
    return {
        "psnr": float(psnr),
        "ssim": float(ssim),
        "ab": float(np.hypot(*(lo - lt)[..., 1:].reshape(-1, 2).T).mean()),
        "object": float(object),
        "colour": float(colour),
        "colour_truth": float(colour_truth),
        "colour_distance": float(abs(colour - colour_truth)),
    }


def formula(width, height, red, green, blue, modulus):
    """Each channel is (cx · x + cy · y + cxy · x · y) mod modulus · 255 / (modulus - 1), in integers."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [(cx * x + cy * y + cxy * x * y) % modulus * 255 // (modulus - 1) for cx, cy, cxy in (red, green, blue)]
    return np.stack(planes, -1).astype(np.uint8)


def photograph():
    """64 x 48 pixels of a face, a flag and a suit."""
    square = Image.fromarray(data.astronaut()).crop((0, 0, 512, 384))
    return np.asarray(square.resize((64, 48), Image.BICUBIC))


def painted(truth):
    planes = color.rgb2lab(truth)
    planes[..., 1:] = 0.6 * gaussian(planes[..., 1:], sigma=2, channel_axis=2)
    return np.clip(np.round(color.lab2rgb(planes) * 255), 0, 255).astype(np.uint8)


# Width, height, (cx, cy, cxy) of each channel, modulus: truth and output.
FORMULAS = {
    "slopes": [(48, 37, (3, 0, 0), (0, 4, 0), (1, 1, 0), 200), (48, 37, (2, 1, 0), (0, 5, 0), (1, 2, 0), 190)],
    "dark": [(33, 40, (1, 0, 0), (0, 1, 0), (1, 1, 0), 1000), (33, 40, (1, 1, 0), (1, 1, 0), (1, 1, 0), 1000)],
    "noise": [(32, 32, (7, 13, 5), (11, 3, 9), (5, 17, 3), 31), (32, 32, (13, 5, 7), (3, 7, 11), (17, 5, 1), 29)],
    "gray": [(40, 24, (7, 13, 1), (5, 3, 2), (1, 1, 1), 64), (40, 24, (3, 5, 0), (3, 5, 0), (3, 5, 0), 256)],
    "gamut's corners": [(16, 16, (1, 0, 0), (0, 1, 0), (1, 1, 0), 2), (16, 16, (0, 1, 0), (1, 0, 0), (1, 1, 0), 2)],
    "equal": [(11, 11, (9, 1, 0), (1, 9, 0), (3, 3, 1), 128), (11, 11, (9, 1, 0), (1, 9, 0), (3, 3, 1), 128)],
}


def main():
    truth = photograph()
    output = painted(truth)
    Image.fromarray(truth).save(HERE / "truth.png", optimize=True)
    Image.fromarray(output).save(HERE / "output.png", optimize=True)
    cases = [{"name": "photograph", "figures": figures(truth, output)}]
    for name, (one, other) in FORMULAS.items():
        keys = ("width", "height", "red", "green", "blue", "modulus")
        formulas = {"truth": dict(zip(keys, one)), "output": dict(zip(keys, other))}
        cases.append({"name": name, **formulas, "figures": figures(formula(*one), formula(*other))})
    (HERE / "golden.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
