"""Comparing a fresh result folder with the one in the repository."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

TOLERANCE = 2e-5  # other processors sum in another order; the tests against these results allow far more


def report(fresh: Path, kept: Path) -> bool:
    """Compare file by file, print what differs and the largest difference; true if all is within tolerance."""
    names = {file.relative_to(root) for root in (fresh, kept) for file in root.rglob("*") if file.is_file()}
    worst, troubles = 0.0, []
    for name in sorted(names):
        a, b = fresh / name, kept / name
        if not (a.is_file() and b.is_file()):
            troubles.append(f"{name}: only in {'the repository' if b.is_file() else 'the fresh results'}")
            continue
        difference = _difference(a, b)
        worst = max(worst, difference)
        if difference > TOLERANCE:
            troubles.append(f"{name}: differs by {difference:g}")
    print("\n".join(troubles) if troubles else f"all {len(names)} files agree")
    print(f"largest difference {worst:.2e}")
    return not troubles


def _difference(a: Path, b: Path) -> float:
    """0 for equal files; for tensors and JSON the largest difference; one level of a picture counts as 1e-5."""
    if a.read_bytes() == b.read_bytes():
        return 0.0
    if a.suffix == ".safetensors":
        return _tensors(load_file(a), load_file(b))
    if a.suffix == ".json":
        return _values(json.loads(a.read_text()), json.loads(b.read_text()))
    if a.suffix == ".png":
        left, right = np.asarray(Image.open(a)).astype(int), np.asarray(Image.open(b)).astype(int)
        return float(np.abs(left - right).max()) * 1e-5 if left.shape == right.shape else float("inf")
    return float("inf")


def _tensors(left: dict, right: dict) -> float:
    if left.keys() != right.keys():
        return float("inf")
    worst = 0.0
    for key, value in left.items():
        other = right[key]
        if value.shape != other.shape or value.dtype != other.dtype:
            return float("inf")
        if value.numel():
            worst = max(worst, float((value.to(torch.float64) - other.to(torch.float64)).abs().max()))
    return worst


def _values(left, right) -> float:
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right)
    if type(left) is not type(right):
        return float("inf")
    if isinstance(left, dict):
        return max((_values(left[key], right[key]) for key in left), default=0.0) if left.keys() == right.keys() else float("inf")
    if isinstance(left, list):
        return max((_values(*pair) for pair in zip(left, right)), default=0.0) if len(left) == len(right) else float("inf")
    return 0.0 if left == right else float("inf")
