"""Prints the table of src/quantized.rs: the cells of 10 x 10 in a*b* that colours of sRGB fall into.

    pip install numpy
    python ab_bins.py
"""

import numpy as np

TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
WHITE = np.array([0.95047, 1.0, 1.08883])
LEVELS = 48


def cells():
    """a* / 10 and b* / 10 of every cell, by rows."""
    level = np.linspace(0, 1, LEVELS)
    rgb = np.stack(np.meshgrid(level, level, level, indexing="ij"), -1).reshape(-1, 3)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = linear @ TO_XYZ.T / WHITE
    f = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    ab = np.stack([500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)
    return np.unique(np.round(ab / 10).astype(int), axis=0)


def centres():
    """In CIELAB's units."""
    return cells() * 10.0


if __name__ == "__main__":
    all_cells = cells()
    for a in np.unique(all_cells[:, 0]):
        b = all_cells[all_cells[:, 0] == a, 1]
        assert len(b) == b.max() - b.min() + 1, "a row has a hole"
        print(f"    ({a}, {b.min()}, {b.max()}),")
