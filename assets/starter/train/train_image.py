"""Trains the edit/generate transformer: `python train_image.py --work FOLDER`. The same command resumes.

Needs `train_words.py` (a reader; it stays fixed) and the analytic code of `train_codec.py`. Pictures are drawn while
training: a ring of samples is refilled a few per step, so that no file of data is needed and each sample is seen
about five times. First small pictures, where a step costs a third, then the native size.

Beside the velocity the transformer learns to name: from its states half-way up, linear heads must tell what thing in which
colour, and which part of it, each token of the reference shows, and each token of the picture being drawn will show.
That binds words to places; the heads are thrown away.
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
from transformers import Qwen2_5_VLForConditionalGeneration

import codec
import edits
import image_model as m
import pictures
import scenes
import training
import words

LENGTH = dict(edit=32, describe=60)  # most tokens of text; longer ones are not trained on
NAMED_AT = (1, 2)  # after which blocks tokens are named: of the reference, of the picture being drawn
BOLD = ("recolour", "add", "swap", "size", "move", "back")  # edits of which a model that is unsure tells too little, see `training.bolder`
NAMES = (len(scenes.OBJECTS) + 1, len(scenes.COLOURS) + 1, edits.PARTS, edits.PARTS)  # see `edits.labels`
DESCRIBE_SHARE = 0.08
CHANGED = 0.1  # mean difference of a token's code from which it counts as changed


class Ring:
    """Samples as codes, refilled by drawing: before, after, words. `grid`: rows and columns of tokens."""

    def __init__(self, mode, grid, capacity, code, rng, noise):
        self.mode, self.grid, self.side, self.code, self.rng, self.noise = mode, grid, 16 * max(grid), code, rng, noise
        tokens = grid[0] * grid[1]
        self.codes = np.zeros((capacity, 1 if mode == "describe" else 2, tokens, 64), np.float16)
        self.labels = np.zeros((capacity, self.codes.shape[1], len(NAMES), tokens), np.uint8)
        self.bold = np.zeros(capacity, bool)
        self.texts, self.next = [], 0

    def __len__(self):
        return len(self.texts)

    def draw(self, count):
        self.store(*self.made(count))

    def made(self, count):
        """Codes, labels, texts, and whether they are to be told boldly, of so many new samples."""
        samples = [edits.describe_sample(self.rng, self.side) if self.mode == "describe" else edits.sample(self.rng, self.noise, self.side) for _ in range(count)]
        cut = [self.cut(s) for s in samples]
        stack = np.stack([p for shown, _ in cut for p in shown])
        codes = m.pack(self.code.encode(pictures.to_tensor(stack))).view(count, -1, *self.codes.shape[2:]).half().numpy()
        return codes, np.stack([labels for _, labels in cut]), [s.text for s in samples], [s.kind in BOLD for s in samples]

    def store(self, codes, labels, texts, bold):
        for row, named, text, boldly in zip(codes, labels, texts, bold):
            self.codes[self.next], self.labels[self.next], self.bold[self.next] = row, named, boldly
            if len(self) < len(self.codes):
                self.texts.append(text)
            else:
                self.texts[self.next] = text
            self.next = (self.next + 1) % len(self.codes)

    def cut(self, sample):
        """Its pictures and their labels, cut to the ring's shape around what changes."""
        shown = (sample.after,) if self.mode == "describe" else (sample.before, sample.after)
        rows, columns = self.grid
        labels = np.full((len(shown), len(NAMES), max(rows, columns), max(rows, columns)), edits.UNKNOWN, np.uint8)
        if sample.edit:
            for k, scene in enumerate((sample.edit.source, sample.edit.target)[-len(shown) :]):
                labels[k] = edits.labels(scene, *labels.shape[2:], sample.window)
        if rows != columns:
            ys, xs = np.nonzero(sample.mask)
            at = lambda found, most: self.rng.randrange(most + 1) if not len(found) else int(np.clip(np.median(found) / 16 - (max(rows, columns) - most) / 2, 0, most))
            y, x = at(ys, max(rows, columns) - rows), at(xs, max(rows, columns) - columns)
            shown = [p[16 * y : 16 * (y + rows), 16 * x : 16 * (x + columns)] for p in shown]
            labels = labels[:, :, y : y + rows, x : x + columns]
        return shown, labels.reshape(len(shown), len(NAMES), -1)

    def batch(self, count, reader):
        """Codes before (or None) and after, labels of both `[n, 4, tokens]`, ids and mask of the words, and which to tell boldly."""
        chosen, rows = [], []
        while len(chosen) < count:
            k = self.rng.randrange(len(self.texts))
            empty = self.rng.random() < (0.1 if self.mode == "describe" else 0.0)
            ids = reader.lead[self.mode] + reader.tokenizer.encode(("" if empty else self.texts[k]) + words.CLOSING).ids
            if len(ids) <= LENGTH[self.mode]:
                chosen.append(k)
                rows.append(ids)
        ids, mask = torch.zeros(count, LENGTH[self.mode], dtype=torch.long), torch.zeros(count, LENGTH[self.mode], dtype=torch.bool)
        for k, row in enumerate(rows):
            ids[k, : len(row)], mask[k, : len(row)] = torch.tensor(row), True
        codes = torch.from_numpy(self.codes[chosen].astype(np.float32))
        labels = torch.from_numpy(self.labels[chosen].astype(np.int64))
        before = (codes[:, 0], labels[:, 0]) if self.mode == "edit" else (None, None)
        return before[0], codes[:, -1], before[1], labels[:, -1], ids, mask, torch.from_numpy(self.bold[chosen])


