"""Turns the shipped checkpoints back into a working folder, to train on from them: `python unpack.py --pack .. --work FOLDER`.

The optimisers' states are not shipped; a training that finds weights and no state begins from these weights, as a new
run of its own schedule.
"""

import argparse
import os
import shutil

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel, WanTransformer3DModel
from transformers import Qwen2_5_VLForConditionalGeneration, UMT5EncoderModel

import motion_codec

WIDE = dict(torch_dtype=torch.float32)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--pack", required=True, help="the folder that holds starter and starter-motion")
    options.add_argument("--work", required=True)
    given = options.parse_args()
    os.makedirs(given.work, exist_ok=True)
    here, into = os.path.dirname(os.path.abspath(__file__)), lambda name: os.path.join(given.work, name)
    shutil.copy(os.path.join(here, "analytic.npz"), into("analytic.npz"))
    part = lambda name: os.path.join(given.pack, "starter", name)
    shutil.copytree(part("tokenizer"), into("tokenizer"), dirs_exist_ok=True)
    Qwen2_5_VLForConditionalGeneration.from_pretrained(part("text_encoder"), dtype=torch.float32).save_pretrained(into("text_encoder"))
    QwenImageTransformer2DModel.from_pretrained(part("transformer"), **WIDE).save_pretrained(into("image"))
    AutoencoderKLQwenImage.from_pretrained(part("vae"), **WIDE).save_pretrained(into("codec"))
    part = lambda name: os.path.join(given.pack, "starter-motion", name)
    if os.path.isdir(part("transformer")):
        shutil.copytree(part("tokenizer"), into("motion_tokenizer"), dirs_exist_ok=True)
        UMT5EncoderModel.from_pretrained(part("text_encoder"), dtype=torch.float32).save_pretrained(into("motion_text_encoder"))
        WanTransformer3DModel.from_pretrained(part("transformer"), **WIDE).save_pretrained(into("motion"))
        motion_codec.as_still(part("vae")).save_pretrained(into("motion_codec"))


if __name__ == "__main__":
    main()
