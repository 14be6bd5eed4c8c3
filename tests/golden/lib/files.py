"""Writing results: plain safetensors, JSON and PNG, in a stable order."""

import json
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file

_STORED_AS = {torch.bool: torch.uint8, torch.float64: torch.float32, torch.int64: torch.int32}


def write_tensors(path: Path, tensors: dict) -> None:
    """Write tensors by name; booleans become u8, 64-bit numbers become 32-bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {}
    for key in sorted(tensors):
        value = torch.as_tensor(tensors[key]).detach()
        plain[key] = value.to(_STORED_AS.get(value.dtype, value.dtype)).clone().contiguous()
    save_file(plain, path)


def write_json(path: Path, value) -> None:
    """Write JSON, two levels indented, deeper ones on one line (lists of numbers stay short to look at)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_layout(value, 2) + "\n", encoding="utf-8")


def _layout(value, levels: int, indent: str = "") -> str:
    if levels == 0 or not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(k, ensure_ascii=False)}: {_layout(v, levels - 1, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    rows = [inner + _layout(item, levels - 1, inner) for item in value]
    return "[\n" + ",\n".join(rows) + f"\n{indent}]"


def write_picture(path: Path, image: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)
