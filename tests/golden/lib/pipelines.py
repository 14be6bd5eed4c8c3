"""Golden runs of whole pipelines, float32 on the CPU, with torch's own noise from the seed."""

import sys
from contextlib import ExitStack, nullcontext
from pathlib import Path

import diffusers.models.autoencoders.vae as codec_base
import torch

from . import seeded
from .cases import Case
from .checkpoints import open_pipeline
from .files import write_json, write_picture, write_tensors
from .watch import picture_positions, recorded, replaced

TAIL = 12  # rows of the conditioning that are stored; attention is causal, so the last ones depend on all others


def write(root: Path, cases: list[Case]) -> None:
    """Run all cases; each gets a folder with its pictures, its stages and its finished picture."""
    write_json(root / "runs" / "cases.json", [_write_case(root, case) for case in cases])


def _write_case(root: Path, case: Case) -> dict:
    folder = root / "runs" / case.name
    pictures = [seeded.picture(f"{case.name} {n}", *size) for n, size in enumerate(case.pictures)]
    for file, image in zip(case.picture_names(), pictures):
        write_picture(folder / file, image)
    mask = None
    if case.mask:
        mask = seeded.mask(*case.pictures[0], *case.mask)
        write_picture(folder / "mask.png", mask)

    pipeline = open_pipeline(root / case.model, case.pipeline)
    stages, finished = _run(pipeline, case, pictures, mask)
    conditioning_tokens = int(stages.pop("conditioning_tokens"))
    write_tensors(folder / "stages.safetensors", stages)
    write_picture(folder / "finished.png", finished)
    assert finished.size == (case.width, case.height), (case.name, finished.size)
    latents = [key for key in stages if key.startswith("latents_after_step.")]
    return dict(
        name=case.name, pipeline=case.pipeline, model=case.model, prompt=case.prompt, negative=case.negative,
        negative_used=case.negative_used, width=case.width, height=case.height, steps=case.steps, guidance=case.guidance,
        seed=case.seed, strength=case.strength, pictures=case.picture_names(), mask="mask.png" if case.mask else None,
        start_step=case.steps - len(latents), conditioning_tokens=conditioning_tokens,
        drop=pipeline.prompt_template_encode_start_idx, command=case.command(),
    )


def call(pipeline, case: Case, pictures: list, mask=None, on_step=None):
    """Run the reference on a case; returns the picture as a float array [1, row, column, 3] from 0 to 1."""
    place = sys.modules[type(pipeline).__module__]
    wish = dict(prompt=case.prompt, num_inference_steps=case.steps, true_cfg_scale=case.guidance)
    if case.negative_used is not None:
        wish["negative_prompt"] = case.negative_used
    if not case.pipeline.endswith("EditInpaintPipeline"):  # that one takes its size from the picture
        wish |= dict(height=case.height, width=case.width)
    if pictures:
        wish["image"] = pictures if "Plus" in case.pipeline else pictures[0]
    if mask is not None:
        wish["mask_image"] = mask
    if case.strength is not None:
        wish["strength"] = case.strength
    if on_step is not None:
        wish["callback_on_step_end"] = on_step

    encoder = pipeline.text_encoder
    sees_pictures = hasattr(pipeline, "processor")
    positions = picture_positions(encoder, encoder.config.image_token_id) if sees_pictures else nullcontext()
    with _work_area(place, case.width * case.height), positions:
        return pipeline(**wish, generator=torch.Generator().manual_seed(case.seed), output_type="np").images


def _run(pipeline, case: Case, pictures: list, mask) -> tuple[dict, object]:
    place = sys.modules[type(pipeline).__module__]
    after_steps: list[torch.Tensor] = []

    def on_step(_pipeline, _step, _timestep, values):
        after_steps.append(values["latents"].clone())
        return {}

    with ExitStack() as stack:
        watch = lambda *places: stack.enter_context(recorded(*[p for p in places if hasattr(*p)]))
        noise = watch((place, "randn_tensor"))
        posterior = watch((codec_base, "randn_tensor"))
        prompts = watch((pipeline, "encode_prompt"))
        encoded = watch((pipeline, "_encode_vae_image"))
        masks = watch((pipeline, "prepare_mask_latents"))
        image = call(pipeline, case, pictures, mask, on_step)

    unpack = lambda tokens: pipeline._unpack_latents(tokens, case.height, case.width, 8)[0]
    stages = dict(image=torch.from_numpy(image[0]), sigmas=pipeline.scheduler.sigmas, noise=noise[0][0].transpose(0, 1))
    stages |= {f"latents_after_step.{n}": unpack(tokens) for n, tokens in enumerate(after_steps)}
    for name, (rows, _) in zip(("conditioning", "negative_conditioning"), prompts):
        stages[f"{name}_tail"] = rows[0, -TAIL:]
    stages["conditioning_tokens"] = torch.tensor(prompts[0][0].shape[1])
    # Inpainting also encodes the picture with the hole cut out, and never uses the result.
    used = encoded[:1] if mask is not None else encoded
    stages |= {f"picture_latents.{n}": value[0] for n, value in enumerate(used)}
    if posterior:
        stages["posterior_noise"] = posterior[0][0]
    if masks:
        stages["mask_latents"] = unpack(masks[0][0])[:1]
    return stages, pipeline.image_processor.numpy_to_pil(image)[0]


def _work_area(place, area: int):
    """Let the edit pipelines work at `area` pixels in place of their built-in 1024²; the rest stays as it is."""
    if hasattr(place, "VAE_IMAGE_SIZE"):
        return replaced(place, VAE_IMAGE_SIZE=area)
    if hasattr(place, "calculate_dimensions"):
        original = place.calculate_dimensions
        return replaced(place, calculate_dimensions=lambda _area, ratio: original(area, ratio))
    return replaced(place)
