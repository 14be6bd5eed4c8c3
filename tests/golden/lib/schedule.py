"""Golden numbers without a model: schedules, sizes, start steps, and torch's noise."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, QwenImageImg2ImgPipeline
from diffusers.pipelines.qwenimage.pipeline_qwenimage import calculate_shift
from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import calculate_dimensions
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

from .files import write_json, write_tensors
from .specs import LIGHTNING_SCHEDULE, SCHEDULE

STEPS_AND_TOKENS = [
    (2, 1), (2, 4096), (3, 24), (3, 6889), (4, 4096), (4, 6032), (5, 15), (6, 256), (7, 1024), (8, 4096), (8, 8192),
    (10, 3600), (13, 77), (20, 6889), (28, 4096), (40, 4096), (50, 4096), (50, 16384),
]
STRENGTHS = [(5, 0.6), (5, 0.8), (5, 1.0), (5, 0.2), (4, 0.3), (10, 0.3), (10, 0.7), (20, 0.35), (50, 0.29), (3, 0.34), (8, 0.999), (7, 0.5)]
SIZES = [
    (1024, 1024), (1664, 928), (928, 1664), (512, 768), (1920, 1080), (333, 777), (4000, 300), (97, 150), (3024, 4032),
    (120, 90), (70, 100), (64, 64), (1, 1), (17, 1000), (8000, 6000),
]
AREAS = [(1024, 1024), (384, 384), (96, 64), (160, 112), (512, 512)]
NOISE = [(0, 16), (0, 24), (1, 1536), (42, 64), (1234, 640), (2**32 - 1, 32), (2**32 + 7, 32), (123456789012345, 48)]


def write(target: Path) -> None:
    write_json(target / "schedule.json", dict(settings=dict(base=SCHEDULE, lightning=LIGHTNING_SCHEDULE), cases=[
        case for name, settings in (("base", SCHEDULE), ("lightning", LIGHTNING_SCHEDULE))
        for case in _schedules(name, settings)
    ], start_steps=_start_steps()))
    write_json(target / "sizes.json", [_sizes(*size) for size in SIZES])
    noise = {}
    for seed, count in NOISE:
        noise[f"seed_{seed}_count_{count}"] = torch.randn(count, generator=torch.Generator().manual_seed(seed))
    source = torch.Generator().manual_seed(77)  # one generator, several draws: each begins where the last one ended
    for draw, count in enumerate((96, 48, 20, 7, 16)):
        noise[f"seed_77_draw_{draw}_count_{count}"] = torch.randn(count, generator=source)
    write_tensors(target / "noise.safetensors", noise)


def _scheduler(settings: dict, steps: int, tokens: int) -> tuple[FlowMatchEulerDiscreteScheduler, float]:
    mu = calculate_shift(
        tokens, settings["base_image_seq_len"], settings["max_image_seq_len"], settings["base_shift"], settings["max_shift"]
    )
    scheduler = FlowMatchEulerDiscreteScheduler(**settings)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu)
    return scheduler, mu


def _schedules(name: str, settings: dict):
    # One step divides zero by zero in the stretch to the last sigma, so it has a result only without it.
    pairs = STEPS_AND_TOKENS if settings["shift_terminal"] else [(1, 4096), *STEPS_AND_TOKENS]
    for steps, tokens in pairs:
        scheduler, mu = _scheduler(settings, steps, tokens)
        yield dict(
            settings=name, steps=steps, tokens=tokens, mu=mu, sigmas=scheduler.sigmas.tolist(),
            timesteps=scheduler.timesteps.tolist(),
        )


def _start_steps() -> list:
    """How many of the steps a denoise strength leaves out."""
    rows = []
    for steps, strength in STRENGTHS:
        scheduler, _ = _scheduler(SCHEDULE, steps, 256)
        owner = SimpleNamespace(scheduler=scheduler)
        left = QwenImageImg2ImgPipeline.get_timesteps(owner, steps, strength, "cpu")[1]
        rows.append(dict(steps=steps, strength=strength, start=steps - left))
    return rows


def _sizes(width: int, height: int) -> dict:
    """Codec and vision sizes [width, height] of a picture for several areas; null where the reference has no answer."""
    rows = []
    for area in AREAS:
        inner = [int(side) for side in calculate_dimensions(area[0] * area[1], width / height)]
        try:
            seen = smart_resize(inner[1], inner[0], factor=28, min_pixels=3136, max_pixels=12845056)
            rows.append(dict(area=area, codec=inner, vision=[seen[1], seen[0]], vision_tokens=seen[0] * seen[1] // 784))
        except (ValueError, ZeroDivisionError):
            rows.append(dict(area=area, codec=inner, vision=None, vision_tokens=None))
    return dict(width=width, height=height, areas=rows)