def draw_aside(queue, seed, code_file, kinds):
    """A process that draws without end (see `training.Workers`): `kinds` are (mode, grid, share)."""
    torch.set_num_threads(1)
    rng, noise, code = random.Random(seed), np.random.default_rng(seed), codec.Analytic.load(code_file)
    rings = {(mode, grid): Ring(mode, grid, 1, code, rng, noise) for mode, grid, _ in kinds}
    while True:
        mode, grid = rng.choices([k[:2] for k in kinds], [k[2] for k in kinds])[0]
        queue.put(((mode, grid), *rings[mode, grid].made(16)))


def noise_levels(count, mode):
    """Half of them the eight that the pack samples with, half continuous and mostly high: edits are decided there."""
    eight = m.sigmas(8)[:-1][torch.randint(0, 8, (count,))]
    anywhere = torch.sigmoid(torch.randn(count) * 1.2 + (0.9 if mode == "edit" else 0.5))
    return torch.where(torch.rand(count) < 0.5, eight, anywhere)


def changed_tokens(before, after):
    """1 for tokens whose code changes, `[n, tokens]`."""
    return ((before - after).abs().mean(-1) > CHANGED).float()


def weighted(error, changed=None):
    """Per sample as much weight on all changed tokens together as on all others: a small recoloured ball counts like a new sky."""
    if changed is None:
        return error.mean()
    mean_over = lambda region: (error * region).sum(1) / region.sum(1).clamp(min=3)
    return (0.6 * mean_over(changed) + 0.4 * mean_over(1 - changed)).mean()


def new_heads(width):
    """What names tokens: of the reference, and of the picture being drawn."""
    return torch.nn.ModuleList(torch.nn.Linear(width, sum(NAMES)) for _ in NAMED_AT)


def naming(head, states, labels):
    """Cross entropy of kind, colour and part, and the share of things whose kind and colour are right; unknown tokens do not count."""
    told = head(states).split(NAMES, -1)
    weights = [torch.ones(n, device=states.device) for n in NAMES]
    for w in weights[:2]:
        w[0] = 0.3
    loss = 0.0
    for k, (t, w) in enumerate(zip(told, weights)):
        known = (labels[:, k] != edits.UNKNOWN).any()
        loss = loss + (F.cross_entropy(t.flatten(0, 1), labels[:, k].flatten(), w, ignore_index=edits.UNKNOWN) if known else 0.0 * t.sum())
    things = (labels[:, 0] > 0) & (labels[:, 0] < edits.UNKNOWN)
    right = ((told[0].argmax(-1) == labels[:, 0]) & (told[1].argmax(-1) == labels[:, 1]))[things].float().mean()
    return loss, right


def hide_words(mask, share=0.3):
    """For some samples only the five closing tokens count: what they tell does not depend on the wording."""
    place = torch.arange(mask.shape[1], device=mask.device)
    closing = place >= mask.sum(1, keepdim=True) - 5
    hidden = torch.rand(len(mask), 1, device=mask.device) < share
    return mask & (closing | ~hidden)


