"""Proof that the exported folder is what it says: `python check_export.py FOLDER [--rostrum PROGRAM]`.

The stock `QwenImageEditPlusPipeline` and `QwenImagePipeline` of diffusers run it, the lean path of the trainings must
give the same picture from the same noise, and so must Rostrum when its program is named.
"""

import argparse
import os
import random
import subprocess
import tempfile
from unittest import mock

import diffusers
import numpy as np
import torch
from PIL import Image

import edits
import evaluate
import image_model as m
import pictures
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as plus


def same(name, a, b, least=38.0):
    """Rounding to bfloat16 in the lean path allows no more than this."""
    value = pictures.psnr(np.asarray(a), np.asarray(b))
    print(f"{name}: {value:.1f} dB, largest difference {np.abs(np.asarray(a).astype(int) - np.asarray(b)).max()} of 255", flush=True)
    assert value > least, name


def rostrum(program, arguments, out):
    subprocess.run([program, *arguments, "--device", "cpu", "-o", out], check=True, capture_output=True)
    return np.asarray(Image.open(out).convert("RGB"))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--rostrum")
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    diffusers.utils.logging.disable_progress_bar()
    side, seed = pictures.SIDE, 5
    sample = edits.sample(random.Random(evaluate.FIRST_SEED), np.random.default_rng(0), side, "recolour", crops=0.0, strange=0.0)
    lean = evaluate.Pack(given.folder, exported=True)
    shape = (1, 1, 16, side // 8, side // 8)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    packed = m.pack(noise[:, 0])

    pipe = diffusers.QwenImageEditPlusPipeline.from_pretrained(given.folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    generator = lambda: torch.Generator().manual_seed(seed)
    # The pipeline would enlarge the picture to a megapixel first; the pack works at its native size.
    with mock.patch.object(plus, "VAE_IMAGE_SIZE", side * side):
        stock = pipe(image=[Image.fromarray(sample.before)], prompt=sample.text, height=side, width=side, num_inference_steps=8, true_cfg_scale=1.0, generator=generator()).images[0]
    codes = lean.encode([sample.before])
    ids, mask = lean.reader.tokens("edit", [sample.text])
    grid = (side // 16, side // 16)
    made = lean.decode(m.unpack(m.sample(lean.model, lean.reader.read("edit", ids), mask, m.pack(codes), grid, 8, noise=packed), *grid))[0]
    print(f"“{sample.text}”: {pictures.psnr(np.asarray(stock), sample.after):.1f} dB to the truth, unchanged {pictures.psnr(sample.before, sample.after):.1f}")
    same("edit, diffusers and the trainings' path", stock, made)

    text = "a sunny day over a green meadow, a red ball on the left"
    describe = diffusers.QwenImagePipeline(scheduler=pipe.scheduler, vae=pipe.vae, text_encoder=pipe.text_encoder, tokenizer=pipe.tokenizer, transformer=pipe.transformer)
    describe.set_progress_bar_config(disable=True)
    drawn = describe(prompt=text, height=side, width=side, num_inference_steps=8, true_cfg_scale=1.0, generator=generator()).images[0]

    def from_words(mode):
        ids, mask = lean.reader.tokens(mode, [text])
        return lean.decode(m.unpack(m.sample(lean.model, lean.reader.read(mode, ids), mask, None, grid, 8, noise=packed), *grid))[0]

    same("generate, diffusers and the trainings' path", drawn, from_words("describe"))

    if given.rostrum:
        with tempfile.TemporaryDirectory() as place:
            source = os.path.join(place, "before.png")
            Image.fromarray(sample.before).save(source)
            common = ["--model", given.folder, "--seed", str(seed), "--steps", "8", "--guidance", "1"]
            ours = rostrum(given.rostrum, ["edit", *common, "--image", source, "--prompt", sample.text, "--work-size", f"{side}x{side}", "--no-register"], os.path.join(place, "edit.png"))
            same("edit, diffusers and Rostrum", stock, ours)
            ours = rostrum(given.rostrum, ["generate", *common, "--prompt", text, "--width", str(side), "--height", str(side)], os.path.join(place, "generate.png"))
            # Rostrum puts an edit model's caption behind the beginning of edits; no pipeline of diffusers does that.
            same("generate, the trainings' path and Rostrum", from_words("plain"), ours)


if __name__ == "__main__":
    main()
