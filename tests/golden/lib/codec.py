"""Golden tensors of the codec on single frames: pictures to latents and back."""

from pathlib import Path

import torch

from .checkpoints import open_pipeline
from .files import write_tensors
from .seeded import as_signed, normal, picture
from .watch import taps

# name, checkpoint, width and height in pixels (multiples of 8; odd numbers of latents on purpose)
CASES = [
    ("generate", "generate", (48, 32)),
    ("generate_odd", "generate", (24, 40)),
    ("edit", "edit", (40, 24)),
    ("edit_plus", "edit_plus", (32, 48)),
    ("edit_plus_2509", "edit_plus_2509", (56, 8)),
]


def write(root: Path, target: Path) -> dict:
    about = {}
    for name, checkpoint, (width, height) in CASES:
        codec = open_pipeline(root / checkpoint).vae
        mean = torch.tensor(codec.config.latents_mean).view(1, -1, 1, 1, 1)
        deviation = torch.tensor(codec.config.latents_std).view(1, -1, 1, 1, 1)
        signed = as_signed(picture(name, width, height))
        with taps(codec, _encoder_parts(codec)) as inside:
            posterior = codec.encode(signed).latent_dist
        tensors = {key: value[0] for key, value in inside.items()}
        latents = normal(f"{name} latents", (1, 16, 1, height // 8, width // 8))
        with taps(codec, _decoder_parts(codec)) as inside:
            decoded = codec.decode(latents * deviation + mean, return_dict=False)[0]
        tensors |= {key: value[0] for key, value in inside.items()}
        write_tensors(target / f"{name}.safetensors", tensors | dict(
            encode_input=signed[0], encode_mean=posterior.mean[0], encode_log_variance=posterior.logvar[0],
            encode_latents=((posterior.mode() - mean) / deviation)[0], decode_latents=latents[0], decode_output=decoded[0],
        ))
        about[name] = dict(checkpoint=checkpoint, width=width, height=height, clamped=float((decoded.abs() >= 1).float().mean()))
    return about


def _encoder_parts(codec) -> list[str]:
    blocks = [f"encoder.down_blocks.{n}" for n in range(len(codec.encoder.down_blocks))]
    first_down = next(n for n, block in enumerate(codec.encoder.down_blocks) if hasattr(block, "resample"))
    keep = [blocks[0], blocks[first_down], blocks[-1]]
    return ["encoder.conv_in", *keep, "encoder.mid_block", "encoder.mid_block.attentions.0", "encoder.norm_out", "encoder.conv_out"]


def _decoder_parts(codec) -> list[str]:
    inner = ["decoder.mid_block.attentions.0", "decoder.mid_block", "decoder.up_blocks.0.resnets.0", "decoder.up_blocks.0"]
    return ["post_quant_conv", "decoder.conv_in", *inner, "decoder.up_blocks.1", "decoder.norm_out", "decoder.conv_out"]
