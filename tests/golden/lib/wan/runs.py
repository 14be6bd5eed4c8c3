"""Golden runs of whole pipelines, float32 on the CPU, with torch's own noise from the seed.

Where diffusers has a pipeline for the wish, it runs as it is. A clip that goes on from several known frames, and a clip from a
clip with two experts, have none: there the nearest pipeline runs with its starting point replaced, by the same rules.
"""

from pathlib import Path

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, WanImageToVideoPipeline, WanPipeline, WanVideoToVideoPipeline
from PIL import Image

from .. import seeded
from ..files import write_json, write_picture, write_tensors
from ..watch import replaced
from .cases import CASES, Case
from .checkpoints import opened
from .sampling import GivenDpm, GivenEuler, GivenUniPC, dpmpp, shifted, unipc
from .specs import CHECKPOINTS, NEGATIVE

CHECKPOINT = {checkpoint.folder: checkpoint for checkpoint in CHECKPOINTS}


def write(root: Path, tokenizer) -> None:
    write_json(root / "runs" / "cases.json", [_write_case(root, case, tokenizer) for case in CASES])


def _pictures(folder: Path, name: str, size: tuple[int, int], count: int) -> list[Image.Image]:
    images = [seeded.picture(f"{folder.name} {name} {n}", *size) for n in range(count)]
    for n, image in enumerate(images):
        write_picture(folder / (f"{name}.png" if count == 1 else f"{name}_{n:02}.png"), image)
    return images


def _scheduler(case: Case):
    kinds = {"unipc": (GivenUniPC, unipc(case.shift)), "dpmpp": (GivenDpm, dpmpp(case.shift)),
             "euler": (GivenEuler, FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000))}
    kind, plain = kinds[case.sampler]
    sigmas = case.sigmas or shifted(case.schedule, case.steps, case.shift)
    start = 0
    if case.strength is not None:
        start = case.steps - min(int(case.steps * case.strength), case.steps)
    own = {"unipc": "diffusers", "dpmpp": "wan"}.get(case.sampler)
    if case.schedule == own and not case.sigmas and start == 0:
        return plain, 0
    return kind(**dict(plain.config)).give(sigmas[start:], whole=case.schedule != "linear"), start


def _pipeline(root: Path, case: Case, tokenizer, kind, scheduler):
    checkpoint, folder = CHECKPOINT[case.model], root / case.model
    parts = dict(tokenizer=tokenizer, text_encoder=opened(folder, "text_encoder"), vae=opened(folder, "vae"), scheduler=scheduler)
    if kind is WanVideoToVideoPipeline:
        return kind(**parts, transformer=opened(folder, "transformer_2"))
    parts["transformer"] = opened(folder, "transformer")
    if checkpoint.boundary is not None:
        parts |= dict(transformer_2=opened(folder, "transformer_2"), boundary_ratio=checkpoint.boundary)
    return kind(**parts, expand_timesteps=checkpoint.expand_timesteps)


def _normalised(codec, clip: torch.Tensor) -> torch.Tensor:
    shape = (1, -1, 1, 1, 1)
    mean = torch.tensor(codec.config.latents_mean).view(shape)
    deviation = 1.0 / torch.tensor(codec.config.latents_std).view(shape)
    return (codec.encode(clip).latent_dist.mode() - mean) * deviation


def _known_start(pipe, case: Case, frames: list[Image.Image]):
    """A `prepare_latents` for a clip whose first `known` frames are given."""
    signed = pipe.video_processor.preprocess_video(frames[-case.known:], height=case.height, width=case.width)
    blank = torch.zeros(1, 3, case.frames - case.known, case.height, case.width)
    scale, count = pipe.vae.config.scale_factor_spatial, (case.frames - 1) // 4 + 1
    rows, columns = case.height // scale, case.width // scale

    def prepare(*_args, **_kwargs):
        noise = _args[9] if _args[9] is not None else None
        assert noise is not None
        mask = torch.ones(1, 1, case.frames, rows, columns)
        if CHECKPOINT[case.model].expand_timesteps:
            clean = _normalised(pipe.vae, signed)
            known = clean.shape[2]
            condition = torch.cat([clean, torch.zeros(1, clean.shape[1], count - known, rows, columns)], 2)
            free = torch.ones(1, 1, count, rows, columns)
            free[:, :, :known] = 0
            return noise, condition, free
        mask[:, :, case.known:] = 0
        mask = torch.cat([mask[:, :, :1].repeat_interleave(4, 2), mask[:, :, 1:]], 2).view(1, count, 4, rows, columns).transpose(1, 2)
        return noise, torch.cat([mask, _normalised(pipe.vae, torch.cat([signed, blank], 2))], 1)

    return prepare


