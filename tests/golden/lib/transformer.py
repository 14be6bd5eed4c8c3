"""Golden tensors of the transformer: whole forward passes with the inside laid open."""

from pathlib import Path

import torch

from .checkpoints import open_pipeline
from .files import write_tensors
from .seeded import normal
from .watch import taps

# name, checkpoint, [rows, columns] in tokens of the target and then of each reference, text length, sigma
CASES = [
    ("generate_even", "generate", [[4, 6]], 7, 0.731),
    ("generate_odd", "generate", [[5, 3]], 9, 0.02),
    ("lightning", "lightning", [[6, 2]], 4, 0.75),
    ("generate_one_token", "generate", [[1, 1]], 1, 1.0),
    ("edit_one_reference", "edit", [[3, 4], [2, 5]], 8, 0.42),
    ("edit_plus_one_reference", "edit_plus", [[4, 4], [6, 3]], 5, 0.9),
    ("edit_plus_three_references", "edit_plus", [[3, 5], [7, 2], [1, 4], [4, 3]], 11, 0.25),
    ("edit_plus_2509_two_references", "edit_plus_2509", [[2, 3], [5, 7], [3, 2]], 6, 0.6),
]


def write(root: Path, target: Path) -> dict:
    """Write one file per case; returns what the tests need to know beside the tensors."""
    about = {}
    for name, checkpoint, grids, text_length, sigma in CASES:
        model = open_pipeline(root / checkpoint).transformer
        tokens = sum(rows * columns for rows, columns in grids)
        latents = normal(f"{name} latents", (1, tokens, 64))
        text = normal(f"{name} text", (1, text_length, model.config.joint_attention_dim), 2.0)
        shapes = [(1, rows, columns) for rows, columns in grids]
        parts = ["time_text_embed", "img_in", "txt_norm", "txt_in", "norm_out"]
        parts += [f"transformer_blocks.{n}" for n in range(len(model.transformer_blocks))]
        parts += ["transformer_blocks.0.attn", "transformer_blocks.0.img_mod", "transformer_blocks.0.txt_mod"]
        parts += ["transformer_blocks.0.img_mlp", "transformer_blocks.0.txt_mlp"]
        with taps(model, parts) as seen:
            velocity = model(
                hidden_states=latents, encoder_hidden_states=text, timestep=torch.tensor([sigma]),
                img_shapes=[shapes], return_dict=False,
            )[0]
        image_turns, text_turns = model.pos_embed([shapes], max_txt_seq_len=text_length, device=latents.device)
        count = grids[0][0] * grids[0][1]
        stages = {_stage(key): value[0] if key not in _KEEPS_ROWS and value.shape[0] == 1 else value for key, value in seen.items()}
        write_tensors(target / f"{name}.safetensors", stages | dict(
            latent_tokens=latents[0], text=text[0], sigma=torch.tensor([sigma]), velocity_all=velocity[0],
            velocity=velocity[0, :count], rope_image_cos=image_turns.real, rope_image_sin=image_turns.imag,
            rope_text_cos=text_turns.real, rope_text_sin=text_turns.imag,
        ))
        about[name] = dict(
            checkpoint=checkpoint, grids=grids, text_length=text_length, sigma=sigma,
            zero_cond_t=bool(model.config.zero_cond_t),
        )
    return about


# With zero_cond_t these have two rows, the timestep's and that of timestep 0; without, one. Rows are kept.
_KEEPS_ROWS = ("time_text_embed", "transformer_blocks.0.img_mod", "transformer_blocks.0.txt_mod")


def _stage(key: str) -> str:
    """Name of a stage: the module's own, and `.text` or `.image` where a module returns both streams."""
    owner, _, output = key.rpartition(".")
    if owner == "transformer_blocks.0.attn":
        return f"{owner}.{'image' if output == '0' else 'text'}"
    if owner.startswith("transformer_blocks.") and owner.count(".") == 1 and output in "01":
        return f"{owner}.{'text' if output == '0' else 'image'}"
    return key
