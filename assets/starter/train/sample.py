"""Draws the sample picture and its mask: `python sample.py ../../samples`. Its scene is none of those trained on."""

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import scenes

SIDE = 768


def harbour():
    """A sunny bay with a boat, a balloon and hills."""
    scene = scenes.new_scene(random.Random(6_000_000))
    thing = lambda kind, colour, x, v, s: dict(kind=kind, colour=colour, x=x, v=v, s=s, jitter=[0, 0, 0])
    scene.update(
        time="noon", sky=None, ground="sea", back="hills", weather="clear", horizon=0.56, sky_jitter=[0] * 6, ground_jitter=[0] * 3, birds=False, rainbow=False, back_seed=2, ground_seed=1,
        sun=dict(x=0.82, y=0.14, r=0.062, shown=True), clouds=[dict(x=0.3, y=0.12, s=1.1), dict(x=0.58, y=0.2, s=0.9)],
        objects=[thing("boat", "white", 0.34, 0.5, 1.3), thing("balloon", "red", 0.62, 0.7, 1.1)],
    )
    return scene


def main():
    out, scene = Path(sys.argv[1]), harbour()
    picture = scenes.draw(scene, SIDE)
    Image.fromarray(picture).save(out / "harbour.png", optimize=True)
    without = scenes.draw(scenes.changed(scene, objects=[scene["objects"][0]]), SIDE)
    ys, xs = np.nonzero(np.abs(picture.astype(int) - without).sum(-1) > 12)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    margin = 26
    mask[ys.min() - margin : ys.max() + margin, xs.min() - margin : xs.max() + margin] = 255
    Image.fromarray(mask).save(out / "harbour-mask.png", optimize=True)


if __name__ == "__main__":
    main()
