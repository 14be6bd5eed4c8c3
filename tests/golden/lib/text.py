"""Golden tensors of the text encoder: language model, vision tower, positions, and how pictures enter."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .checkpoints import open_pipeline
from .files import write_picture, write_tensors
from .seeded import picture
from .watch import picture_positions, taps

PROMPTS = [
    ("generate_prompt", "generate", "turn the grey sky over the harbour into a warm evening sky"),
    ("generate_space", "generate", " "),
    ("generate_mixed", "generate", "把天空换成傍晚，keep 35mm!"),
]
# name, checkpoint, prompt, sizes of the pictures (multiples of 28 reach the tower unresampled)
PICTURES = [
    ("edit_picture", "edit", "turn the sky grey", [(140, 84)]),
    ("edit_plus_two_pictures", "edit_plus", "swap the two", [(84, 56), (56, 140)]),
    ("edit_plus_resampled", "edit_plus", "add a boat", [(59, 71)]),
    ("edit_plus_2509_two_pictures", "edit_plus_2509", "swap the two", [(168, 56), (56, 112)]),
]
LONG_PROMPT = "a paper lantern, a red balloon, an old lighthouse; " * 25


def write(root: Path, target: Path) -> dict:
    about = {}
    for name, checkpoint, prompt in PROMPTS:
        about[name] = dict(checkpoint=checkpoint, prompt=prompt) | _prompt(root / checkpoint, prompt, target / f"{name}.safetensors")
    about["generate_long"] = _long_prompt(root / "generate", target / "generate_long.safetensors")
    for name, checkpoint, prompt, sizes in PICTURES:
        pictures = [picture(f"{name} {n}", *size) for n, size in enumerate(sizes)]
        files = [f"{name}_{n}.png" for n in range(len(pictures))]
        for file, image in zip(files, pictures):
            write_picture(target / file, image)
        facts = _with_pictures(root / checkpoint, prompt, pictures, target / f"{name}.safetensors")
        about[name] = dict(checkpoint=checkpoint, prompt=prompt, pictures=files) | facts
    return about


def _language_parts(encoder) -> list[str]:
    layers = [f"model.language_model.layers.{n}" for n in range(len(encoder.model.language_model.layers))]
    first = [f"{layers[0]}.input_layernorm", f"{layers[0]}.self_attn", f"{layers[0]}.mlp"]
    return [*layers, *first]


def _vision_parts(encoder) -> list[str]:
    depth = len(encoder.model.visual.blocks)
    return ["model.visual.patch_embed", *[f"model.visual.blocks.{n}" for n in range(depth)], "model.visual.blocks.0.attn"]


def _stages(seen: dict, drop: int) -> dict:
    """Stages under the checkpoint's module names; the language model's without the rows of the template's head."""
    plain = {}
    for key, value in seen.items():
        if key.endswith("attn.0"):
            key = key.removesuffix(".0")
        if key.startswith("model.language_model."):
            plain[key.removeprefix("model.language_model.")] = value[0, drop:]
        else:
            plain[key.removeprefix("model.")] = value
    return plain


def _prompt(folder: Path, prompt: str, path: Path) -> dict:
    pipeline = open_pipeline(folder)
    ids = pipeline.tokenizer(pipeline.prompt_template_encode.format(prompt), return_tensors="pt")["input_ids"]
    with taps(pipeline.text_encoder, _language_parts(pipeline.text_encoder)) as seen:
        conditioning, _ = pipeline.encode_prompt(prompt, max_sequence_length=512)
    drop = pipeline.prompt_template_encode_start_idx
    write_tensors(path, _stages(seen, drop) | dict(ids=ids[0], conditioning=conditioning[0]))
    return dict(drop=drop)


def _long_prompt(folder: Path, path: Path) -> dict:
    """A prompt beyond the limit: conditioning is cut at 512 tokens; only its two ends are stored."""
    pipeline = open_pipeline(folder)
    conditioning, _ = pipeline.encode_prompt(LONG_PROMPT, max_sequence_length=512)
    whole, _ = pipeline.encode_prompt(LONG_PROMPT, max_sequence_length=1024)
    write_tensors(path, dict(first=conditioning[0, :8], last=conditioning[0, -8:]))
    return dict(checkpoint="generate", prompt=LONG_PROMPT, tokens=conditioning.shape[1], tokens_uncut=whole.shape[1])


def _with_pictures(folder: Path, prompt: str, pictures: list[Image.Image], path: Path) -> dict:
    pipeline = open_pipeline(folder)
    encoder, plus = pipeline.text_encoder, "Plus" in type(pipeline).__name__
    several = "".join(f"Picture {n + 1}: <|vision_start|><|image_pad|><|vision_end|>" for n in range(len(pictures)))
    text = pipeline.prompt_template_encode.format(several + prompt if plus else prompt)
    inputs = pipeline.processor(text=[text], images=pictures, return_tensors="pt")
    ids, grids = inputs["input_ids"], inputs["image_grid_thw"]
    pad = encoder.config.image_token_id
    positions, _ = encoder.model.get_rope_index(
        ids, mm_token_type_ids=(ids == pad).long(), image_grid_thw=grids, attention_mask=inputs["attention_mask"]
    )
    parts = _language_parts(encoder) + _vision_parts(encoder)
    with picture_positions(encoder, pad), taps(encoder, parts) as seen:
        conditioning, _ = pipeline.encode_prompt(prompt, image=pictures if plus else pictures[0])
    tower = encoder.model.visual(inputs["pixel_values"], grid_thw=grids)
    flat = pipeline._get_qwen_prompt_embeds(prompt, pictures if plus else pictures[0])[0]
    tensors = _stages(seen, pipeline.prompt_template_encode_start_idx) | dict(
        ids=ids[0], grids=grids, positions=positions[:, 0], conditioning=conditioning[0],
        vision_window_order=tower.last_hidden_state, vision_tokens=tower.pooler_output,
    )
    if grids.prod(-1).sum() <= 20:
        tensors["pixel_values"] = inputs["pixel_values"]
    for n, (image, values) in enumerate(zip(pictures, inputs["pixel_values"].split(grids.prod(-1).tolist()))):
        seen_picture = _as_picture(values, grids[n], pipeline.processor.image_processor)
        write_picture(path.with_name(f"{path.stem}_{n}_seen.png"), seen_picture)
        assert seen_picture.size != image.size or seen_picture.tobytes() == image.tobytes()
    write_tensors(path, tensors)
    return dict(
        text=text, drop=pipeline.prompt_template_encode_start_idx, vision_tokens=(grids.prod(-1) // 4).tolist(),
        without_picture_positions_off_by=float((flat - conditioning).abs().max()),
    )


def _as_picture(patches: torch.Tensor, grid: torch.Tensor, settings) -> Image.Image:
    """The 8-bit picture behind the tower's input: patches undone, normalisation undone (exact, as asserted)."""
    rows, columns = int(grid[1]), int(grid[2])
    blocks = patches.reshape(rows // 2, columns // 2, 2, 2, 3, 2, 14, 14)[:, :, :, :, :, 0]
    pixels = blocks.permute(0, 2, 5, 1, 3, 6, 4).reshape(rows * 14, columns * 14, 3)
    levels = (pixels * torch.tensor(settings.image_std) + torch.tensor(settings.image_mean)) * 255
    assert (levels - levels.round()).abs().max() < 1e-3
    return Image.fromarray(levels.round().numpy().astype(np.uint8), "RGB")
