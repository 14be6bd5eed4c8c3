"""Golden tensors of the codec on single frames: pictures to latents and back."""

from pathlib import Path

import torch

from .checkpoints import open_pipeline
from .files import write_tensors
from .seeded import as_signed, normal, picture
from .watch import taps

# name, checkpoint, width and height in pixels (multiples of 8; odd numbers of latents on purpose)
CASES = [
    ("generate", "generate", (32, 24)),
    ("generate_odd", "generate", (8, 40)),
    ("lightning", "lightning", (16, 16)),
    ("edit", "edit", (24, 24)),
    ("edit_plus", "edit_plus", (16, 40)),
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
        # The third draw: with the first, one pixel met a norm so near zero that rounding grew tenfold.
        latents = normal(f"{name} latents 3", (1, 16, 1, height // 8, width // 8))
        with taps(codec, _decoder_parts(codec)) as inside:
            decoded = codec.decode(latents * deviation + mean, return_dict=False)[0]
        tensors |= {key: value[0] for key, value in inside.items()}
        assert (decoded.abs() >= 1).float().mean() < 0.05, f"{name}: the clamp would hide differences"
        write_tensors(target / f"{name}.safetensors", tensors | dict(
            encode_input=signed[0], encode_mean=posterior.mean[0], encode_log_variance=posterior.logvar[0],
            encode_latents=((posterior.mode() - mean) / deviation)[0], decode_latents=latents[0], decode_output=decoded[0],
        ))
        about[name] = dict(checkpoint=checkpoint, width=width, height=height)
    return about


# Outputs of the norms are left out: over three or four channels they magnify rounding wherever a pixel is near zero.
def _encoder_parts(codec) -> list[str]:
    blocks = [f"encoder.down_blocks.{n}" for n in range(len(codec.encoder.down_blocks))]
    first_down = next(n for n, block in enumerate(codec.encoder.down_blocks) if hasattr(block, "resample"))
    keep = [blocks[0], blocks[first_down], blocks[-1]]
    return ["encoder.conv_in", *keep, "encoder.mid_block", "encoder.mid_block.attentions.0", "encoder.conv_out"]


def _decoder_parts(codec) -> list[str]:
    inner = ["decoder.mid_block.attentions.0", "decoder.mid_block", "decoder.up_blocks.0.resnets.0", "decoder.up_blocks.0"]
    return ["post_quant_conv", "decoder.conv_in", *inner, "decoder.up_blocks.1", "decoder.up_blocks.3", "decoder.conv_out"]
