"""Teaches the codec's decoder the frames between its key frames: `python train_motion_codec.py --work FOLDER`. Resumes.

Needs the finished `codec` of `train_codec.py`. Trained are the temporal convolutions and the older two slices of each
kernel; the last slices are frozen, and with them everything that single pictures see.
"""

import argparse
import os
import random
import time

import numpy as np
import torch
from diffusers import AutoencoderKLQwenImage

import codec as c
import motion_codec
import motions
import pictures
import training
from train_codec import picture_loss

CROP, BATCH, POOL = 64, 3, 220


def older(weight):
    """What is trained of a kernel: a time convolution whole, else the older two slices; the last is what single pictures see."""
    return weight if weight.shape[-1] == 1 else weight[:, :, :2]


def fresh_clip(rng, noise):
    """Three in four are camera moves, where everything moves; most of a scene stands still."""
    kind = rng.choice(list(motions.CAMERA)) if rng.random() < 0.5 else None
    return motions.some_clip(rng, noise, 128, kind).frames


def batch_of(pool, rng):
    """Clips `[n, 17, 3, crop, crop]` in -1..1; the same window in every frame."""
    parts = []
    for _ in range(BATCH):
        clip = pool[rng.randrange(len(pool))]
        y, x = (rng.randrange(0, clip.shape[1] - CROP + 1) for _ in range(2))
        part = clip[:, y : y + CROP, x : x + CROP]
        part = part[::-1] if rng.random() < 0.3 else part
        part = part[:, :, ::-1] if rng.random() < 0.5 else part
        parts.append(pictures.to_tensor(part))
    return torch.stack(parts)


@torch.no_grad()
def score(codec, clips):
    """PSNR in dB of the frames between, and of holding the last key frame's picture instead."""
    between = [f for f in range(motions.FRAMES) if f not in motion_codec.KEY_FRAMES]
    made, held = [], []
    for frames in clips:
        code = c.encode(codec, pictures.to_tensor(frames[list(motion_codec.KEY_FRAMES)]))
        clip = pictures.to_bytes(motion_codec.decode(codec, code.permute(1, 0, 2, 3)[None])[0])
        made.append(np.mean([pictures.psnr(clip[f], frames[f]) for f in between]))
        held.append(np.mean([pictures.psnr(clip[-(-f // 4) * 4], frames[f]) for f in between]))
    return float(np.mean(made)), float(np.mean(held))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--steps", type=int, default=4000)
    options.add_argument("--rate", type=float, default=1e-3)
    options.add_argument("--flat", type=float, default=0.4, help="part of all steps before the rate begins to fall")
    options.add_argument("--average", type=float, default=0.99, help="share of the averaged weights that a step keeps")
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    path, folder = os.path.join(given.work, "motion_codec.pt"), os.path.join(given.work, "motion_codec")
    torch.manual_seed(31)
    state = training.load(path)
    start = state["step"] if state else 0
    rng, noise = random.Random(31_000 + start), np.random.default_rng(31_000 + start)
    model = AutoencoderKLQwenImage.from_pretrained(os.path.join(given.work, "codec"))
    model.requires_grad_(False)
    taps = [m.weight for m in model.decoder.modules() if type(m).__name__ == "QwenImageCausalConv3d" and m.weight.shape[2] == 3]
    rest = [p for n, p in model.decoder.named_parameters() if "time_conv" in n and not any(p is t for t in taps)]
    trained = [p.requires_grad_(True) for p in taps + rest]
    with torch.no_grad():
        if not state:  # exact zeros would give the older slices no gradient through products of them
            for weight in taps:
                older(weight).normal_(std=1e-3)
    muon, adam = training.Muon(taps, decay=0.0, view=older), torch.optim.AdamW(rest, lr=given.rate, betas=(0.9, 0.99), weight_decay=0.0)
    average = training.Average(trained, given.average)
    if state:
        model.load_state_dict(state["model"])
        muon.restore(state["muon"])
        adam.load_state_dict(state["adam"])
        average.restore(state["average"])
    decode = torch.compile(motion_codec.decode, dynamic=False)
    fresh = lambda: fresh_clip(rng, noise)
    pool = [fresh() for _ in range(POOL)]
    held = [motions.camera_clip(p, move) for p, move in zip(pictures.photographs(128)[:4], ("pan left", "zoom in", "pan up", "zoom out"))]
    held_scenes = [motions.some_clip(random.Random(10**6 + k), np.random.default_rng(k), 128, kind).frames for k, kind in enumerate(("boat right", "sun up", "bounce", "clouds left"))]
    log, saved = training.Log(), time.time()
    for step in range(start, given.steps):
        clip = batch_of(pool, rng)
        if step % 2 == 0:
            pool[rng.randrange(POOL)] = fresh()
        with torch.no_grad():
            keys = clip[:, list(motion_codec.KEY_FRAMES)]
            with training.arithmetic():
                code = c.encode(model, keys.flatten(0, 1).contiguous(memory_format=torch.channels_last)).float()
            code = code.unflatten(0, (BATCH, -1)).transpose(1, 2)
            code = code + torch.randn_like(code) * 0.05 * torch.rand(BATCH, 1, 1, 1, 1)
        with training.arithmetic():
            made = decode(model, code).float()
        loss = picture_loss(made.flatten(0, 1), clip.flatten(0, 1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        rate = training.rate_at(step, given.steps, given.rate, flat=given.flat)
        for group in adam.param_groups:
            group["lr"] = rate
        muon.step(rate)
        adam.step()
        adam.zero_grad(set_to_none=True)
        average.update(step)
        log.add(BATCH, picture=loss.item())
        last = step + 1 == given.steps
        if log.due() or last:
            extra = ""
            if time.time() - saved > 300 or last:
                saved = time.time()
                with average:
                    extra = "between key frames, dB (held instead): photographs {:.1f} ({:.1f}) scenes {:.1f} ({:.1f})".format(*score(model, held), *score(model, held_scenes))
                    model.save_pretrained(folder)
                training.save(path, step=step + 1, model=model.state_dict(), muon=muon.state(), adam=adam.state_dict(), average=average.values)
            log.write(step + 1, given.steps, extra)


if __name__ == "__main__":
    main()
