"""Trains the motion checkpoint: `python train_motion.py --work FOLDER`. The same command resumes.

Needs the analytic code of `train_codec.py`. First the text encoder learns to read (the kind of motion from the end
token, the scene from the mean of all), then it and the transformer learn together; a quarter of the steps begin from
words, the others from a picture.
"""

import argparse
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from tokenizers import Tokenizer

import codec
import image_model
import motion_model as m
import motion_words as words
import motions
import pictures
import training
from motion_codec import KEY_FRAMES

LENGTH = 96  # most tokens of text
FROM_WORDS = 0.15
CHANGED = 0.1
KINDS = [*motions.CAMERA, *motions.SCENE]
# Tokens tell after this block which motion it is and which frame they are in, and after that one where they come from.
KNOWS_MOTION, KNOWS_SOURCE = 0, 2
RATES = (1.0, 1.0, 0.4)  # of the transformer's vectors, of the heads, of the text encoder


def learn_to_read(encoder, tokenizer, steps, rng, rate=2e-3, batch=96):
    """Slots of the meaning from the encoder's states; the heads are thrown away."""
    slots, device = words.slots(), encoder.device
    heads = torch.nn.ModuleDict({k.replace(" ", "_"): torch.nn.Linear(words.WIDTH, len(v)) for k, v in slots.items()}).to(device)
    adam, log = torch.optim.AdamW([*encoder.parameters(), *heads.parameters()], lr=rate, betas=(0.9, 0.98), weight_decay=0.0), training.Log(30)
    for step in range(steps):
        pairs = [words.phrase(rng) for _ in range(batch)]
        ids, mask = (v.to(device) for v in words.tokens(tokenizer, [t for t, _ in pairs]))
        with training.arithmetic(device):
            states = words.read(encoder, ids, mask).float()
        end = states[torch.arange(batch, device=device), mask.sum(1) - 1]
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        true = {k: torch.tensor([v.index(meaning.get(k, v[0])) for _, meaning in pairs], device=device) for k, v in slots.items()}
        told = {k: heads[k.replace(" ", "_")](end if k == "motion" else mean) for k in slots}
        loss = sum(F.cross_entropy(told[k], true[k]) for k in slots)
        for group in adam.param_groups:
            group["lr"] = training.rate_at(step, steps, rate)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        adam.step()
        adam.zero_grad(set_to_none=True)
        log.add(batch, reading=loss.item(), motion_right=(told["motion"].argmax(-1) == true["motion"]).float().mean().item())
        if log.due() or step + 1 == steps:
            log.write(step + 1, steps)


