"""Golden schedules and sampler walks: numbers without a model."""

import itertools
from pathlib import Path

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

from ..files import write_json, write_tensors
from ..seeded import normal

SHIFTS = (1.0, 3.0, 5.0, 8.0, 12.0)
STEPS = (1, 2, 3, 4, 8, 17, 20, 30, 40, 50)
BOUNDARIES = (0.875, 0.9)
SHAPE = (4, 2, 3, 5)  # latents of a walk


def unipc(shift: float, **settings) -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=shift, **settings
    )


def dpmpp(shift: float) -> DPMSolverMultistepScheduler:
    return DPMSolverMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=shift,
        algorithm_type="dpmsolver++", solver_order=2, solver_type="midpoint", final_sigmas_type="zero",
    )


class Given:
    """Mixes into a scheduler: walks down sigmas that are given from outside, telling the model 1000 times each, or cut."""

    def give(self, sigmas, whole: bool):
        self._given, self._whole = [float(sigma) for sigma in sigmas], whole
        return self

    def set_timesteps(self, num_inference_steps=None, device=None, **_):
        super().set_timesteps(num_inference_steps=len(self._given))
        self.sigmas = torch.tensor([*self._given, 0.0], dtype=torch.float32)
        times = 1000.0 * np.asarray(self._given, dtype=np.float64)
        self.timesteps = torch.from_numpy(times.astype(np.int64)) if self._whole else torch.tensor(times, dtype=torch.float32)
        self.num_inference_steps = len(self._given)


class GivenUniPC(Given, UniPCMultistepScheduler):
    pass


class GivenDpm(Given, DPMSolverMultistepScheduler):
    pass


class GivenEuler(Given, FlowMatchEulerDiscreteScheduler):
    pass


def even(schedule: str, steps: int) -> np.ndarray:
    """The sigmas of a schedule before the shift."""
    start, stop = {"diffusers": (1.0, 0.001), "wan": (0.999, 0.0), "linear": (1.0, 0.0)}[schedule]
    return np.linspace(start, stop, steps + 1)[:-1]


def shifted(schedule: str, steps: int, shift: float) -> np.ndarray:
    base = even(schedule, steps)
    sigmas = shift * base / (1 + (shift - 1) * base)
    if schedule == "diffusers" and abs(sigmas[0] - 1.0) < 1e-6:
        sigmas[0] -= 1e-6
    return sigmas


def write(target: Path) -> None:
    rows = []
    for shift, steps in itertools.product(SHIFTS, STEPS):
        reference = unipc(shift)
        reference.set_timesteps(steps)
        assert np.array_equal(shifted("diffusers", steps, shift).astype(np.float32), reference.sigmas.numpy()[:-1])
        for schedule in ("diffusers", "wan", "linear"):
            sigmas = shifted(schedule, steps, shift)
            times = (1000 * sigmas).tolist() if schedule == "linear" else (1000 * sigmas).astype(np.int64).tolist()
            if schedule == "diffusers":
                assert times == reference.timesteps.tolist()
            rows.append(dict(
                schedule=schedule, shift=shift, steps=steps, sigmas=[float(s) for s in sigmas.astype(np.float32)] + [0.0],
                timesteps=times, high=[sum(bool(np.float32(t) >= 1000 * b) for t in times) for b in BOUNDARIES],
            ))
    write_json(target / "schedules.json", rows)
    walks, about = {}, []
    for shift, steps in ((5.0, 1), (5.0, 2), (5.0, 3), (5.0, 8), (12.0, 20), (3.0, 5)):
        _walk(walks, about, f"unipc_shift{shift:g}_n{steps}", unipc(shift), steps, "unipc")
    for steps in (1, 2, 5, 8, 14, 15, 20):
        _walk(walks, about, f"dpmpp_shift5_n{steps}", dpmpp(5.0), steps, "dpmpp")
    for shift, steps in ((5.0, 4), (8.0, 7)):
        scheduler = GivenEuler(num_train_timesteps=1000).give(shifted("linear", steps, shift), whole=False)
        _walk(walks, about, f"euler_shift{shift:g}_n{steps}", scheduler, steps, "euler")
    given = GivenUniPC(**dict(unipc(5.0).config)).give([0.9, 0.7, 0.45, 0.2], whole=True)
    _walk(walks, about, "unipc_given", given, 4, "unipc")
    write_tensors(target / "walks.safetensors", walks)
    write_json(target / "walks.json", about)


def _walk(walks: dict, about: list, tag: str, scheduler, steps: int, sampler: str) -> None:
    scheduler.set_timesteps(steps)
    x = normal(f"{tag} x", SHAPE)
    walks[f"{tag}.x0"] = x.clone()
    for index, timestep in enumerate(scheduler.timesteps):
        velocity = normal(f"{tag} v{index}", SHAPE) + 0.3 * x  # depends on x, as a model's would
        walks[f"{tag}.v{index}"] = velocity
        x = scheduler.step(velocity, timestep, x, return_dict=False)[0]
        walks[f"{tag}.x{index + 1}"] = x.clone()
    about.append(dict(tag=tag, sampler=sampler, steps=steps, sigmas=scheduler.sigmas.tolist()))
