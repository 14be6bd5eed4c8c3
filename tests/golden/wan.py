#!/usr/bin/env python3
"""Makes the golden results of the Wan video family with the reference implementations.

    .venv/bin/python tests/golden/wan.py            # rewrite tests/golden/wan
    .venv/bin/python tests/golden/wan.py --check    # make everything anew and compare with what is there

Nothing is downloaded: the checkpoints are tiny, random, and made here. See README.md beside this file.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch

from lib import compare
from lib.checkpoints import quiet
from lib.files import write_json
from lib.wan import checkpoints, codec, runs, sampling, specs, tiny, tokens, transformer, umt5

HERE = Path(__file__).resolve().parent


def build(root: Path) -> None:
    """Write the whole result folder."""
    tokenizer, _, pieces = tokens.train()
    for checkpoint in specs.CHECKPOINTS:
        checkpoints.write_checkpoint(root, checkpoint, tokenizer, pieces)
    tokens.write_samples(root / "numbers" / "tokens.json", tokenizer)
    sampling.write(root / "numbers")
    blocks = root / "blocks"
    write_json(blocks / "about.json", dict(
        umt5=umt5.write(root, blocks / "umt5", tokenizer),
        transformer=transformer.write(root, blocks / "transformer"),
        codec=codec.write(root, blocks / "codec"),
    ))
    tiny.write(root / "tiny")
    runs.write(root, tokenizer)


def repeatable() -> None:
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(True, warn_only=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "wan", help="result folder")
    parser.add_argument("--check", action="store_true", help="compare with the result folder instead of writing it")
    options = parser.parse_args()
    quiet()
    repeatable()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="golden_") as scratch:
        fresh = Path(scratch) / "wan"
        build(fresh)
        if options.check:
            same = compare.report(fresh, options.out)
        else:
            same = True
            shutil.rmtree(options.out, ignore_errors=True)
            shutil.copytree(fresh, options.out)
    size = sum(file.stat().st_size for file in options.out.rglob("*") if file.is_file())
    print(f"{options.out}: {size / 1e6:.2f} MB, {time.monotonic() - started:.1f} s")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
