#!/usr/bin/env python3
"""Times `rostrum` and diffusers in turn on the same checkpoint, picture and seed, on the same processor cores.

    .venv/bin/pip install -r tests/golden/requirements.txt
    cargo build --release -p app
    .venv/bin/python tests/benches/compare_diffusers.py target/release/rostrum
    .venv/bin/python tests/benches/compare_diffusers.py target/release/rostrum --task generate --size 512x512

The checkpoint is of medium size, random, float32, and made in a temporary folder (keep it with --folder).
Each run is a process of its own, the two programs alternate, and medians are compared. What is timed:

* diffusers: the pipeline call, in a process that has the model in memory already;
* Rostrum: `seconds` of its last JSON line, which runs from taking the job to the finished picture. Opening
  the model is part of it, so the time without the stage `opening` is printed as well;
* for both, the whole process from start to end.

Exits with 1 if the pictures differ by more than one level, or the ratio is above --limit.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "golden"))

PROMPT = "turn the grey sky over the harbour into a warm evening sky"
TASKS = {"edit": ("edit_plus", "QwenImageEditPlusPipeline"), "generate": ("generate", "QwenImagePipeline")}


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rostrum", type=Path, help="the program to measure")
    parser.add_argument("--task", choices=TASKS, default="edit")
    parser.add_argument("--size", default="256x256", help="width x height of the result (default %(default)s)")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each program (default %(default)s)")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)), help="processor cores for both")
    parser.add_argument("--layers", type=int, default=14, help="transformer blocks")
    parser.add_argument("--heads", type=int, default=8, help="heads of 64 channels in the transformer")
    parser.add_argument("--codec-base", type=int, default=48, help="channels of the codec at full size")
    parser.add_argument("--device", default="cpu", help="Rostrum's device")
    parser.add_argument("--warm", action="store_true", help="let diffusers run once before it is timed")
    parser.add_argument("--limit", type=float, help="largest ratio of the medians that passes")
    parser.add_argument("--folder", type=Path, help="keep checkpoint and pictures here, and reuse a checkpoint found")
    parser.add_argument("--diffusers-child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.width, options.height = (int(side) for side in options.size.split("x"))
    return options


def the_case(options: argparse.Namespace):
    from lib.cases import Case

    model, pipeline = TASKS[options.task]
    pictures = ((options.width, options.height),) if options.task == "edit" else ()
    return Case(
        "bench", pipeline, model, PROMPT, options.width, options.height, steps=options.steps, seed=options.seed,
        guidance=options.guidance, pictures=pictures,
    )


def write_checkpoint(folder: Path, options: argparse.Namespace) -> None:
    """The medium checkpoint: most of the work in the transformer and the codec, as in the real model."""
    from lib import checkpoints
    from lib.specs import Checkpoint, CodecSpec, Stored, TextSpec, TransformerSpec

    model, pipeline = TASKS[options.task]
    checkpoints.quiet()
    stored = {part: Stored("float32") for part in ("transformer", "text_encoder", "vae")}
    checkpoints.write_checkpoint(folder, Checkpoint(
        model, pipeline, stored=stored,
        transformer=TransformerSpec("bench transformer", options.layers, options.heads, (16, 24, 24), text_width=256),
        text=TextSpec(
            "bench text", width=256, mlp=640, layers=4, heads=8, key_heads=2, sections=(4, 6, 6), vision_width=160,
            vision_heads=4, vision_mlp=320, vision_depth=4, window=112, full_blocks=(1, 3),
        ),
        codec=CodecSpec("bench codec", base=options.codec_base),
    ))


def run_diffusers_here(options: argparse.Namespace) -> None:
    """The child process: load, call, save, and tell the time as one line of JSON."""
    import torch

    from lib import checkpoints, pipelines, seeded

    torch.set_num_threads(options.cores)
    torch.set_grad_enabled(False)
    checkpoints.quiet()
    case = the_case(options)
    began = time.perf_counter()
    pipeline = checkpoints.open_pipeline(options.folder / case.model, case.pipeline)
    loaded = time.perf_counter()
    pictures = [seeded.picture("bench", *size) for size in case.pictures]
    if options.warm:
        pipelines.call(pipeline, case, pictures)
    called = time.perf_counter()
    image = pipelines.call(pipeline, case, pictures)
    seconds = time.perf_counter() - called
    pipeline.image_processor.numpy_to_pil(image)[0].save(options.folder / "diffusers.png")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(dict(seconds=seconds, loading=loaded - began, peak_rss=peak)))


def time_diffusers(options: argparse.Namespace, environment: dict) -> dict:
    began = time.perf_counter()
    words = [sys.executable, __file__, *sys.argv[1:], "--diffusers-child", "--folder", str(options.folder)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    whole = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"diffusers failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1]) | dict(whole=whole)


def time_rostrum(options: argparse.Namespace, environment: dict) -> dict:
    case = the_case(options)
    words = [str(options.rostrum.resolve()), *case.command(), "--device", options.device, "--json", "-o", "rostrum.png"]
    words[words.index("--model") + 1] = str(options.folder / case.model)
    if case.pictures:
        words[words.index("--image") + 1] = "source.png"
        words.append("--no-register")
    began = time.perf_counter()
    complaints = options.folder / "rostrum.log"
    with complaints.open("w") as log:
        child = subprocess.Popen(words, env=environment, cwd=options.folder, stdout=subprocess.PIPE, stderr=log, text=True)
        events = [(time.perf_counter() - began, json.loads(line)) for line in child.stdout if line.startswith("{")]
        status = child.wait()
    whole = time.perf_counter() - began
    last = next((event for _, event in reversed(events) if event.get("event") == "finished"), None)
    if status or last is None:
        sys.exit(f"rostrum ended with status {status}:\n{complaints.read_text()[-3000:]}\n{' '.join(words)}")
    seconds = float(last["seconds"])
    return dict(seconds=seconds, loading=opening(events), peak_rss=last.get("peak_rss"), whole=whole)


def opening(events: list) -> float:
    """Seconds between the first sign of the stage `opening` and the next other stage, as the lines arrived."""
    stages = [(moment, event.get("stage")) for moment, event in events if event.get("event") == "stage"]
    starts = [moment for moment, stage in stages if stage == "opening"]
    ends = [moment for moment, stage in stages if stage != "opening"]
    return ends[0] - starts[0] if starts and ends and ends[0] > starts[0] else 0.0


def furthest_levels(folder: Path) -> int:
    """Largest difference between the two pictures, in levels of 255."""
    import numpy as np
    from PIL import Image

    pictures = [np.asarray(Image.open(folder / name).convert("RGB")).astype(int) for name in ("diffusers.png", "rostrum.png")]
    if pictures[0].shape != pictures[1].shape:
        sys.exit(f"the pictures differ in size: {pictures[0].shape} and {pictures[1].shape}")
    return int(np.abs(pictures[0] - pictures[1]).max())


def compare(options: argparse.Namespace) -> int:
    from lib import seeded

    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    threads = {name: str(options.cores) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
    environment = os.environ | threads
    if not (options.folder / TASKS[options.task][0] / "model_index.json").is_file():
        write_checkpoint(options.folder, options)
    seeded.picture("bench", options.width, options.height).save(options.folder / "source.png")

    rows = {"diffusers": [], "rostrum": []}
    for turn in range(options.repeats):
        for name, measure in (("diffusers", time_diffusers), ("rostrum", time_rostrum)):
            rows[name].append(measure(options, environment))
            row = rows[name][-1]
            print(f"{turn + 1:3} {name:10} {row['seconds']:8.2f} s   whole process {row['whole']:8.2f} s", flush=True)

    ratio = print_table(rows, options)
    levels = furthest_levels(options.folder)
    print(f"pictures differ by at most {levels} of 255")
    return 0 if levels <= 1 and (options.limit is None or ratio <= options.limit) else 1


def print_table(rows: dict, options: argparse.Namespace) -> float:
    """Medians and ratios; returns the ratio of the job times."""
    middle = {name: {key: statistics.median(row[key] or 0 for row in runs) for key in runs[0]} for name, runs in rows.items()}
    theirs, ours = middle["diffusers"], middle["rostrum"]
    print(
        f"\n{options.task} {options.size}, {options.steps} steps, guidance {options.guidance:g}, {options.cores} cores, "
        f"median of {options.repeats}\n{'':28}{'diffusers':>12}{'rostrum':>12}{'ratio':>8}"
    )
    parts = [
        ("job", theirs["seconds"], ours["seconds"]),
        ("job without opening", theirs["seconds"], ours["seconds"] - ours["loading"]),
        ("opening the model", theirs["loading"], ours["loading"]),
        ("whole process", theirs["whole"], ours["whole"]),
    ]
    for label, left, right in parts:
        print(f"{label:28}{left:10.2f} s{right:10.2f} s{right / left:8.2f}")
    print(f"{'most memory':28}{theirs['peak_rss'] / 2**20:8.0f} MiB{ours['peak_rss'] / 2**20:8.0f} MiB")
    return ours["seconds"] / theirs["seconds"]


def main() -> int:
    options = read_options()
    if options.diffusers_child:
        run_diffusers_here(options)
        return 0
    if not options.rostrum.is_file():
        sys.exit(f"{options.rostrum}: no such program")
    if options.folder:
        options.folder = options.folder.resolve()
        options.folder.mkdir(parents=True, exist_ok=True)
        return compare(options)
    with tempfile.TemporaryDirectory(prefix="rostrum_bench_") as scratch:
        options.folder = Path(scratch)
        return compare(options)


if __name__ == "__main__":
    sys.exit(main())