def matrices_and_rest(model):
    inner = [p for n, p in model.named_parameters() if p.ndim == 2 and "transformer_blocks" in n and "_mod" not in n]
    chosen = set(map(id, inner))
    return inner, [p for p in model.parameters() if id(p) not in chosen]


@torch.no_grad()
def quick_score(model, reader, code, side):
    """On held-out scenes, 8 steps: share of recolour, remove and add nearer to the true answer than to the picture before, and PSNR in dB of all kinds (in the code's own linear pictures)."""
    rng, noise = random.Random(999_000), np.random.default_rng(999_000)
    found = []
    for kind in ("recolour", "remove", "add", "time", "ground", "style"):
        tests = [edits.sample(rng, noise, side, kind, crops=0.0, strange=0.0) for _ in range(8)]
        before, after = (pictures.to_tensor(np.stack([getattr(t, name) for t in tests])) for name in ("before", "after"))
        device = model.proj_out.weight.device
        ids, mask = (v.to(device) for v in reader.tokens("edit", [t.text for t in tests]))
        grid = (side // 16, side // 16)
        made = m.sample(model, reader.read("edit", ids), mask, m.pack(code.encode(before)).to(device), grid).cpu()
        made = pictures.to_bytes(code.decode(m.unpack(made, *grid)))
        nearer = np.mean([pictures.psnr(o, t.after, t.mask) > pictures.psnr(o, t.before, t.mask) for o, t in zip(made, tests)])
        found.append(f"{kind} {100 * nearer:.0f}% {np.mean([pictures.psnr(o, t.after) for o, t in zip(made, tests)]):.1f}")
    return " ".join(found)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--small-steps", type=int, default=14000, help="steps on 128-pixel pictures")
    options.add_argument("--steps", type=int, default=20000, help="all steps")
    options.add_argument("--batch", type=int, default=48)
    options.add_argument("--rate", type=float, default=1.5e-3)
    options.add_argument("--fresh", type=int, default=8, help="samples drawn per step")
    options.add_argument("--capacity", type=int, default=40000)
    options.add_argument("--first", type=int, default=3000, help="samples drawn before the first step")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--device", default="cpu", help="cpu or cuda")
    options.add_argument("--workers", type=int, default=0, help="processes that draw beside the training")
    options.add_argument("--name", default="image")
    options.add_argument("--heads", type=int, default=m.HEADS)
    options.add_argument("--layers", type=int, default=m.LAYERS)
    options.add_argument("--naming", type=float, default=0.1, help="weight of naming tokens beside the velocity")
    options.add_argument("--flat", type=float, default=0.6, help="part of all steps before the rate begins to fall")
    options.add_argument("--average", type=float, default=0.9985, help="share of the averaged weights that a step keeps; less for short runs")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.disable_progress_bar()
    path = os.path.join(given.work, given.name + ".pt")
    tokenizer = Tokenizer.from_file(os.path.join(given.work, "tokenizer", "tokenizer.json"))
    encoder = Qwen2_5_VLForConditionalGeneration.from_pretrained(os.path.join(given.work, "text_encoder")).requires_grad_(False).to(given.device)
    reader, code = words.Reader(encoder, tokenizer), codec.Analytic.load(os.path.join(given.work, "analytic.npz"))
    torch.manual_seed(23)
    state = training.load(path)
    start = state["step"] if state else 0
    rng, noise = random.Random(23_000 + start), np.random.default_rng(23_000 + start)
    model, heads = m.new_transformer(given.heads, given.layers).to(given.device), new_heads(given.heads * m.HEAD).to(given.device)
    if not state:
        training.begin_from(model, os.path.join(given.work, given.name))
    inner, rest = matrices_and_rest(model)
    muon, adam = training.Muon(inner), torch.optim.AdamW(rest + list(heads.parameters()), lr=given.rate, betas=(0.9, 0.98), weight_decay=0.0)
    average = training.Average(inner + rest, given.average)
    if state:
        model.load_state_dict(state["model"])
        heads.load_state_dict(state["heads"])
        muon.restore(state["muon"])
        adam.load_state_dict(state["adam"])
        average.restore(state["average"])
    run = torch.compile(m.block, dynamic=False)
    log, saved, scored, rings, size, skipped, workers = training.Log(), time.time(), time.time(), None, None, 0, None
    for step in range(start, given.steps):
        side = 128 if step < given.small_steps else pictures.SIDE
        if side != size:  # the first step, and the change to the native size
            size, square = side, (side // 16, side // 16)
            # At the native size also upright and lying shapes, of as many tokens.
            grids = [square] if side == 128 else [square, (9, 16), (16, 9)]
            rings = {("edit", g): Ring("edit", g, given.capacity // (1 if g == square else 5), code, rng, noise) for g in grids}
            rings["describe", square] = Ring("describe", square, given.capacity // 4, code, rng, noise)
            if given.workers:
                if workers:
                    workers.stop()
                shares = [("edit", g, 0.57 if g == square else 0.13) for g in grids] + [("describe", square, 0.17)]
                workers = training.Workers(given.workers, draw_aside, 23_000 + step, os.path.join(given.work, "analytic.npz"), shares)
                workers.fill(rings, given.first // 4)
            else:
                for (mode, g), ring in rings.items():
                    ring.draw(given.first if (mode, g) == ("edit", square) else given.first // 4)
            tables = {(mode, g): m.positions(model, [g] * (2 if mode == "edit" else 1), LENGTH[mode]) for mode, g in rings}
        mode = "describe" if rng.random() < DESCRIBE_SHARE else "edit"
        grid = rng.choice(grids[1:]) if mode == "edit" and len(grids) > 1 and rng.random() < 0.3 else square
        ring = rings[mode, grid]
        workers.fill(rings) if workers else ring.draw(given.fresh)
        before, after, named_before, named_after, ids, mask, bold = (v if v is None else v.to(given.device) for v in ring.batch(given.batch, reader))
        with torch.no_grad(), training.arithmetic(given.device):
            text = reader.read(rng.choice(["describe", "plain"]) if mode == "describe" else mode, ids)
        if mode == "edit":
            mask = hide_words(mask)
        sigma, start_noise = noise_levels(given.batch, mode).to(given.device), torch.randn_like(after)
        velocity = start_noise - after
        x = after + sigma[:, None, None] * velocity
        if before is not None:
            x = torch.cat([x, before + torch.randn_like(before) * 0.02], 1)
        between, count = [], grid[0] * grid[1]
        with training.arithmetic(given.device):
            told = m.forward(model, x, text, mask, sigma, tables[mode, grid], count, run, between).float()
        changed = None if before is None else changed_tokens(before, after)
        if changed is not None:
            velocity = velocity + training.bolder(told, x[:, :count], before, sigma, changed * bold[:, None])
        error = ((told - velocity) ** 2).mean(-1)
        loss = weighted(error, changed)
        name_loss, will_be = naming(heads[1], between[NAMED_AT[1]][:, :count].float(), named_after)
        if before is not None:
            more, _ = naming(heads[0], between[NAMED_AT[0]][:, count:].float(), named_before)
            name_loss = name_loss + more
        (loss + given.naming * name_loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(inner + rest, 1.0)
        if not torch.isfinite(norm):  # one bad step must not end hours of work
            skipped += 1
            adam.zero_grad(set_to_none=True)
            for p in inner:
                p.grad = None
            continue
        rate = training.rate_at(step, given.steps, given.rate, flat=given.flat)
        for group in adam.param_groups:
            group["lr"] = rate
        muon.step(rate)
        adam.step()
        adam.zero_grad(set_to_none=True)
        average.update(step)
        log.add(given.batch, **{mode: loss.item(), mode + "_plain": error.mean().item(), mode + "_named": will_be.item()})
        last = step + 1 == given.steps
        if log.due() or last:
            extra = f"side {side} skipped {skipped}"
            if time.time() - scored > 900 or last:
                scored = time.time()
                with average:
                    extra += " | " + quick_score(model, reader, code, side)
            if time.time() - saved > 200 or last:
                saved = time.time()
                training.save(path, step=step + 1, model=model.state_dict(), heads=heads.state_dict(), muon=muon.state(), adam=adam.state_dict(), average=average.values)
                with average:
                    model.save_pretrained(os.path.join(given.work, given.name))
            log.write(step + 1, given.steps, extra)
    if workers:
        workers.stop()


if __name__ == "__main__":
    main()
