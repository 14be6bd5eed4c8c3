"""Writes the edit/generate checkpoint in the folder layout of diffusers: `python export.py --work FOLDER --out FOLDER`.

f16 weights: of the two small formats the one with the finer mantissa, and no activation comes near its range.
"""

import argparse
import json
import os
import shutil

import diffusers
import torch
from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel
from tokenizers import Tokenizer
from transformers import Qwen2_5_VLForConditionalGeneration

import image_model
import pictures
import words

PROCESSOR = dict(
    image_processor_type="Qwen2VLImageProcessor", processor_class="Qwen2_5_VLProcessor", do_convert_rgb=True, do_resize=True, resample=3, do_rescale=True,
    rescale_factor=1 / 255, do_normalize=True, image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711],
    # One token for a picture: 28 × 28 pixels. See words.py.
    min_pixels=784, max_pixels=784, size=dict(shortest_edge=784, longest_edge=784), patch_size=14, temporal_patch_size=2, merge_size=2,
)
CARD = dict(
    name="Starter",
    says="learned from drawn scenes; install Qwen-Image-Edit for photographs.",
    native_size=[pictures.SIDE, pictures.SIDE],
    steps=8,
    guidance=1.0,
)


def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")


def forget_paths(folder):
    """Configurations name the folder that they were read from; nobody else has it."""
    for root, _, files in os.walk(folder):
        for file in files:
            if file == "config.json":
                with open(os.path.join(root, file)) as opened:
                    config = json.load(opened)
                if config.pop("_name_or_path", None) is not None:
                    write_json(os.path.join(root, file), config)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--out", required=True)
    options.add_argument("--image", default="image")
    given = options.parse_args()
    part = lambda name: os.path.join(given.work, name)
    shutil.rmtree(given.out, ignore_errors=True)
    os.makedirs(given.out)
    into = lambda name: os.path.join(given.out, name)
    QwenImageTransformer2DModel.from_pretrained(part(given.image)).half().save_pretrained(into("transformer"))
    Qwen2_5_VLForConditionalGeneration.from_pretrained(part("text_encoder"), dtype=torch.float32).half().save_pretrained(into("text_encoder"))
    AutoencoderKLQwenImage.from_pretrained(part("codec")).half().save_pretrained(into("vae"))
    tokenizer = Tokenizer.from_file(part("tokenizer/tokenizer.json"))
    for name in ("tokenizer", "processor"):
        words.write_tokenizer(tokenizer, into(name))
    write_json(into("processor/preprocessor_config.json"), PROCESSOR)
    shift = float(torch.log(torch.tensor(image_model.SHIFT, dtype=torch.float64)))
    FlowMatchEulerDiscreteScheduler(
        num_train_timesteps=1000, shift=1.0, use_dynamic_shifting=True, base_shift=shift, max_shift=shift, base_image_seq_len=256, max_image_seq_len=8192,
        shift_terminal=None, time_shift_type="exponential",
    ).save_pretrained(into("scheduler"))
    parts = dict(
        processor=["transformers", "Qwen2_5_VLProcessor"], scheduler=["diffusers", "FlowMatchEulerDiscreteScheduler"],
        text_encoder=["transformers", "Qwen2_5_VLForConditionalGeneration"], tokenizer=["transformers", "Qwen2Tokenizer"],
        transformer=["diffusers", "QwenImageTransformer2DModel"], vae=["diffusers", "AutoencoderKLQwenImage"],
    )
    write_json(into("model_index.json"), dict(_class_name="QwenImageEditPlusPipeline", _diffusers_version=diffusers.__version__, **parts))
    write_json(into("rostrum.json"), CARD)
    forget_paths(given.out)
    total = sum(os.path.getsize(os.path.join(root, file)) for root, _, files in os.walk(given.out) for file in files)
    print(f"{given.out}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