class Ring:
    """Clips as codes of their key frames, with their words; refilled by drawing."""

    def __init__(self, side, capacity, code, rng, noise):
        self.side, self.code, self.rng, self.noise, self.next = side, code, rng, noise, 0
        self.codes, self.kept = np.zeros((capacity, len(KEY_FRAMES), (side // 16) ** 2, 64), np.float16), []
        self.sources = np.zeros((capacity, len(KEY_FRAMES), 2, (side // 16) ** 2), np.uint8)

    def __len__(self):
        return len(self.kept)

    def draw(self, count):
        self.store(*self.made(count))

    def made(self, count):
        """Codes, sources of tokens, and texts with captions and kinds, of so many new clips."""
        clips = [motions.some_clip(self.rng, self.noise, self.side, frames=KEY_FRAMES) for _ in range(count)]
        codes = [image_model.pack(self.code.encode(pictures.to_tensor(clip.frames))).half().numpy() for clip in clips]
        return codes, [motions.sources(clip, KEY_FRAMES) for clip in clips], [(clip.text, clip.caption, clip.kind) for clip in clips]

    def store(self, codes, sources, texts):
        for row, source, kept in zip(codes, sources, texts):
            self.codes[self.next], self.sources[self.next] = row, source
            if len(self.kept) < len(self.codes):
                self.kept.append(kept)
            else:
                self.kept[self.next] = kept
            self.next = (self.next + 1) % len(self.codes)

    def batch(self, count, tokenizer, from_words):
        chosen, texts = [], []
        while len(chosen) < count:
            k = self.rng.randrange(len(self.kept))
            text, caption, _ = self.kept[k]
            if from_words and not caption:
                continue
            if caption and (from_words or self.rng.random() < 0.2):
                text = caption + ", " + text
            chosen.append(k)
            texts.append(text)
        ids, mask = words.tokens(tokenizer, texts)
        ids, mask = (F.pad(v[:, :LENGTH], (0, max(0, LENGTH - v.shape[1]))) for v in (ids, mask))
        kinds = torch.tensor([KINDS.index(self.kept[k][2]) for k in chosen])
        return torch.from_numpy(self.codes[chosen].astype(np.float32)), torch.from_numpy(self.sources[chosen].astype(np.int64)), kinds, ids, mask


def draw_aside(queue, seed, code_file, side):
    """A process that draws without end, see `training.Workers`."""
    torch.set_num_threads(1)
    ring = Ring(side, 1, codec.Analytic.load(code_file), random.Random(seed), np.random.default_rng(seed))
    while True:
        queue.put(("clips", *ring.made(8)))


def moving_tokens(codes):
    """1 for tokens that differ from the first frame's, `[n, frames·tokens]`."""
    return ((codes - codes[:, :1]).abs().mean(-1) > CHANGED).float().flatten(1)


def weighted(error, moving):
    """As much weight on all tokens that move as on all that stay."""
    mean_over = lambda region: (error * region).sum(1) / region.sum(1).clamp(min=6)
    return (0.6 * mean_over(moving) + 0.4 * mean_over(1 - moving)).mean()


def new_heads(width):
    """What must be told of tokens: the motion and the frame, and the bins of `motions.sources`."""
    return torch.nn.ModuleDict(dict(motion=torch.nn.Linear(width, len(KINDS) + len(KEY_FRAMES)), source=torch.nn.Linear(width, 2 * motions.BINS)))


def telling(heads, between, sources, kinds):
    """Cross entropies of what the heads tell, and the share of sources that are right, of those that are not "the same place"."""
    n, frames, _, each = sources.shape
    motion, frame = heads["motion"](between[KNOWS_MOTION].float()).split([len(KINDS), len(KEY_FRAMES)], -1)
    true_frame = torch.arange(frames, device=kinds.device).repeat_interleave(each).expand(n, -1)
    loss = F.cross_entropy(motion[:, each:].flatten(0, 1), kinds[:, None].expand(-1, (frames - 1) * each).flatten()) + F.cross_entropy(frame.flatten(0, 1), true_frame.flatten())
    told, true = heads["source"](between[KNOWS_SOURCE].float()).unflatten(-1, (2, -1)), sources.transpose(2, 3).flatten(1, 2)
    weight = torch.ones(motions.BINS, device=kinds.device)
    weight[motions.BINS // 2] = 0.3
    loss = loss + F.cross_entropy(told.flatten(0, 2), true.flatten(), weight, ignore_index=motions.UNKNOWN)
    moves = (true != motions.BINS // 2) & (true != motions.UNKNOWN)
    return loss, (told.argmax(-1) == true)[moves].float().mean()


@torch.no_grad()
def quick_score(model, encoder, tokenizer, code, side):
    """Held-out, from a picture: PSNR in dB of the last key frame for camera moves on photographs (holding the first in brackets), and the share of scene motions nearer to the true third key frame than to the first."""
    found, grid = [], (side // 16, side // 16)

    def last_of(clips):
        codes = torch.stack([image_model.pack(code.encode(pictures.to_tensor(c.frames))) for c in clips]).to(encoder.device)
        ids, mask = (v.to(encoder.device) for v in words.tokens(tokenizer, [c.text for c in clips]))
        made = m.sample(model, words.read(encoder, ids, mask), mask, codes[:, 0], grid).cpu().unflatten(1, (len(KEY_FRAMES), -1))
        return [pictures.to_bytes(code.decode(image_model.unpack(made[:, k], *grid))) for k in (2, 4)]

    rng, noise = random.Random(999_100), np.random.default_rng(999_100)
    photographs = pictures.photographs(side)[:4]
    for move in ("pan left", "pan up", "zoom in", "zoom out"):
        clips = [motions.some_clip(rng, noise, side, move, KEY_FRAMES, p) for p in photographs]
        made = last_of(clips)[1]
        found.append(f"{move} {np.mean([pictures.psnr(o, c.frames[4]) for o, c in zip(made, clips)]):.1f} ({np.mean([pictures.psnr(c.frames[0], c.frames[4]) for c in clips]):.1f})")
    nearer = []
    for kind in ("sun up", "clouds left", "boat right", "balloon up", "bounce", "car left"):
        clips = [motions.some_clip(rng, noise, side, kind, KEY_FRAMES) for _ in range(4)]
        frame = 2 if kind != "bounce" else 1
        made = last_of(clips)[0] if frame == 2 else None
        if made is None:
            continue
        for o, c in zip(made, clips):
            moved = np.abs(c.frames[2].astype(int) - c.frames[0]).sum(-1) > 24
            nearer.append(pictures.psnr(o, c.frames[2], moved) > pictures.psnr(o, c.frames[0], moved))
    return " ".join(found) + f" | scene motions nearer to the truth {100 * np.mean(nearer):.0f}%"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--reading-steps", type=int, default=1500)
    options.add_argument("--side", type=int, default=m.SIDE, help="of the pictures, in pixels")
    options.add_argument("--steps", type=int, default=22000)
    options.add_argument("--batch", type=int, default=16)
    options.add_argument("--rate", type=float, default=1.5e-3)
    options.add_argument("--fresh", type=int, default=3, help="clips drawn per step")
    options.add_argument("--capacity", type=int, default=20000)
    options.add_argument("--first", type=int, default=1500)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--heads", type=int, default=m.HEADS)
    options.add_argument("--layers", type=int, default=m.LAYERS)
    options.add_argument("--telling", type=float, default=0.2, help="weight of telling motion, frame and source beside the velocity")
    options.add_argument("--device", default="cpu", help="cpu or cuda")
    options.add_argument("--workers", type=int, default=0, help="processes that draw beside the training")
    options.add_argument("--flat", type=float, default=0.6, help="part of all steps before the rate begins to fall")
    options.add_argument("--average", type=float, default=0.9985, help="share of the averaged weights that a step keeps; less for short runs")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.disable_progress_bar()
    path, folder = os.path.join(given.work, "motion.pt"), os.path.join(given.work, "motion_tokenizer")
    if not os.path.exists(folder):
        words.write_tokenizer(words.train_tokenizer(), folder)
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    code = codec.Analytic.load(os.path.join(given.work, "analytic.npz"))
    torch.manual_seed(41)
    state = training.load(path)
    start = state["step"] if state else 0
    rng, noise = random.Random(41_000 + start), np.random.default_rng(41_000 + start)
    encoder, model = words.new_encoder(tokenizer).to(given.device), m.new_transformer(given.heads, given.layers).to(given.device)
    if not state:
        training.begin_from(model, os.path.join(given.work, "motion"))
    reads = not state and training.begin_from(encoder, os.path.join(given.work, "motion_text_encoder"))
    inner = [p for n, p in model.named_parameters() if p.ndim == 2 and "blocks" in n]
    heads, chosen = new_heads(given.heads * m.HEAD).to(given.device), set(map(id, inner))
    vectors = [p for p in model.parameters() if id(p) not in chosen]
    rest = vectors + list(encoder.parameters())
    muon, adam = training.Muon(inner), torch.optim.AdamW(
        [dict(params=vectors), dict(params=list(heads.parameters())), dict(params=list(encoder.parameters()))], lr=given.rate, betas=(0.9, 0.98), weight_decay=0.0
    )
    if state:
        model.load_state_dict(state["model"])
        encoder.load_state_dict(state["encoder"])
        heads.load_state_dict(state["heads"])
        muon.restore(state["muon"])
        adam.load_state_dict(state["adam"])
    elif not reads:
        learn_to_read(encoder, tokenizer, given.reading_steps, rng)
    average = training.Average(inner + rest, given.average)
    if state:
        average.restore(state["average"])

    def keep(step):
        training.save(path, step=step, model=model.state_dict(), encoder=encoder.state_dict(), heads=heads.state_dict(), muon=muon.state(), adam=adam.state_dict(), average=average.values)
        with average:
            model.save_pretrained(os.path.join(given.work, "motion"))
            encoder.save_pretrained(os.path.join(given.work, "motion_text_encoder"))

    if not state:
        keep(0)
    run = torch.compile(m.block, dynamic=False)
    log, saved, scored, skipped, workers = training.Log(), time.time(), time.time(), 0, None
    side, grid = given.side, (given.side // 16, given.side // 16)
    ring = Ring(side, given.capacity, code, rng, noise)
    if given.workers:
        workers = training.Workers(given.workers, draw_aside, 41_000 + start, os.path.join(given.work, "analytic.npz"), side)
        workers.fill({"clips": ring}, given.first)
    else:
        ring.draw(given.first)
    table, each = m.tables(model, m.LATENT_FRAMES, *grid), grid[0] * grid[1]
    for step in range(start, given.steps):
        from_words = rng.random() < FROM_WORDS
        clean = 0 if from_words else each
        workers.fill({"clips": ring}) if workers else ring.draw(given.fresh)
        codes, sources, kinds, ids, mask = (v.to(given.device) for v in ring.batch(given.batch, tokenizer, from_words))
        true = codes.flatten(1, 2)
        sigma = torch.sigmoid(torch.randn(given.batch, device=given.device) * 1.2 + 0.8)
        start_noise = torch.randn_like(true)
        velocity = start_noise - true
        x = true + sigma[:, None, None] * velocity
        if clean:
            x[:, :clean] = true[:, :clean] + torch.randn_like(true[:, :clean]) * 0.02
        with training.arithmetic(given.device):
            text = words.read(encoder, ids, mask).float()
            between = []
            told = m.forward(model, x, text, mask, sigma, table, clean, run, between).float()
        moving = moving_tokens(codes)
        if clean:  # a scene's motions boldly; the whole picture of a camera move would only gain contrast
            where = moving * (kinds >= len(motions.CAMERA))[:, None]
            velocity = velocity + training.bolder(told, x, codes[:, :1].expand_as(codes).flatten(1, 2), sigma, where)
        error = ((told - velocity) ** 2).mean(-1)[:, clean:]
        loss = error.mean() if from_words else weighted(error, moving[:, clean:])
        tell_loss, right = telling(heads, between, sources, kinds) if clean else (0.0, None)
        (loss + given.telling * tell_loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(inner + rest, 1.0)
        if not torch.isfinite(norm):  # one bad step must not end hours of work
            skipped += 1
            adam.zero_grad(set_to_none=True)
            for p in inner:
                p.grad = None
            continue
        rate = training.rate_at(step, given.steps, given.rate, flat=given.flat)
        for group, part in zip(adam.param_groups, RATES):
            group["lr"] = rate * part
        muon.step(rate)
        adam.step()
        adam.zero_grad(set_to_none=True)
        average.update(step)
        log.add(given.batch, **({"words": loss.item()} if from_words else {"picture": loss.item(), "source_told": right.item()}))
        last = step + 1 == given.steps
        if log.due() or last:
            extra = f"side {side} skipped {skipped}"
            if time.time() - scored > 900 or last:
                scored = time.time()
                with average:
                    extra += " | " + quick_score(model, encoder, tokenizer, code, side)
            if time.time() - saved > 240 or last:
                saved = time.time()
                keep(step + 1)
            log.write(step + 1, given.steps, extra)
    if workers:
        workers.stop()


if __name__ == "__main__":
    main()
