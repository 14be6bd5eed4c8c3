"""Contact sheets of what is drawn: `python sheet.py OUT.png [--seed N]`. Before and after, side by side."""

import argparse
import random

import numpy as np
from PIL import Image, ImageDraw

import edits


def strip(cells, columns, label=None):
    """Cells of one size in rows; labels above them if given."""
    side = cells[0].shape[0]
    height = side + (14 if label else 0)
    rows = (len(cells) + columns - 1) // columns
    width = cells[0].shape[1]
    page = Image.new("RGB", (columns * (width + 4), rows * (height + 4)), (250, 250, 250))
    draw = ImageDraw.Draw(page)
    for k, cell in enumerate(cells):
        x, y = (k % columns) * (width + 4), (k // columns) * (height + 4)
        if label:
            draw.text((x + 2, y + 1), label[k][: width // 6], fill=(20, 20, 20))
        page.paste(Image.fromarray(cell), (x, y + height - side))
    return page


def main():
    options = argparse.ArgumentParser()
    options.add_argument("out")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--side", type=int, default=128)
    given = options.parse_args()
    rng, noise = random.Random(given.seed), np.random.default_rng(given.seed)
    samples = [edits.sample(rng, noise, given.side, kind) for kind in edits.SHARES for _ in range(4)]
    cells = [np.concatenate([s.before, s.after], 1) for s in samples]
    strip(cells, 6, [s.text for s in samples]).save(given.out)


if __name__ == "__main__":
    main()
