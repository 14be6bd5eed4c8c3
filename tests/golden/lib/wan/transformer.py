"""Golden tensors of the transformers: whole forward passes with the inside laid open."""

from pathlib import Path

import torch

from ..files import write_tensors
from ..seeded import normal
from ..watch import taps
from .checkpoints import opened

# name, checkpoint, part, [frames, rows, columns] of the latents, filled rows of the text and all rows, timestep, clean frames
CASES = [
    ("t2v_high", "t2v", "transformer", (3, 4, 6), (20, 64), 937.0, 0),
    ("t2v_low_one_frame", "t2v", "transformer_2", (1, 6, 2), (1, 512), 0.0, 0),
    ("t2v_fractional", "t2v", "transformer", (2, 2, 2), (64, 64), 833.3333, 0),
    ("i2v_high", "i2v", "transformer", (3, 4, 6), (20, 64), 999.0, 0),
    ("i2v_low", "i2v", "transformer_2", (5, 2, 8), (9, 40), 125.0, 0),
    ("ti2v_words", "ti2v", "transformer", (3, 4, 6), (20, 64), 731.0, 0),
    ("ti2v_picture", "ti2v", "transformer", (3, 4, 6), (20, 64), 731.0, 1),
    ("ti2v_two_clean_frames", "ti2v", "transformer", (4, 6, 2), (7, 32), 312.0, 2),
]


def write(root: Path, target: Path) -> dict:
    about = {}
    for name, checkpoint, part, (frames, rows, columns), (filled, length), timestep, clean in CASES:
        model = opened(root / checkpoint, part)
        latents = normal(f"{name} latents", (1, model.config.in_channels, frames, rows, columns))
        text = normal(f"{name} text", (1, length, model.config.text_dim))
        text[:, filled:] = 0
        tokens = (rows // 2) * (columns // 2)
        times = torch.tensor([timestep])
        if checkpoint == "ti2v":
            times = torch.full((1, frames * tokens), timestep)
            times[:, : clean * tokens] = 0.0
        embedder = "condition_embedder"
        parts = ["patch_embedding", f"{embedder}.text_embedder", f"{embedder}.time_embedder", "norm_out", "proj_out"]
        parts += [f"blocks.{n}" for n in range(len(model.blocks))]
        parts += ["blocks.0.attn1", "blocks.0.attn2"]
        with taps(model, parts) as seen:
            velocity = model(hidden_states=latents, timestep=times, encoder_hidden_states=text, return_dict=False)[0]
        stages = {key: value[0] for key, value in seen.items() if key != f"{embedder}.time_embedder"}
        stages["patch_embedding"] = stages["patch_embedding"].flatten(1).transpose(0, 1)
        turns = model.rope(latents)
        write_tensors(target / f"{name}.safetensors", stages | dict(
            latents=latents[0], text=text[0], velocity=velocity[0],
            rope_cos=turns[0].reshape(frames * tokens, -1)[:, ::2], rope_sin=turns[1].reshape(frames * tokens, -1)[:, ::2],
        ))
        about[name] = dict(checkpoint=checkpoint, part=part, timestep=timestep, clean_frames=clean, filled=filled)
    return about
