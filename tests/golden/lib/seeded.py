"""Numbers out of names: weights, activations and test pictures that are the same on every machine.

Everything random here comes from NumPy's PCG64 seeded with a name, and not from torch, whose normal
transform may differ in the last bit from one processor to another. Only the pipelines' own noise is
drawn by torch, because that generator is part of what is being tested.
"""

import math
import zlib

import numpy as np
import torch
from PIL import Image

_NORM_WORDS = ("norm", "gamma", "ln_q")
_TABLE_WORDS = ("embed_tokens", "addition_t_embedding")


def normal(name: str, shape, scale: float = 1.0) -> torch.Tensor:
    """Standard normal values (times `scale`) that depend on the name and the shape only."""
    source = np.random.default_rng(zlib.crc32(name.encode()))
    values = source.standard_normal(tuple(shape)).astype(np.float32)
    return torch.from_numpy(values) * scale


def _spread(name: str, parameter: torch.Tensor) -> tuple[float, float]:
    """Mean and deviation that keep activations near one through the whole depth of a model."""
    last = name.rsplit(".", 1)[-1]
    is_norm = any(word in name for word in _NORM_WORDS)
    if last == "bias":
        return 0.0, 0.06
    if is_norm and (parameter.ndim == 1 or last == "gamma"):
        return 1.0, 0.15
    if any(word in name for word in _TABLE_WORDS):
        return 0.0, 0.6
    return 0.0, 1.0 / math.sqrt(parameter[0].numel())


def fill_weights(module: torch.nn.Module, name: str, quieter: dict[str, float] | None = None):
    """Overwrite all parameters of `module`; `quieter` scales single tensors (by parameter name)."""
    for key, parameter in module.named_parameters():
        mean, deviation = _spread(key, parameter)
        deviation *= (quieter or {}).get(key, 1.0)
        parameter.data.copy_(mean + deviation * normal(f"{name}:{key}", parameter.shape))
    return module.eval()


def picture(name: str, width: int, height: int) -> Image.Image:
    """A test picture: a soft wave, a slanted hard edge, a disc and a grainy corner, to catch resampling slips."""
    phase = zlib.crc32(name.encode()) % 1000 / 1000.0
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    u, v = columns / max(width - 1, 1), rows / max(height - 1, 1)
    red = 128 + 100 * np.sin(2 * math.pi * (1.5 * u + phase)) * np.cos(2 * math.pi * v)
    green = np.where(u * (0.6 + phase) + v < 0.9, 40 + 150 * v, 210 - 120 * u)
    disc = np.hypot(u - 0.3 - 0.4 * phase, v - 0.5) < 0.22
    blue = np.where(disc, 235.0, 60 + 90 * phase + 60 * u)
    pixels = np.stack([red, green, blue], -1)
    corner = pixels[: height // 3, : width // 3]
    corner += np.random.default_rng(zlib.crc32(name.encode())).integers(-60, 61, corner.shape)
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8), "RGB")


def mask(width: int, height: int, centre: tuple[float, float], radius: float) -> Image.Image:
    """White ellipse on black; centre and radius as fractions of the sides."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    inside = np.hypot((columns + 0.5) / width - centre[0], (rows + 0.5) / height - centre[1]) < radius
    return Image.fromarray(inside.astype(np.uint8) * 255, "L")


def as_signed(image: Image.Image) -> torch.Tensor:
    """RGB picture to the codec's input range: [1, 3, 1, row, column], -1 to 1."""
    values = torch.from_numpy(np.asarray(image).copy()).float() / 127.5 - 1.0
    return values.permute(2, 0, 1)[None, :, None]
