#!/usr/bin/env python3
"""Compares `rostrum` with diffusers on checkpoints, pictures and settings drawn at random.

    .venv/bin/pip install -r tests/golden/requirements.txt
    cargo build --release -p app
    .venv/bin/python tests/benches/parity_fuzz.py target/release/rostrum --count 30 --seed 1
    .venv/bin/python tests/benches/parity_fuzz.py target/release/rostrum --seed 1 --case 17 --keep /tmp/case

Everything is drawn: sizes of all models, number formats, shards, spellings of the settings files, schedules, pipelines,
picture files, prompts. Compared are the conditioning, the noise (to the bit), the latents after every step (2e-4, and in
proportion where they exceed 10), the picture as numbers (2e-4) and as bytes (one level). A run with a larger difference is
repeated in the reference alone with its weights changed in their last bit; where that moves the reference as far, the case is
ill-conditioned, is shown as such, and does not count as a failure. Exits with 1 if any does.
"""

import argparse
import dataclasses
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from lib import checkpoints, pipelines, seeded
from lib.cases import Case
from lib.specs import LIGHTNING_SCHEDULE, SCHEDULE, Checkpoint, CodecSpec, Stored, TextSpec, TransformerSpec
from lib.watch import recorded

LIMIT = 2e-4
PIPELINES = {  # checkpoint's class, pipeline's class
    "t2i": ("QwenImagePipeline", "QwenImagePipeline"), "img2img": ("QwenImagePipeline", "QwenImageImg2ImgPipeline"),
    "inpaint": ("QwenImagePipeline", "QwenImageInpaintPipeline"), "edit": ("QwenImageEditPipeline", "QwenImageEditPipeline"),
    "edit_inpaint": ("QwenImageEditPipeline", "QwenImageEditInpaintPipeline"),
    "edit_plus": ("QwenImageEditPlusPipeline", "QwenImageEditPlusPipeline"),
}
PROMPTS = [
    "a red balloon", "傍晚的天空，把灯笼换成红色的！", "naïve Straße — “quoted” 'single' \"double\"", "line one\nline two\n\n  tab\tend ",
    "emoji 😊👩\u200d🚀🇩🇪 done", "e\u0301 and é, ﬁ, ｗｉｄｅ １２", "braces {} {0} {prompt} %s \\n $HOME `x`", "-dash first", "العربية עברית हिन्दी ไทย 한국어",
    "turn the grey sky over the harbour into a warm evening sky, it's they'LL 3.14 " * 4, "a paper lantern above 1,234 boats; " * 60,
    " leading and trailing  ", "\u00a0non\u00a0breaking\u2003em\u200bzero", "<tool_call>x</tool_call> <|im_end", "!!!???...\n---\r\n***", "x",
]
NUMBERS, LONG_SIDES = ["bfloat16", "float16", "float32"], [(400, 50), (33, 77), (50, 400), (17, 19), (128, 128), (301, 211), (64, 64), (1000, 90), (5, 7)]


def thirds(dice: random.Random, whole: int) -> tuple[int, int, int]:
    first = dice.randint(1, whole - 2)
    second = dice.randint(1, whole - first - 1)
    return first, second, whole - first - second


