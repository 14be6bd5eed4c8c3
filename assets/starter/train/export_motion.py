"""Writes the motion checkpoint in the folder layout of diffusers: `python export_motion.py --work FOLDER --out FOLDER`."""

import argparse
import os
import shutil

import diffusers
import torch
from diffusers import AutoencoderKLQwenImage, WanTransformer3DModel
from tokenizers import Tokenizer
from transformers import UMT5EncoderModel

import motion_codec
import motion_model
import motion_words
import motions
from export import forget_paths, write_json

CARD = dict(
    name="Starter motion",
    says="an early one, learned from drawn clips: the picture moves as asked but loses its shapes; install Wan 2.2 for clips.",
    native_size=[motion_model.SIDE, motion_model.SIDE],
    frames=motions.FRAMES,
    steps=8,
    guidance=1.0,
    shift=motion_model.FLOW_SHIFT,
)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--out", required=True)
    given = options.parse_args()
    part, into = (lambda name: os.path.join(given.work, name)), (lambda name: os.path.join(given.out, name))
    shutil.rmtree(given.out, ignore_errors=True)
    os.makedirs(given.out)
    WanTransformer3DModel.from_pretrained(part("motion")).half().save_pretrained(into("transformer"))
    UMT5EncoderModel.from_pretrained(part("motion_text_encoder"), dtype=torch.float32).half().save_pretrained(into("text_encoder"))
    codec = part("motion_codec") if os.path.exists(part("motion_codec")) else part("codec")
    motion_codec.as_wan(AutoencoderKLQwenImage.from_pretrained(codec)).half().save_pretrained(into("vae"))
    motion_words.write_tokenizer(Tokenizer.from_file(part("motion_tokenizer/tokenizer.json")), into("tokenizer"))
    motion_model.scheduler().save_pretrained(into("scheduler"))
    parts = dict(
        scheduler=["diffusers", "UniPCMultistepScheduler"], text_encoder=["transformers", "UMT5EncoderModel"], tokenizer=["transformers", motion_words.TOKENIZER_CLASS],
        transformer=["diffusers", "WanTransformer3DModel"], transformer_2=[None, None], vae=["diffusers", "AutoencoderKLWan"],
    )
    write_json(into("model_index.json"), dict(_class_name="WanPipeline", _diffusers_version=diffusers.__version__, boundary_ratio=None, expand_timesteps=True, **parts))
    write_json(into("rostrum.json"), CARD)
    forget_paths(given.out)
    total = sum(os.path.getsize(os.path.join(root, file)) for root, _, files in os.walk(given.out) for file in files)
    print(f"{given.out}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