def _write_case(root: Path, case: Case, tokenizer) -> dict:
    folder = root / "runs" / case.name
    scheduler, start = _scheduler(case)
    alone = case.strength is not None and case.name == "v2v_low_expert"
    if alone:
        scheduler, kind = unipc(case.shift), WanVideoToVideoPipeline
    else:
        kind = WanImageToVideoPipeline if case.first or case.known else WanPipeline
    pipe = _pipeline(root, case, tokenizer, kind, scheduler)
    pipe.set_progress_bar_config(disable=True)
    wish, stages = dict(prompt=case.prompt, num_inference_steps=case.steps, guidance_scale=case.guidance), {}
    negative = (NEGATIVE if case.negative is None else case.negative) if case.guidance > 1 else None
    wish |= dict(negative_prompt=negative, height=case.height, width=case.width)
    noise = _noise(pipe, case)
    stages["noise"] = noise[0]
    pictures = {}
    for name in ("first", "last"):
        if getattr(case, name):
            pictures[name] = _pictures(folder, name, getattr(case, name), 1)[0]
    frames = _pictures(folder, "frame", case.video[:2], case.video[2]) if case.video else []
    experts, seen = [], {}
    with replaced(pipe, **({"prepare_latents": _known_start(pipe, case, frames)} if case.known else {})):
        if alone:
            wish |= dict(video=frames, strength=case.strength, generator=torch.Generator().manual_seed(case.seed))
        else:
            wish |= dict(num_frames=case.frames, latents=noise)
            if kind is WanImageToVideoPipeline:
                wish |= dict(image=pictures.get("first", frames[-1] if frames else None), last_image=pictures.get("last"))
            if CHECKPOINT[case.model].boundary is not None:
                wish["guidance_scale_2"] = case.guidance if case.guidance_low is None else case.guidance_low
            if case.strength is not None:
                clip = pipe.video_processor.preprocess_video(frames, height=case.height, width=case.width)
                scheduler.set_timesteps(case.steps)
                sigma = scheduler.sigmas[0]
                stages["clean"] = _normalised(pipe.vae, clip)[0]
                wish["latents"] = (1 - sigma) * stages["clean"][None] + sigma * noise
        latents = _walk(pipe, wish, stages, experts, seen)
    stages["conditioning"] = _filled(seen["prompt_embeds"][0])
    if seen.get("negative_prompt_embeds") is not None:
        stages["negative_conditioning"] = _filled(seen["negative_prompt_embeds"][0])
    video = _decoded(pipe.vae, latents)
    stages["video"] = (video * 255).round().to(torch.uint8)
    if video.numel() < 40_000:
        stages["values"] = video
    write_tensors(folder / "stages.safetensors", stages)
    timesteps = scheduler.timesteps.tolist()[-len(experts):]
    return dict(
        name=case.name, model=case.model, prompt=case.prompt, negative=case.negative, width=case.width, height=case.height,
        frames=case.frames, steps=case.steps, seed=case.seed, shift=case.shift, guidance=case.guidance,
        guidance_low=case.guidance_low, sampler=case.sampler, schedule=case.schedule, sigmas=case.sigmas,
        first="first.png" if case.first else None, last="last.png" if case.last else None,
        video=[f"frame_{n:02}.png" for n in range(case.video[2])] if case.video else [], strength=case.strength, known=case.known,
        timesteps=timesteps, experts=experts, frames_made=int(video.shape[0]),
    )


def _noise(pipe, case: Case) -> torch.Tensor:
    codec, frames = pipe.vae.config, case.frames if case.frames % 4 == 1 else case.frames // 4 * 4 + 1
    if case.strength is not None:
        frames = (case.video[2] - 1) // 4 * 4 + 1
    scale = codec.scale_factor_spatial
    shape = (1, codec.z_dim, (frames - 1) // 4 + 1, case.height // scale, case.width // scale)
    return torch.randn(shape, generator=torch.Generator().manual_seed(case.seed))


def _walk(pipe, wish: dict, stages: dict, experts: list, seen: dict) -> torch.Tensor:
    """Run; latents after every step, and which expert saw it."""
    current: list[str] = []
    handles = []
    for name in ("transformer", "transformer_2"):
        part = getattr(pipe, name, None)
        if part is not None:
            label = "low" if name == "transformer_2" or isinstance(pipe, WanVideoToVideoPipeline) else "high"
            handles.append(part.register_forward_pre_hook(lambda *_a, label=label: current.append(label)))

    def on_step(_pipe, step, _timestep, values):
        stages[f"latents_after_step.{step}"] = values["latents"][0].clone()
        seen.update(values)
        experts.append(current[-1])
        return {}

    result = pipe(
        **wish, output_type="latent", callback_on_step_end=on_step,
        callback_on_step_end_tensor_inputs=["latents", "prompt_embeds", "negative_prompt_embeds"],
    ).frames
    [handle.remove() for handle in handles]
    return result


def _filled(rows: torch.Tensor) -> torch.Tensor:
    """The rows up to the last one that is not zero."""
    last = int(rows.abs().sum(-1).nonzero().max())
    return rows[: last + 1]


def _decoded(codec, latents: torch.Tensor) -> torch.Tensor:
    """Frames of 0 to 1: [frame, row, column, 3]."""
    shape = (1, -1, 1, 1, 1)
    mean = torch.tensor(codec.config.latents_mean).view(shape)
    deviation = 1.0 / torch.tensor(codec.config.latents_std).view(shape)
    video = codec.decode(latents / deviation + mean, return_dict=False)[0]
    return (video[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 3, 0).contiguous()
