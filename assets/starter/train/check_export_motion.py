"""Proof for the motion folder: `python check_export_motion.py FOLDER`. The stock pipelines of diffusers run it, and the trainings' path gives the same clip."""

import argparse
import random

import diffusers
import numpy as np
import torch
from PIL import Image

import evaluate
import evaluate_motion
import image_model
import motion_codec
import motion_model
import motion_words
import motions
import pictures
from check_export import same


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    diffusers.utils.logging.disable_progress_bar()
    side, seed = motion_model.SIDE, 5
    clip = motions.some_clip(random.Random(evaluate.FIRST_SEED), np.random.default_rng(0), side, "pan left")
    clip.text = clip.text.title()  # tokenizer.json asks for lower case
    noise = torch.randn(1, 16, motion_model.LATENT_FRAMES, side // 8, side // 8, generator=torch.Generator().manual_seed(seed))
    common = dict(height=side, width=side, num_frames=motions.FRAMES, num_inference_steps=8, guidance_scale=1.0, output_type="np")

    stock = diffusers.WanImageToVideoPipeline.from_pretrained(given.folder, image_encoder=None, image_processor=None, torch_dtype=torch.float32, expand_timesteps=True)
    stock.set_progress_bar_config(disable=True)
    frames = stock(image=Image.fromarray(clip.frames[0]), prompt=clip.text, latents=noise.clone(), **common).frames[0]
    theirs = (frames * 255).round().astype(np.uint8)
    lean = evaluate_motion.Pack(given.folder, exported=True)
    ids, mask = motion_words.tokens(lean.tokenizer, [clip.text])
    assert ids[0].tolist() == stock.tokenizer(clip.text)["input_ids"], "the tokenizers differ"
    ours = lean.animate([clip.frames[0]], [clip.text], 8, seed)[0]
    print(f"“{clip.text}”: last frame {pictures.psnr(theirs[-1], clip.frames[-1]):.1f} dB to the truth, first frame held {pictures.psnr(clip.frames[0], clip.frames[-1]):.1f}")
    same("clip from a picture, diffusers and the trainings' path", theirs, ours, 36.0)

    words = diffusers.WanPipeline.from_pretrained(given.folder, torch_dtype=torch.float32)
    words.set_progress_bar_config(disable=True)
    text = "A sunny day over a green meadow, a red ball on the left, zoom in"
    theirs = (words(prompt=text, latents=noise.clone(), **common).frames[0] * 255).round().astype(np.uint8)
    ids, mask = motion_words.tokens(lean.tokenizer, [text])
    grid = (side // 16, side // 16)
    tokens = motion_model.sample(lean.model, motion_words.read(lean.encoder, ids, mask), mask, None, grid, 8, noise=pack_clip(noise))
    codes = image_model.unpack(tokens.unflatten(1, (motion_model.LATENT_FRAMES, -1))[0], *grid)
    ours = pictures.to_bytes(motion_codec.decode(lean.codec, codes.transpose(0, 1)[None])[0])
    same("clip from words, diffusers and the trainings' path", theirs, ours, 36.0)


def pack_clip(noise):
    return torch.cat([image_model.pack(noise[:, :, k]) for k in range(noise.shape[2])], 1)


if __name__ == "__main__":
    main()
