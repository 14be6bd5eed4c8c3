"""Styles: edits that are functions of the picture alone, so they work on photographs as on scenes.

All take and give float arrays `[h, w, 3]` in 0..255; radii are for a picture of 192 pixels and scale with it.
"""

import numpy as np
from PIL import Image, ImageFilter


def luminance(a):
    return (a @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]


def blurred(a, radius):
    """Gaussian, radius in pixels of a 192-pixel picture."""
    image = Image.fromarray(np.clip(a, 0, 255).astype(np.uint8).squeeze())
    out = np.asarray(image.filter(ImageFilter.GaussianBlur(radius * a.shape[0] / 192)), np.float32)
    return out if a.shape[-1] == 3 else out[..., None]


def smoothed(a, window):
    """Median, which takes texture away and leaves edges."""
    window = max(3, int(window * a.shape[0] / 192) | 1)
    return np.asarray(Image.fromarray(np.clip(a, 0, 255).astype(np.uint8)).filter(ImageFilter.MedianFilter(window)), np.float32)


def black_and_white(a):
    return np.repeat(luminance(a), 3, -1)


def sepia(a):
    return luminance(a) * np.array([1.06, 0.86, 0.64], np.float32) + np.array([14, 8, 2], np.float32)


def warmer(a):
    return a * np.array([1.12, 1.0, 0.78], np.float32) + np.array([10, 3, 0], np.float32)


def cooler(a):
    return a * np.array([0.80, 0.97, 1.12], np.float32) + np.array([0, 3, 10], np.float32)


def brighter(a):
    return 255 * (np.clip(a, 0, 255) / 255) ** 0.62


def darker(a):
    return a * 0.58


def contrast(a):
    return (a - 128) * 1.45 + 128


def vivid(a):
    return luminance(a) + (a - luminance(a)) * 1.7


def sketch(a):
    """Soft pencil: what is darker than its surroundings leaves a stroke on warm paper, with a little shading."""
    grey = blurred(luminance(a), 0.9)
    stroke = np.clip((grey + 12) / (blurred(grey, 5) + 12), 0, 1) ** 2.2
    shade = 0.82 + 0.18 * np.clip(grey / 200, 0, 1)
    return np.array([250, 248, 242], np.float32) * stroke * shade + np.array([26, 26, 30], np.float32) * (1 - stroke)


def watercolour(a):
    """Flat washes in clear colours on white paper, darker where a wash ends."""
    wash = blurred(smoothed(a, 7), 0.8)
    wash = luminance(wash) + (wash - luminance(wash)) * 1.3
    wash = 255 - (255 - np.clip(wash, 0, 255)) * 0.8
    edge = np.abs(blurred(luminance(wash), 3) - luminance(wash))
    return wash - 0.5 * edge


def posterise(a):
    """Five levels in each channel of the smoothed picture; the steps are a little soft."""
    level = np.clip(smoothed(a, 5), 0, 255) / 63.75
    whole = np.floor(level)
    return 63.75 * (whole + np.clip((level - whole - 0.5) / 0.3 + 0.5, 0, 1))


def blur(a):
    return blurred(a, 3.2)


def blur_background(a, sharp=None):
    """Out of focus except where `sharp` (`[h, w]` in 0..1) says; without one, except for an oval in the middle."""
    if sharp is None:
        y, x = (np.linspace(-1, 1, n) for n in a.shape[:2])
        distance = np.sqrt((x[None] / 0.55) ** 2 + (y[:, None] / 0.68) ** 2)
        sharp = np.clip((1.15 - distance) / 0.3, 0, 1)
    sharp = sharp[..., None].astype(np.float32)
    return a * sharp + blurred(a, 3.2) * (1 - sharp)


STYLES = dict(
    bw=black_and_white, sepia=sepia, warm=warmer, cool=cooler, bright=brighter, dark=darker, contrast=contrast, vivid=vivid,
    sketch=sketch, watercolour=watercolour, poster=posterise, blur=blur, background=blur_background,
)


def apply(name, picture, sharp=None):
    """The picture in this style, uint8 to uint8."""
    a = picture.astype(np.float32)
    made = blur_background(a, sharp) if name == "background" else STYLES[name](a)
    return np.clip(made + 0.5, 0, 255).astype(np.uint8)
