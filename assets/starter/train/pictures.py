"""Where the training pictures of the codec come from, and the photographs that only the evaluation sees."""

import numpy as np
import torch
from PIL import Image

import scenes
import textures

SIDE = 192  # native size of the pack, in pixels
PHOTOGRAPHS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg", "ihc.png", "retina.jpg")


def to_tensor(pictures):
    """uint8 `[n, h, w, 3]` to float `[n, 3, h, w]` in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_bytes(tensor):
    """The inverse, rounded and clipped."""
    return ((tensor.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).contiguous().numpy()


def psnr(a, b, region=None):
    """In dB between two uint8 pictures, over a boolean region if given."""
    square = (a.astype(np.float32) - b.astype(np.float32)) ** 2
    if region is not None:
        square = square[region]
    return float(min(60.0, -10 * np.log10(max(1e-9, square.mean() / 65025)))) if square.size else 60.0


def any_picture(rng, noise, side=SIDE):
    """A scene or a stand-in for a photograph, half and half; some of the latter hold drawn things."""
    kind = rng.random()
    if kind < 0.45:
        return scenes.draw(scenes.new_scene(rng), side)
    if kind < 0.6:
        return textures.like_photograph(rng, noise, side, collage(rng))
    return textures.like_photograph(rng, noise, side)


def collage(rng):
    """Pastes a window of a drawn scene into a picture, so that clean edges meet photographic grounds."""
    def subject(picture):
        side = picture.shape[0]
        drawn = scenes.draw(scenes.new_scene(rng), side)
        w, h = rng.randrange(side // 4, side // 2), rng.randrange(side // 4, side // 2)
        x, y = rng.randrange(side - w), rng.randrange(side - h)
        picture = picture.copy()
        picture[y : y + h, x : x + w] = drawn[y : y + h, x : x + w]
        return picture
    return subject


def held_out_scenes(count, side=SIDE, first=10**6):
    """Scenes whose seeds training never uses (it draws its own below one million)."""
    import random
    return np.stack([scenes.draw(scenes.new_scene(random.Random(first + k)), side) for k in range(count)])


def photographs(side=SIDE):
    """The colour photographs that come with scikit-image, cut square and reduced. For measuring only."""
    import os
    import skimage
    folder = os.path.join(os.path.dirname(skimage.__file__), "data")
    found = []
    for name in PHOTOGRAPHS:
        picture = Image.open(os.path.join(folder, name)).convert("RGB")
        edge = min(picture.size)
        left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
        found.append(np.asarray(picture.crop((left, top, left + edge, top + edge)).resize((side, side), Image.LANCZOS)))
    return np.stack(found)
