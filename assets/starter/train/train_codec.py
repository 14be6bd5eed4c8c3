"""Trains the codec: `python train_codec.py --work FOLDER`. The same command resumes.

The encoder is written, not learnt (`codec.write_encoder`): it computes the analytic code, on which transformers may
train meanwhile. The decoder learns to invert it, and beyond that what pictures look like.
"""

import argparse
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

import codec as c
import pictures
import training

CROP, BATCH, POOL = 64, 16, 1000


def pool_of(rng, noise):
    return np.stack([pictures.any_picture(rng, noise) for _ in range(POOL)])


def batch_of(pool, rng, crop, count):
    parts = []
    for k in (rng.randrange(POOL) for _ in range(count)):
        y, x = rng.randrange(pictures.SIDE - crop + 1), rng.randrange(pictures.SIDE - crop + 1)
        part = pool[k, y : y + crop, x : x + crop]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        if rng.random() < 0.1:
            part = part[..., rng.sample(range(3), 3)]
        if rng.random() < 0.1:
            part = np.repeat(part.mean(-1, keepdims=True), 3, -1).astype(np.uint8)
        parts.append(part)
    return pictures.to_tensor(np.stack(parts)).contiguous(memory_format=torch.channels_last)


def slopes(x):
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def picture_loss(made, true):
    loss = (made - true).abs().mean() + 2 * ((made - true) ** 2).mean()
    return loss + 0.3 * sum((a - b).abs().mean() for a, b in zip(slopes(made), slopes(true)))


@torch.no_grad()
def score(codec, held):
    """Mean PSNR in dB through encoder and decoder in f32."""
    made = torch.cat([c.decode(codec, c.encode(codec, x)) for x in held.split(4)])
    return float(np.mean([pictures.psnr(a, b) for a, b in zip(pictures.to_bytes(made), pictures.to_bytes(held))]))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--steps", type=int, default=6000)
    options.add_argument("--rate", type=float, default=2e-3)
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    os.makedirs(given.work, exist_ok=True)
    path, folder, fit = (os.path.join(given.work, name) for name in ("codec.pt", "codec", "analytic.npz"))

    torch.manual_seed(7)
    state = training.load(path)
    start = state["step"] if state else 0
    rng, noise = random.Random(7000 + start), np.random.default_rng(7000 + start)
    if not os.path.exists(fit):
        fitted = random.Random(77), np.random.default_rng(77)
        c.Analytic.fit(pictures.to_tensor(np.stack([pictures.any_picture(*fitted) for _ in range(1500)]))).save(fit)
    code = c.Analytic.load(fit)
    model = c.new_codec()
    if not state:
        training.begin_from(model, folder)
    c.write_encoder(model, code)
    model.encoder.requires_grad_(False)
    learnt = [(n, p) for n, p in model.named_parameters() if n.startswith(("decoder", "post_quant")) and "time_conv" not in n]
    kernels = [p for n, p in learnt if p.ndim >= 4 and "quant" not in n and min(p.shape[:2]) >= 8]
    rest = [p for _, p in learnt if not any(p is k for k in kernels)]
    muon, adam = training.Muon(kernels), torch.optim.AdamW(rest, lr=given.rate, betas=(0.9, 0.99), weight_decay=0.0)
    if state:
        model.load_state_dict(state["model"])
        muon.restore(state["muon"])
        adam.load_state_dict(state["adam"])
    average = training.Average(kernels + rest)
    if state:
        average.restore(state["average"])
    held = [pictures.to_tensor(x) for x in (pictures.held_out_scenes(32), pictures.photographs())]
    decode = torch.compile(c.decode, dynamic=False)
    pool, log, saved = pool_of(rng, noise), training.Log(), time.time()
    for step in range(start, given.steps):
        rate = training.rate_at(step, given.steps, given.rate, flat=0.35)
        # The last part on whole pictures: the attention in the middle must meet as many positions as in use.
        whole = step > 0.85 * given.steps
        x = batch_of(pool, rng, pictures.SIDE if whole else CROP, BATCH // 4 if whole else BATCH)
        pool[rng.randrange(POOL)] = pictures.any_picture(rng, noise)
        seen = code.encode(x)
        seen = seen + torch.randn_like(seen) * 0.06 * torch.rand(len(x), 1, 1, 1)
        with training.arithmetic():
            made = decode(model, seen.contiguous(memory_format=torch.channels_last)).float()
        loss = picture_loss(made, x)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        for group in adam.param_groups:
            group["lr"] = rate
        muon.step(rate)
        adam.step()
        adam.zero_grad(set_to_none=True)
        average.update(step)
        log.add(len(x), picture=loss.item())
        last = step + 1 == given.steps
        if log.due() or last:
            extra = ""
            if time.time() - saved > 300 or last:
                saved = time.time()
                with average:
                    extra = "held-out dB: scenes {:.2f} photographs {:.2f}".format(*(score(model, x) for x in held))
                    model.save_pretrained(folder)
                training.save(path, step=step + 1, model=model.state_dict(), muon=muon.state(), adam=adam.state_dict(), average=average.values)
            log.write(step + 1, given.steps, extra)


if __name__ == "__main__":
    main()
