"""Pictures with the statistics of photographs, made from noise: no photograph is read.

Photographs have power spectra near 1/f and consist of overlapping things of all sizes (the "dead leaves" model),
lit unevenly, partly out of focus, with grain. Codec and styles meet these so that they work on photographs too.
"""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def cloud_noise(noise, side, slope, channels=3):
    """Gaussian noise with amplitude ~ 1/f**slope, unit deviation: float `[side, side, channels]`."""
    radius = np.sqrt(np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side)[None] ** 2)
    radius[0, 0] = 1 / side
    white = noise.standard_normal((2, channels, side, side // 2 + 1), np.float32)
    field = np.fft.irfft2((white[0] + 1j * white[1]) * (radius**-slope).astype(np.float32), s=(side, side), axes=(1, 2))
    field = field.transpose(1, 2, 0)
    return ((field - field.mean((0, 1))) / (field.std((0, 1)) + 1e-6)).astype(np.float32)


def coloured_noise(rng, noise, side, slope):
    """A field of noise in correlated colours, mostly light and dark: uint8 picture."""
    blend = noise.standard_normal((3, 3)) * rng.uniform(0.02, 0.3) + np.ones((3, 3)) * 0.5
    field = cloud_noise(noise, side, slope) @ blend
    return np.clip(128 + rng.uniform(20, 65) * field + noise.uniform(-60, 60) + noise.standard_normal(3) * rng.uniform(2, 25), 0, 255).astype(np.uint8)


def palette(rng, noise):
    """Three base colours that the things of one picture share, as those of a photograph do."""
    grey = noise.uniform(20, 235, (3, 1))
    return np.clip(grey + noise.standard_normal((3, 3)) * rng.uniform(3, 42), 0, 255)


def leaves(rng, noise, side):
    """Overlapping shapes of all sizes, each with a texture, a gradient and an edge of its own sharpness."""
    colours = palette(rng, noise)
    picture = coloured_noise(rng, noise, side, rng.uniform(0.9, 1.8))
    field = cloud_noise(noise, side, rng.uniform(0.7, 1.5), 1)
    fine = cloud_noise(noise, side, rng.uniform(0.2, 0.9), 1)
    image = Image.fromarray(picture)
    for _ in range(rng.randrange(6, 60)):
        q = min(0.5, 0.02 / max(1e-3, rng.random()) ** 1.1) * side
        x, y = rng.random() * side, rng.random() * side
        tone = np.clip(colours[rng.randrange(3)] + noise.standard_normal(3) * rng.uniform(4, 34), 0, 255)
        x0, y0, x1, y1 = (int(max(0, min(side, v))) for v in (x - 1.5 * q - 2, y - 1.5 * q - 2, x + 1.5 * q + 2, y + 1.5 * q + 2))
        if x1 <= x0 or y1 <= y0:
            continue
        mask = Image.new("L", (x1 - x0, y1 - y0))
        shape(rng, ImageDraw.Draw(mask), x - x0, y - y0, q)
        if rng.random() < 0.5:
            mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.2 + q / 30)))
        slope = (np.arange(x0, x1)[None] - x) * rng.uniform(-1, 1) + (np.arange(y0, y1)[:, None] - y) * rng.uniform(-1, 1)
        inside = tone + slope[..., None] / (q + 1) * rng.uniform(0, 45)
        pick = (np.roll(field, rng.randrange(side), 0) if rng.random() < 0.5 else np.roll(fine, rng.randrange(side), 1))[y0:y1, x0:x1]
        inside = inside + pick * rng.choice([0, 3, 8, 18])
        image.paste(Image.fromarray(np.clip(inside, 0, 255).astype(np.uint8)), (x0, y0), mask)
    return np.asarray(image)


def shape(rng, draw, x, y, q):
    kind = rng.random()
    if kind < 0.4:
        squash = rng.uniform(0.3, 1.2)
        draw.ellipse([x - q, y - q * squash, x + q, y + q * squash], fill=255)
    elif kind < 0.75:
        angles = sorted(rng.random() * 2 * math.pi for _ in range(rng.randrange(3, 8)))
        draw.polygon([(x + q * rng.uniform(0.5, 1.2) * math.cos(t), y + q * rng.uniform(0.5, 1.2) * math.sin(t)) for t in angles], fill=255)
    elif kind < 0.88:
        h = q * rng.uniform(0.1, 1)
        draw.rectangle([x - q, y - h, x + q, y + h], fill=255)
    else:
        t = rng.random() * math.pi
        draw.line([x - q * 1.4 * math.cos(t), y - q * 1.4 * math.sin(t), x + q * 1.4 * math.cos(t), y + q * 1.4 * math.sin(t)], fill=255, width=rng.randrange(1, 5))


def like_photograph(rng, noise, side=192, subject=None):
    """A picture from noise: uint8 `[side, side, 3]`. `subject(image)` may draw into it before the light falls."""
    if rng.random() < 0.15:
        picture = coloured_noise(rng, noise, side, rng.uniform(0.8, 1.9))
    else:
        picture = leaves(rng, noise, side)
    if subject is not None:
        picture = subject(picture)
    value = picture.astype(np.float32)
    if rng.random() < 0.5:
        light = np.linspace(-1, 1, side)
        value = value * (1 + 0.35 * (light[:, None, None] * rng.uniform(-1, 1) + light[None, :, None] * rng.uniform(-1, 1)))
    if rng.random() < 0.5:
        value = value + cloud_noise(noise, side, rng.uniform(0.9, 1.8), 1) * rng.uniform(5, 28)
    if rng.random() < 0.4:
        value = value + noise.standard_normal(value.shape, np.float32) * rng.uniform(0.5, 5)
    value = (value - 128) * rng.uniform(0.75, 1.25) + 128 + rng.uniform(-25, 25)
    value = np.clip(value, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        value = np.asarray(Image.fromarray(value).filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.6))))
    return value
