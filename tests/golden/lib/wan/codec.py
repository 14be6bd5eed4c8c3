"""Golden tensors of both codecs: clips and single frames, and what passes from layer to layer."""

from pathlib import Path

import torch

from ..files import write_tensors
from ..seeded import as_signed, normal, picture
from .checkpoints import opened

# name, checkpoint, [rows, columns] in pixels, frames
CASES = [
    ("wan21_clip", "t2v", (16, 24), 9),
    ("wan21_single", "t2v", (24, 16), 1),
    ("wan21_long", "i2v", (16, 16), 17),
    ("wan22_clip", "ti2v", (32, 48), 9),
    ("wan22_single", "ti2v", (64, 32), 1),
    ("wan22_long", "ti2v", (32, 32), 13),
]
# The same in tiles: name, checkpoint, [rows, columns], frames, tile and stride in pixels
TILED = [("wan21_tiled", "t2v", (48, 64), 5, (32, 24)), ("wan22_tiled", "ti2v", (96, 96), 5, (64, 32))]


def write(root: Path, target: Path) -> dict:
    about = {}
    for name, checkpoint, (rows, columns), frames in CASES:
        codec = opened(root / checkpoint, "vae")
        clip = _clip(name, rows, columns, frames)
        posterior = codec.encode(clip).latent_dist
        latents = normal(f"{name} latents", posterior.mean.shape)
        layers, handles = _watch_first(codec)
        decoded = codec.decode(latents, return_dict=False)[0]
        [handle.remove() for handle in handles]
        assert (decoded.abs() >= 1).float().mean() < 0.2, f"{name}: the clamp would hide differences"
        write_tensors(target / f"{name}.safetensors", layers | dict(
            clip=clip[0], mean=posterior.mean[0], log_variance=posterior.logvar[0], latents=latents[0], decoded=decoded[0],
        ))
        about[name] = dict(checkpoint=checkpoint, frames=frames)
    for name, checkpoint, (rows, columns), frames, (tile, stride) in TILED:
        codec = opened(root / checkpoint, "vae")
        scale = codec.config.scale_factor_spatial
        latents = 0.5 * normal(f"{name} latents", (1, codec.config.z_dim, (frames - 1) // 4 + 1, rows // scale, columns // scale))
        codec.enable_tiling(tile, tile, stride, stride)
        decoded = codec.decode(latents, return_dict=False)[0]
        codec.disable_tiling()
        write_tensors(target / f"{name}.safetensors", dict(latents=latents[0], decoded=decoded[0]))
        about[name] = dict(checkpoint=checkpoint, frames=frames, tile=tile, stride=stride)
    return about


def _clip(name: str, rows: int, columns: int, frames: int) -> torch.Tensor:
    return torch.cat([as_signed(picture(f"{name} {n}", columns, rows)) for n in range(frames)], 2)


def _watch_first(codec) -> tuple[dict, list]:
    """What the decoder's parts hand on for the second latent frame: the first that meets a history."""
    layers: dict[str, torch.Tensor] = {}
    counts: dict[str, int] = {}

    def hook_for(name):
        def hook(_module, _inputs, output):
            counts[name] = counts.get(name, 0) + 1
            if counts[name] == 2:
                layers[name] = output[0].clone()
        return hook

    parts = dict(codec.decoder.named_modules())
    names = ["conv_in", "mid_block", "up_blocks.0", "up_blocks.1"]
    return layers, [parts[name].register_forward_hook(hook_for(f"decoder.{name}")) for name in names]