def draw_transformer(dice: random.Random, name: str, text_width: int, plus: bool, channels: int) -> TransformerSpec:
    half = dice.choice([8, 8, 12, 16, 16, 20, 24, 32, 32, 40, 48, 64, dice.randint(8, 64)])
    axes = tuple(2 * part for part in thirds(dice, half))
    heads = dice.randint(1, min(6, max(1, 192 // half)))
    zero_cond_t, loud = plus and dice.random() < 0.6, dice.choice([1.0] * 5 + [30.0, 3000.0])
    return TransformerSpec(name, dice.randint(1, 4), heads, axes, text_width, zero_cond_t, channels, loud)


def draw_text(dice: random.Random, name: str) -> TextSpec:
    size = dice.choice([8, 12, 16, 16, 20, 24, 32, 64, 128])
    key_heads = dice.randint(1, 3)
    heads = key_heads * dice.randint(1, max(1, min(4, 256 // size // key_heads)))
    vision_size, vision_heads, depth = dice.choice([8, 12, 16, 20, 40, 80]), dice.randint(1, 3), dice.randint(1, 5)
    patch = dice.choice([14] * 5 + [10, 16])
    return TextSpec(
        name, width=heads * size, mlp=dice.randint(8, 160), layers=dice.randint(1, 4), heads=heads, key_heads=key_heads,
        sections=thirds(dice, size // 2), vision_width=vision_size * vision_heads, vision_heads=vision_heads,
        vision_mlp=dice.randint(8, 120), vision_depth=depth, window=2 * patch * dice.randint(1, 7) + dice.choice([0, 0, 5]),
        full_blocks=tuple(n for n in range(depth) if dice.random() < 0.35), tied=dice.random() < 0.6,
        epsilon=dice.choice([1e-6, 1e-6, 1e-5]), theta=dice.choice([1e6, 1e6, 1e4]), patch=patch,
    )


def draw_codec(dice: random.Random, name: str, channels: int) -> CodecSpec:
    published = (1, 2, 4, 4)
    multiples = dice.choice([published] * 5 + [(1, 2, 2, 4), (1, 1, 2, 2), (2, 2, 4, 4), (1, 2, 4, 8), (1, 3, 4, 5), (1, 2, 4), (1, 1, 2, 2, 4)])
    # One or two channels anywhere are ill-conditioned: see "What to know about the reference" in tests/golden/README.md.
    base = dice.choice([n for n in range(3, 9) if all(n * m // 2 >= 3 for m in multiples[1:])])
    moments = (tuple(dice.gauss(0, 0.7) for _ in range(channels)), tuple(dice.uniform(0.4, 3.5) for _ in range(channels)))
    moments = None if channels == 16 and dice.random() < 0.3 else moments
    return CodecSpec(name, base, dice.randint(1, 3), multiples, tuple(dice.random() < 0.5 for _ in multiples[1:]), channels, moments)


def draw_schedule(dice: random.Random) -> dict:
    drawn = dict(SCHEDULE, shift_terminal=dice.choice([None, 0.02, 0.1]))
    dynamic = dict(drawn, base_shift=dice.uniform(0.2, 0.8), max_shift=dice.uniform(0.9, 1.6))
    constant, linear = dict(drawn, use_dynamic_shifting=False, shift=dice.choice([1.0, 3.0, 2.5])), dict(drawn, time_shift_type="linear")
    return dice.choice([SCHEDULE, SCHEDULE, LIGHTNING_SCHEDULE, dynamic, constant, linear, dict(dynamic, num_train_timesteps=500)])


def draw_checkpoint(dice: random.Random, folder: str, pipeline: str) -> Checkpoint:
    text, channels = draw_text(dice, f"text of {folder}"), dice.choice([16] * 9 + [8])
    shard = lambda: dice.choice([None, None, "60KB", "300KB"])
    return Checkpoint(
        folder, pipeline, draw_transformer(dice, f"transformer of {folder}", text.width, "Plus" in pipeline, channels), text,
        draw_codec(dice, f"codec of {folder}", channels), draw_schedule(dice), flat_text_config=dice.random() < 0.5,
        stored={part: Stored(dice.choice(NUMBERS), shard()) for part in ("transformer", "text_encoder", "vae")},
    )


def has_area(size: tuple[int, int], area: int, exactly: tuple[int, int] | None = None) -> bool:
    """Whether the reference can bring a picture of this size to the area: no side rounds to nothing."""
    wide = math.sqrt(area * size[0] / size[1])
    sides = round(wide / 32) * 32, round(wide * size[1] / size[0] / 32) * 32
    return min(sides) > 0 and (exactly is None or sides == exactly)


def draw_case(dice: random.Random, kind: str, name: str, checkpoint: Checkpoint) -> Case:
    edits, masked = kind.startswith("edit"), "inpaint" in kind
    step = 32 if kind == "edit_inpaint" or len(checkpoint.codec.dim_mult) > 4 else 16
    while True:
        width, height = step * dice.randint(1, 160 // step), step * dice.randint(1, 96 // step)
        count = 0 if kind == "t2i" else dice.choice([1, 1, 2, 2, 3, 4]) if kind == "edit_plus" else 1
        pictures = [dice.choice([(width, height), dice.choice(LONG_SIDES), (dice.randint(9, 200), dice.randint(9, 200))]) for _ in range(count)]
        if not edits or all(has_area(size, width * height, (width, height) if masked else None) for size in pictures):
            break
    fewest = 2 if checkpoint.schedule["shift_terminal"] else 1  # one step with a terminal sigma is 0/0 in the reference
    strength = dice.choice([0.1, 0.25, 0.3, 0.5, 0.6, 0.7, 0.8, 0.99, 1.0]) if kind in ("img2img", "inpaint", "edit_inpaint") else None
    return Case(
        name, PIPELINES[kind][1], name, dice.choice(PROMPTS), width, height, dice.randint(fewest, 8),
        dice.choice([0, 1, dice.getrandbits(31), 2**32, 2**32 + dice.getrandbits(16), dice.getrandbits(63)]),
        dice.choice([1.0, 1.5, 4.0, 4.0, 10.0]), dice.choice([None, None, "", "blurry, low quality", "低分辨率，低画质", dice.choice(PROMPTS)]),
        strength, tuple(pictures), ((dice.uniform(0.2, 0.8), dice.uniform(0.2, 0.8)), dice.uniform(0.15, 0.45)) if masked else None,
    )


def save_picture(dice: random.Random, image: Image.Image, path: Path) -> Image.Image:
    """Writes a picture in some mode and returns what the reference is to see of it: RGB over white."""
    mode = dice.choice(["RGB", "RGB", "RGB", "RGBA", "LA", "L", "P", "I;16"])
    if mode == "I;16":
        Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 256 + dice.randint(0, 255)).save(path)
        return image.convert("L").convert("RGB")  # the upper byte; Pillow's own conversion saturates
    image = image.quantize(32) if mode == "P" else image.convert(mode)
    if mode.endswith("A"):
        image.putalpha(seeded.picture(path.name, *image.size).convert("L"))
    image.save(path)
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")


def draw_mask(dice: random.Random, case: Case) -> Image.Image:
    mask = seeded.mask(*case.pictures[0], *case.mask)
    if dice.random() < 0.4:  # soft: grey at its edge
        mask = mask.resize((max(1, mask.width // 3), max(1, mask.height // 3))).resize(mask.size, Image.Resampling.BICUBIC)
    mask.putpixel((0, 0), 255)
    return mask


def respell(dice: random.Random, folder: Path) -> None:
    """Sometimes changes what the processor allows, or lets the pipeline write its folder anew as diffusers does."""
    settings = folder / "processor" / "preprocessor_config.json"
    if settings.exists() and dice.random() < 0.4:
        least, most = dice.choice([(3136, 40000), (200000, 400000)])
        areas = dict(min_pixels=least, max_pixels=most, size=dict(shortest_edge=least, longest_edge=most))
        settings.write_text(json.dumps(json.loads(settings.read_text()) | areas))
    if dice.random() < 0.3:
        pipeline = checkpoints.open_pipeline(folder)
        pipeline.to(getattr(torch, dice.choice(NUMBERS))).save_pretrained(folder.with_name("anew"), max_shard_size=dice.choice(["10GB", "100KB"]))
        shutil.rmtree(folder)
        folder.with_name("anew").rename(folder)
        checkpoints.open_pipeline.cache_clear()


def reference(folder: Path, case: Case, pictures: list, mask) -> dict:
    """Runs diffusers and returns what is compared."""
    pipeline, latents = checkpoints.open_pipeline(folder / case.model, case.pipeline), []
    place = sys.modules[type(pipeline).__module__]
    unpack = lambda tokens: pipeline._unpack_latents(tokens, case.height, case.width, pipeline.vae_scale_factor)[0]
    on_step = lambda _pipeline, _step, _timestep, values: latents.append(unpack(values["latents"]).clone()) or {}
    with recorded((place, "randn_tensor")) as noise, recorded((pipeline, "encode_prompt")) as prompts:
        image = pipelines.call(pipeline, case, pictures, mask, on_step)
    stages = dict(conditioning=prompts[0][0][0], noise=noise[0][0].transpose(0, 1), image=torch.from_numpy(image[0]))
    return stages | {f"latents_{step:04}": value for step, value in enumerate(latents)}


def rostrum(options: argparse.Namespace, folder: Path, case: Case) -> dict:
    """Runs the program and returns the same stages from its dump, and the finished picture."""
    words = [str(options.rostrum.resolve()), *case.command(), "--device", options.device, "--json", "--dump", "dump", "-o", "out.png"]
    words += ["--no-register"] if case.pictures else []
    words += ["--grow", "0", "--feather", "0", "--context", "1000000"] if case.mask else []
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.strip()[-400:] or done.stdout.strip()[-400:]}")
    told = {event.get("event"): event for event in map(json.loads, done.stdout.splitlines())}
    for peak, planned in (("peak_rss", "ram_bytes"), ("peak_vram", "vram_bytes")):
        if told["finished"][peak] > told["planned"][planned]:
            raise RuntimeError(f"{peak} {told['finished'][peak] >> 20} MiB, planned {told['planned'][planned] >> 20} MiB")
    stages = {file.stem: load_file(file)[file.stem] for file in (folder / "dump").glob("*.safetensors")}
    stages["image"] = (stages["image"] / 2 + 0.5).clamp(0, 1)
    return stages | dict(finished=np.asarray(Image.open(folder / "out.png").convert("RGB")))


def differences(ours: dict, theirs: dict) -> dict:
    """Largest difference by kind of stage, in units of what is allowed."""
    worst = dict(conditioning=0.0, noise=0.0, latents=0.0, image=0.0)
    for key, value in theirs.items():
        if ours[key].shape != value.shape:
            raise RuntimeError(f"{key} has shape {tuple(ours[key].shape)}, the reference {tuple(value.shape)}")
        off = float((ours[key].double() - value.double()).abs().max())
        kind, allowed = key.split("_")[0], LIMIT * max(1.0, float(value.abs().max()) / 10)
        worst[kind] = max(worst[kind], math.inf if not math.isfinite(off) or (kind == "noise" and off) else off / allowed)
    return worst


def sensitivity(folder: Path, case: Case, pictures: list, mask, theirs: dict) -> float:
    """How far the reference moves, in units of what is allowed, when every weight changes in its last bit."""
    pipeline, moved = checkpoints.open_pipeline(folder / case.model, case.pipeline), 0.0
    for seed in range(3):
        source = torch.Generator().manual_seed(seed)
        kept = [(p, p.data.clone()) for part in (pipeline.transformer, pipeline.text_encoder, pipeline.vae) for p in part.parameters()]
        for parameter, value in kept:
            parameter.data.mul_(1 + 2.0**-24 * torch.randn(value.shape, generator=source).clamp(-2, 2))
        moved = max(moved, *differences(reference(folder, case, pictures, mask), theirs).values())
        for parameter, value in kept:
            parameter.data.copy_(value)
    return moved


def run_case(options: argparse.Namespace, index: int, folder: Path) -> dict:
    dice, name = random.Random(f"{options.seed}:{index}"), f"case_{index}"
    kind = dice.choice(options.only or list(PIPELINES))
    checkpoint = draw_checkpoint(dice, name, PIPELINES[kind][0])
    case = draw_case(dice, kind, name, checkpoint)
    row = dict(index=index, kind=kind, levels=0, moved=0.0, trouble="", case=case, worst={})
    checkpoints.write_checkpoint(folder, checkpoint)
    respell(dice, folder / name)
    place = folder / "runs" / name
    place.mkdir(parents=True)
    pictures = [save_picture(dice, seeded.picture(f"{name} {n}", *size), place / case.picture_names()[n]) for n, size in enumerate(case.pictures)]
    mask = draw_mask(dice, case) if case.mask else None
    if mask:
        mask.save(place / "mask.png")
    (folder / "about.json").write_text(json.dumps([dataclasses.asdict(checkpoint), dataclasses.asdict(case), case.command()], indent=1))
    theirs = reference(folder, case, pictures, mask)
    try:
        row["worst"] = differences(ours := rostrum(options, folder, case), theirs)
    except (RuntimeError, KeyError, subprocess.TimeoutExpired) as error:
        return row | dict(trouble=str(error))
    if not case.mask:
        row["levels"] = int(np.abs((theirs["image"].numpy() * 255).round() - ours["finished"]).max())
    if max(row["worst"].values()) > 1 or row["levels"] > 1:
        row["moved"] = sensitivity(folder, case, pictures, mask, theirs)
        row["trouble"] = "" if row["moved"] * 4 > max(row["worst"].values()) else "differs"
    return row


def line(row: dict) -> str:
    case, worst = row["case"], row["worst"]
    numbers = " ".join(f"{worst.get(key, math.nan) * LIMIT:9.1e}" for key in ("conditioning", "latents", "image"))
    said = row["trouble"] or ("ill-conditioned" if row["moved"] else "")
    said += f" (reference moves {row['moved'] * LIMIT:.1e})" if row["moved"] else ""
    return f"{row['index']:5} {row['kind']:12} {case.width:3}x{case.height:<3} {case.steps:2} steps {numbers} {row['levels']:3}  {said}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rostrum", type=Path, help="the program")
    for name, usual in (("--count", 30), ("--seed", 1), ("--first", 0)):
        parser.add_argument(name, type=int, default=usual, help="default %(default)s")
    parser.add_argument("--case", type=int, help="run this case alone")
    parser.add_argument("--only", choices=PIPELINES, nargs="+", help="these pipelines alone (other cases than without)")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--keep", type=Path, help="keep checkpoints, pictures and dumps of failed cases (of --case: always) here")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    checkpoints.quiet()
    head, rows = f"{'case':>5} {'pipeline':12} {'size':7} {'':8} conditio.   latents     image lev.", []
    print(head, flush=True)
    for index in range(options.first, options.first + options.count) if options.case is None else [options.case]:
        folder = Path(tempfile.mkdtemp(prefix="rostrum_fuzz_"))
        rows.append(run_case(options, index, folder))
        print(line(rows[-1]), flush=True)
        if options.keep and (rows[-1]["trouble"] or options.case is not None):
            shutil.copytree(folder, options.keep / f"case_{index}", dirs_exist_ok=True)
        shutil.rmtree(folder)
        checkpoints.open_pipeline.cache_clear()
    failed = [row for row in rows if row["trouble"]]
    ranked = sorted((row for row in rows if row["worst"]), key=lambda row: max(row["worst"].values()), reverse=True)
    print(f"\nworst of {len(rows)} cases on {options.device} (absolute, over the size of the values where that exceeds 10)\n{head}")
    print(*map(line, ranked[:8]), sep="\n")
    print(f"{dict(Counter(row['kind'] for row in rows))}, {sum(row['moved'] > 0 for row in rows)} compared with the reference moved, {len(failed)} failed {[row['index'] for row in failed]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
