"""Golden tensors of the text encoder: blocks, relative positions, and what the denoiser is given."""

from pathlib import Path

import torch
from diffusers.pipelines.wan.pipeline_wan import prompt_clean

from ..files import write_tensors
from ..watch import taps
from .checkpoints import opened

PROMPTS = {
    "fox": "A  red fox &amp; two cats run\nacross the snow, cinematic light – “slow motion”.",
    "empty": "",
    "long": "three people walk in the city at night; rain falls on the street, " * 60,
}


def write(root: Path, target: Path, tokenizer) -> dict:
    about = {}
    for checkpoint in ("t2v", "i2v", "ti2v"):
        model = opened(root / checkpoint, "text_encoder")
        for name, prompt in PROMPTS.items():
            ids = tokenizer(
                [prompt_clean(prompt)], padding="max_length", max_length=512, truncation=True, return_attention_mask=True,
                return_tensors="pt",
            )
            count = int(ids.attention_mask.sum())
            parts = [f"encoder.block.{n}" for n in range(len(model.encoder.block))]
            with taps(model, parts) as seen:
                output = model(ids.input_ids, ids.attention_mask).last_hidden_state[0, :count]
            stages = {key.removesuffix(".0") if key.count(".") == 3 else key: value[0, :count]
                      for key, value in seen.items() if key.count(".") == 2 or key.endswith(".0")}
            tensors = dict(ids=ids.input_ids[0, :count], conditioning=output)
            if name != "long":
                tensors |= stages
            else:
                tensors = dict(ids=tensors["ids"], first=output[:6], last=output[-6:])
            case = f"{checkpoint}_{name}"
            write_tensors(target / f"{case}.safetensors", tensors)
            about[case] = dict(checkpoint=checkpoint, prompt=prompt, tokens=count)
        attention = model.encoder.block[0].layer[0].SelfAttention
        distances = torch.arange(-200, 201)
        write_tensors(target / f"{checkpoint}_positions.safetensors", dict(
            distances=distances, buckets=attention._relative_position_bucket(distances),
        ))
    return about
