"""Scores the motion checkpoint on pictures and scenes it never met: `python evaluate_motion.py --work FOLDER`.

Clips from a picture, 8 steps without guidance, all 17 frames through the codec. Prints the table of the README.
"""

import argparse
import json
import os
import random
from pathlib import Path

import numpy as np
import torch
import transformers
from diffusers import AutoencoderKLQwenImage, AutoencoderKLWan, WanTransformer3DModel
from tokenizers import Tokenizer
from transformers import UMT5EncoderModel

import codec
import image_model
import motion_codec
import motion_model
import motion_words
import motions
import pictures
import sheet
from evaluate import FIRST_SEED, mean

# By somebody who did not know the grammar that is trained with; what stands in it was taken out.
UNSEEN = json.loads(Path(__file__).with_name("unseen_motions.json").read_text())


class Pack:
    """The trained parts, from the working folder of the trainings or from an exported folder."""

    def __init__(self, folder, exported=False):
        part = lambda name: os.path.join(folder, name)
        self.tokenizer = Tokenizer.from_file(part("tokenizer/tokenizer.json" if exported else "motion_tokenizer/tokenizer.json"))
        self.encoder = UMT5EncoderModel.from_pretrained(part("text_encoder" if exported else "motion_text_encoder"), dtype=torch.float32).requires_grad_(False)
        self.model = WanTransformer3DModel.from_pretrained(part("transformer" if exported else "motion"), torch_dtype=torch.float32).requires_grad_(False)
        stored = part("motion_codec") if os.path.exists(part("motion_codec")) else part("codec")
        self.codec = AutoencoderKLWan.from_pretrained(part("vae")) if exported else AutoencoderKLQwenImage.from_pretrained(stored)
        self.codec.requires_grad_(False).float()

    def animate(self, first, texts, steps=8, seed=0):
        """Clips `[n, 17, side, side, 3]` from first pictures, one by one."""
        made = []
        for k, (picture, text) in enumerate(zip(first, texts)):
            code = image_model.pack(codec.encode(self.codec, pictures.to_tensor(picture[None])))
            ids, mask = motion_words.tokens(self.tokenizer, [text])
            grid = (picture.shape[0] // 16, picture.shape[1] // 16)
            # The pipelines draw their noise in latents, frame by frame.
            noise = torch.randn(1, 16, motion_model.LATENT_FRAMES, 2 * grid[0], 2 * grid[1], generator=torch.Generator().manual_seed(seed + k))
            noise = torch.cat([image_model.pack(noise[:, :, f]) for f in range(noise.shape[2])], 1)
            tokens = motion_model.sample(self.model, motion_words.read(self.encoder, ids, mask), mask, code, grid, steps, noise=noise)
            codes = image_model.unpack(tokens.unflatten(1, (motion_model.LATENT_FRAMES, -1))[0], *grid)
            made.append(pictures.to_bytes(motion_codec.decode(self.codec, codes.transpose(0, 1)[None])[0]))
        return np.stack(made)


def differs_at(kind):
    """The frame in which a motion is far from its beginning: a ball that has bounced lies where it lay."""
    return 4 if kind == "bounce" else motions.FRAMES - 1


def camera_understood(pack, photographs, steps):
    """Of all camera moves in words never met, on two photographs each: whether the last frame is nearest to the true one of the move asked for."""
    found = []
    for k, move in enumerate(motions.CAMERA):
        shown = [photographs[(2 * k + j) % len(photographs)] for j in range(2)]
        made = pack.animate(shown, [UNSEEN[move][j] for j in range(2)], steps)
        for o, p in zip(made, shown):
            score = {m: pictures.psnr(o[-1], motions.camera_clip(p, m, [motions.FRAMES - 1])[0]) for m in motions.CAMERA}
            found.append(max(score, key=score.get) == move and score[move] > pictures.psnr(o[-1], p))
    return found


def scenes_understood(pack, side, steps):
    """Of all scene motions in words never met, two clips each: whether the result is nearer to the truth than to the first frame."""
    found = []
    for kind in (k for k in motions.SCENE if k in UNSEEN):
        clips = [motions.some_clip(random.Random(FIRST_SEED + 500 + k), np.random.default_rng(k), side, kind) for k in range(2)]
        made, frame = pack.animate([c.frames[0] for c in clips], [UNSEEN[kind][k] for k in range(2)], steps), differs_at(kind)
        found += [pictures.psnr(o[frame], c.frames[frame]) > pictures.psnr(o[frame], c.frames[0]) for o, c in zip(made, clips)]
    return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--count", type=int, default=10, help="clips per scene motion")
    options.add_argument("--steps", type=int, default=8)
    options.add_argument("--side", type=int, default=motion_model.SIDE)
    options.add_argument("--exported", action="store_true")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--sheet")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.disable_progress_bar()
    pack, side, strips, labels = Pack(given.work, given.exported), given.side, [], []
    photographs = pictures.photographs(side)
    print("| camera move, on photographs | n | mean over frames, dB | worst frame, dB | first frame held, mean dB |\n|---|---|---|---|---|")
    for move in motions.CAMERA:
        clips = [motions.Clip(move, motions.CAMERA[move][k % 3], motions.camera_clip(p, move)) for k, p in enumerate(photographs)]
        made = pack.animate([c.frames[0] for c in clips], [c.text for c in clips], given.steps)
        per_frame = np.array([[pictures.psnr(o, t) for o, t in zip(a[1:], c.frames[1:])] for a, c in zip(made, clips)])
        held = mean([pictures.psnr(c.frames[0], t) for c in clips for t in c.frames[1:]])
        print(f"| {move} | {len(clips)} | {per_frame.mean():.1f} | {per_frame.mean(0).min():.1f} | {held:.1f} |", flush=True)
        strips.append(np.concatenate(list(made[1][::4]), 1))
        labels.append(clips[1].text)
    print("\n| scene motion | n | nearer to the truth than to the first frame | where it moves, dB | first frame held, dB |\n|---|---|---|---|---|")
    for kind in motions.SCENE:
        clips = [motions.some_clip(random.Random(FIRST_SEED + k), np.random.default_rng(FIRST_SEED + k), side, kind) for k in range(given.count)]
        made = pack.animate([c.frames[0] for c in clips], [c.text for c in clips], given.steps)
        frame, inside, held = differs_at(kind), [], []
        for o, c in zip(made, clips):
            moved = np.abs(c.frames[frame].astype(int) - c.frames[0]).sum(-1) > 24
            inside.append(pictures.psnr(o[frame], c.frames[frame], moved))
            held.append(pictures.psnr(c.frames[0], c.frames[frame], moved))
        nearer = mean([pictures.psnr(o[frame], c.frames[frame]) > pictures.psnr(o[frame], c.frames[0]) for o, c in zip(made, clips)]) if kind != "still" else None
        told = "–" if nearer is None else f"{100 * nearer:.0f} %"
        print(f"| {kind} | {len(clips)} | {told} | {mean(inside):.1f} | {mean(held):.1f} |", flush=True)
        strips.append(np.concatenate(list(made[0][::4]), 1))
        labels.append(clips[0].text)
    for name, found in (("camera moves, right", camera_understood(pack, photographs, given.steps)), ("scene motions, nearer to the truth", scenes_understood(pack, side, given.steps))):
        print(f"\nIn words never met: {name} in {100 * mean(found):.0f} % of {len(found)} clips.", flush=True)
    if given.sheet:
        sheet.strip(strips, 2, labels).save(given.sheet)


if __name__ == "__main__":
    main()
