"""Scores the edit/generate checkpoint on scenes and photographs it never met: `python evaluate.py --work FOLDER`.

Prints the table of the README in Markdown. Every figure is of finished pictures: codec in, 8 steps without guidance,
codec out. "unchanged" is the score of giving the input back. "right" is told by a simple detector, see `right`.
"""

import argparse
import json
import os
import random
from pathlib import Path

import numpy as np
import torch
import transformers
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from tokenizers import Tokenizer
from transformers import Qwen2_5_VLForConditionalGeneration

import codec
import edits
import image_model as m
import pictures
import scenes
import sheet
import styles
import wording
import words

FIRST_SEED = 5_000_000  # training draws from seeds below one million
# Wordings by somebody who did not know the grammar that is trained with; what stands in it was taken out.
UNSEEN = json.loads(Path(__file__).with_name("unseen.json").read_text())


class Pack:
    """The trained parts, as loaded from the working folder of the trainings or from an exported folder."""

    def __init__(self, folder, exported=False, analytic=False, image="image"):
        part = lambda name: os.path.join(folder, name)
        self.tokenizer = Tokenizer.from_file(part("tokenizer/tokenizer.json"))
        encoder = Qwen2_5_VLForConditionalGeneration.from_pretrained(part("text_encoder"), dtype=torch.float32).requires_grad_(False)
        self.reader = words.Reader(encoder, self.tokenizer)
        self.model = QwenImageTransformer2DModel.from_pretrained(part("transformer" if exported else image), torch_dtype=torch.float32).requires_grad_(False)
        self.analytic = codec.Analytic.load(part("analytic.npz")) if analytic else None
        self.codec = None if analytic else AutoencoderKLQwenImage.from_pretrained(part("vae" if exported else "codec"), torch_dtype=torch.float32).requires_grad_(False)

    def encode(self, batch):
        x = pictures.to_tensor(np.stack(batch))
        return torch.cat([self.analytic.encode(p) if self.analytic else codec.encode(self.codec, p) for p in x.split(4)])

    def decode(self, codes):
        return pictures.to_bytes(torch.cat([self.analytic.decode(z) if self.analytic else codec.decode(self.codec, z) for z in codes.split(4)]))

    def through_codec(self, batch):
        return self.decode(self.encode(batch))

    def edit(self, before, texts, steps=8, seed=0):
        made = []
        for k in range(0, len(texts), 16):
            codes = self.encode(before[k : k + 16])
            grid = (codes.shape[2] // 2, codes.shape[3] // 2)
            ids, mask = self.reader.tokens("edit", texts[k : k + 16])
            made.append(self.decode(m.unpack(m.sample(self.model, self.reader.read("edit", ids), mask, m.pack(codes), grid, steps, seed + k), *grid)))
        return np.concatenate(made)

    def generate(self, texts, side=pictures.SIDE, steps=8, seed=0, mode="plain"):
        """`mode`: the beginning of the page, "plain" as in Rostrum or "describe" as in `QwenImagePipeline`."""
        grid = (side // 16, side // 16)
        ids, mask = self.reader.tokens(mode, texts)
        return self.decode(m.unpack(m.sample(self.model, self.reader.read(mode, ids), mask, None, grid, steps, seed), *grid))


def distance(a, b, region):
    return float(((a.astype(np.float32) - b.astype(np.float32))[region] ** 2).mean()) if region.any() else 0.0


def alternatives(edit):
    """Scenes that a wrong answer might show, the right one first."""
    value = edit.meaning.get("value")
    if edit.kind in ("recolour", "add"):
        kind = edit.focus["kind"]
        recoloured = lambda c: scenes.changed(edit.target, objects=[dict(o, colour=c) if o["kind"] == kind else o for o in edit.target["objects"]])
        return [edit.target] + [recoloured(c) for c in scenes.COLOURS if c != edit.focus["colour"]]
    if edit.kind == "time":
        return [edit.target] + [scenes.changed(edit.target, time=t) for t in scenes.TIMES if t != value]
    if edit.kind == "sky":
        return [edit.target] + [scenes.changed(edit.target, sky=s) for s in scenes.SKIES if f"{s} sky" != value]
    if edit.kind == "ground":
        return [edit.target] + [scenes.changed(edit.target, ground=g) for g in scenes.GROUNDS if g != value]
    if edit.kind == "back":
        return [edit.target] + [scenes.changed(edit.target, back=b) for b in scenes.BACKS if f"{b} behind" != value]
    if edit.kind == "weather":
        return [edit.target] + [scenes.changed(edit.target, weather=k) for k in scenes.WEATHERS if k != value]
    return [edit.target]


def right(made, sample, side):
    """Whether the detector sees what was asked for.

    Where the true answer differs from the input, the result must be nearer to the true answer than to the input (for
    removing and adding: less than half as far in squares), and nearer to it than to any other colour, time, ground …
    """
    region = sample.mask
    true, unchanged = distance(made, sample.after, region), distance(made, sample.before, region)
    if not true < unchanged * (0.5 if sample.kind in ("remove", "add") else 1.0):
        return False
    if sample.edit is None:
        return True
    return all(true <= distance(made, scenes.draw(s, side), region) for s in alternatives(sample.edit)[1:])


def scene_tests(kind, count, side, unseen=False):
    tests = []
    for k in range(count):
        rng, noise = random.Random(FIRST_SEED + k), np.random.default_rng(FIRST_SEED + k)
        sample = edits.sample(rng, noise, side, kind, crops=0.0, strange=0.0)
        while kind != "keep" and not sample.mask.any():  # "make the sky blue" of a blue sky tells nothing
            sample = edits.sample(rng, noise, side, kind, crops=0.0, strange=0.0)
        if unseen:
            sample.text = unseen_words(rng, sample.edit)
        tests.append(sample)
    return tests


def mask_tests(count, side):
    """Inpainting as the app does it: the window around a mask, and only the wanted thing in words."""
    tests = []
    for k in range(count):
        rng, noise = random.Random(FIRST_SEED + 10_000 + k), np.random.default_rng(k)
        sample = edits.sample(rng, noise, side, "add", crops=1.0, strange=0.0)
        thing = sample.edit.focus
        sample.text = wording.with_article(f"{thing['colour']} {thing['kind']}")
        sample.edit = None  # the alternatives would be whole scenes
        tests.append(sample)
    return tests


def photograph_tests(kind, photographs, side):
    """Drawn things in real photographs."""
    tests = []
    for k, photograph in enumerate(photographs):
        sample = edits.sample(random.Random(FIRST_SEED + 20_000 + k), np.random.default_rng(k), side, kind, crops=0.0, strange=0.0, backdrop=photograph)
        sample.edit = None
        tests.append(sample)
    return tests


def unseen_style_tests(photographs, side):
    """Every style once, in words never met, each on another photograph."""
    tests = []
    for k, name in enumerate(styles.STYLES):
        sample = edits.style_sample(random.Random(k), np.random.default_rng(k), side, name, base=photographs[k % len(photographs)])
        sample.text = random.Random(k).choice(UNSEEN["style"][name])
        tests.append(sample)
    return tests


def unseen_words(rng, edit):
    phrases = UNSEEN[edit.kind]
    if edit.focus is None:
        return rng.choice(phrases[edit.meaning["value"].removesuffix(" sky")])
    thing = edit.focus
    o, c = rng.choice(wording.WHOLE_WORDS[thing["kind"]]), rng.choice(wording.COLOUR_WORDS[thing["colour"]])
    return rng.choice(phrases).format(o=o, c=c, a=wording.with_article(f"{c} {o}"), p=rng.choice(wording.PLACE_WORDS[scenes.place_of(thing["x"])]))


def mean(values):
    return sum(values) / len(values) if len(values) else float("nan")


def shown(values):
    return f"{mean(values):.1f}" if len(values) else "–"


def row(name, tests, made, side, detector=True):
    inside = [pictures.psnr(o, t.after, t.mask) for o, t in zip(made, tests) if t.mask.any()]
    outside = [pictures.psnr(o, t.after, ~t.mask) for o, t in zip(made, tests) if (~t.mask).any()]
    base = [pictures.psnr(t.before, t.after, t.mask) for t in tests if t.mask.any()]
    whole, unchanged = ([pictures.psnr(p, t.after) for p, t in zip(ps, tests)] for ps in (made, [t.before for t in tests]))
    told = f"{100 * mean([right(o, t, side) for o, t in zip(made, tests)]):.0f} %" if detector else "–"
    print(f"| {name} | {len(tests)} | {told} | {shown(inside)} | {shown(base)} | {shown(outside)} | {shown(whole)} | {shown(unchanged)} |", flush=True)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--count", type=int, default=50, help="held-out scenes per instruction")
    options.add_argument("--steps", type=int, default=8)
    options.add_argument("--side", type=int, default=pictures.SIDE)
    options.add_argument("--exported", action="store_true", help="the folder is an exported checkpoint")
    options.add_argument("--analytic", action="store_true", help="with the analytic code instead of the codec")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--sheet", help="also write a sheet of before, result and truth")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.disable_progress_bar()
    pack, side = Pack(given.work, given.exported, given.analytic), given.side
    held, photographs = pictures.held_out_scenes(given.count, side, FIRST_SEED), pictures.photographs(side)
    print(f"Codec: {mean([pictures.psnr(a, b) for a, b in zip(pack.through_codec(held), held)]):.1f} dB on {len(held)} scenes, "
          f"{mean([pictures.psnr(a, b) for a, b in zip(pack.through_codec(photographs), photographs)]):.1f} dB on {len(photographs)} photographs\n")
    print("| instruction | n | right | inside dB | unchanged, inside | outside dB | whole dB | unchanged, whole |\n|---|---|---|---|---|---|---|---|")
    cells, labels = [], []
    for kind in edits.SHARES:
        if kind == "style":
            continue
        tests = scene_tests(kind, given.count, side)
        made = pack.edit([t.before for t in tests], [t.text for t in tests], given.steps)
        row(kind, tests, made, side, kind != "keep")
        if kind in UNSEEN:
            others = scene_tests(kind, given.count, side, unseen=True)
            row(f"{kind}, unseen wordings", others, pack.edit([t.before for t in others], [t.text for t in others], given.steps), side)
        cells += [np.concatenate([t.before, o, t.after], 1) for t, o in list(zip(tests, made))[:4]]
        labels += [t.text for t in tests[:4]]
    given_rows = [("add, the window of a mask", mask_tests(given.count, side))] + [(f"{kind}, things in photographs", photograph_tests(kind, photographs, side)) for kind in ("recolour", "remove", "add")]
    for name, tests in given_rows:
        made = pack.edit([t.before for t in tests], [t.text for t in tests], given.steps)
        row(name, tests, made, side)
        cells += [np.concatenate([t.before, o, t.after], 1) for t, o in list(zip(tests, made))[:4]]
        labels += [t.text for t in tests[:4]]
    for name in styles.STYLES:
        for where, sources in (("scenes", held[: max(8, given.count // 3)]), ("photographs", photographs)):
            rng, noise = random.Random(FIRST_SEED), np.random.default_rng(FIRST_SEED)
            tests = [edits.style_sample(rng, noise, side, name, base=p) for p in sources]
            if name == "background" and where == "scenes":
                for k, t in enumerate(tests):
                    scene = scenes.new_scene(random.Random(FIRST_SEED + k))
                    if scene["objects"]:
                        t.after = styles.apply(name, t.before, edits.sharp_mask(scene, side))
            made = pack.edit([t.before for t in tests], [t.text for t in tests], given.steps)
            row(f"{name}, {where}", tests, made, side, False)
            cells += [np.concatenate([t.before, o, t.after], 1) for t, o in list(zip(tests, made))[:2]]
            labels += [t.text for t in tests[:2]]
    tests = unseen_style_tests(photographs, side)
    row("all styles, unseen wordings, photographs", tests, pack.edit([t.before for t in tests], [t.text for t in tests], given.steps), side, False)
    tests = [edits.describe_sample(random.Random(FIRST_SEED + k), side) for k in range(given.count)]
    made = np.concatenate([pack.generate([t.text for t in tests[k : k + 16]], side, given.steps, k) for k in range(0, len(tests), 16)])
    hits, things = 0, 0
    for t, o in zip(tests, made):
        for thing in t.edit.target["objects"]:
            without = scenes.draw(scenes.changed(t.edit.target, objects=[x for x in t.edit.target["objects"] if x is not thing]), side)
            region = np.abs(without.astype(int) - t.after.astype(int)).sum(-1) > 24
            others = [scenes.draw(scenes.changed(t.edit.target, objects=[dict(x, colour=c) if x is thing else x for x in t.edit.target["objects"]]), side) for c in scenes.COLOURS if c != thing["colour"]]
            true = distance(o, t.after, region)
            hits += true < distance(o, without, region) and all(true <= distance(o, p, region) for p in others)
            things += 1
    print(f"\nCaptions: {100 * hits / max(1, things):.0f} % of {things} things there, in their place and colour; {mean([pictures.psnr(o, t.after) for o, t in zip(made, tests)]):.1f} dB to the drawn picture.")
    cells += [np.concatenate([o, o, t.after], 1) for t, o in list(zip(tests, made))[:8]]
    labels += [t.text for t in tests[:8]]
    if given.sheet:
        sheet.strip(cells, 4, labels).save(given.sheet)


if __name__ == "__main__":
    main()
