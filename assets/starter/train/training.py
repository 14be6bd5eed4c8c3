"""What all trainings share: the optimiser, averaged weights, checkpoints that resume, and the log."""

import contextlib
import os
import time

import numpy as np
import torch


def quick_bf16(device="cpu"):
    """Whether bfloat16 is the faster arithmetic there: on cards, and on processors with instructions for it."""
    if torch.device(device).type != "cpu":
        return True
    try:
        with open("/proc/cpuinfo") as file:
            return "avx512_bf16" in file.read()
    except OSError:
        return False


def arithmetic(device="cpu"):
    """The context in which models compute: mixed with bfloat16 where that is faster, else f32."""
    device = torch.device(device).type
    return torch.autocast(device, dtype=torch.bfloat16) if quick_bf16(device) else contextlib.nullcontext()


QUICK = (True, quick_bf16())  # on a card, on this processor


def last_slice(tensor):
    return tensor[:, :, -1] if tensor.ndim == 5 else tensor


class Muon:
    """Momentum orthogonalised by Newton–Schulz steps (Jordan et al. 2024), for matrices and convolution kernels.

    A kernel `[out, in, t, h, w]` counts as the matrix `[out, in·h·w]` of its last temporal slice, the only one that
    acts on single pictures; or of what `view` takes of it. Updates have the size that AdamW's would have, so both share one learning rate.
    """

    def __init__(self, parameters, momentum=0.95, decay=0.01, view=last_slice):
        self.parameters, self.momentum, self.decay, self.view = list(parameters), momentum, decay, view
        self.velocity = [torch.zeros_like(view(p)) for p in self.parameters]

    @torch.no_grad()
    def step(self, rate):
        for parameter, velocity in zip(self.parameters, self.velocity):
            if parameter.grad is None:
                continue
            gradient, weight = self.view(parameter.grad), self.view(parameter)
            velocity.mul_(self.momentum).add_(gradient)
            update = orthogonal((gradient + self.momentum * velocity).flatten(1)).view_as(weight)
            size = 0.2 * max(weight.shape[0], weight[0].numel()) ** 0.5
            weight.mul_(1 - self.decay * rate).sub_(update, alpha=rate * size)
            parameter.grad = None

    def state(self):
        return self.velocity

    def restore(self, state):
        self.velocity = [v.to(p.device) for v, p in zip(state, self.parameters)]


def orthogonal(matrix):
    # The steps are a contraction and forgive the rounding of bfloat16.
    x = matrix.bfloat16() if QUICK[matrix.device.type == "cpu"] else matrix
    turned = x.shape[0] > x.shape[1]
    x = x.T if turned else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.T if turned else x).float()


def rate_at(step, steps, peak, warm=100, flat=0.4, least=0.01):
    """Warm-up, a plateau for the first part, then a cosine down to nearly nothing."""
    at = step / steps
    down = 1.0 if at < flat else 0.5 + 0.5 * np.cos(np.pi * min(1.0, (at - flat) / (1 - flat)))
    return peak * min(1.0, (step + 1) / warm) * max(least, down)


BOLDER, BOLDER_ABOVE = 0.25, 0.75  # share of the told change that is added, and the sigma above which


def bolder(told, x, origin, sigma, where):
    """What to add to a target velocity so that a change is told boldly where the model is unsure of it, `[n, tokens, channels]`.

    Guidance that is learned, so that none is needed when sampling (Tang et al. 2025, "Diffusion Models without
    Classifier-free Guidance"): what is told, seen from "nothing changes", whose velocity is known: it leads to `origin`.
    With a share w the change comes out 1 / (1 - w) times as large; below the bound plain steps settle its colours.
    `where`: `[n, tokens]`, 1 for tokens that change.
    """
    region = where * (sigma > BOLDER_ABOVE)[:, None]
    nothing = (x - origin) / sigma[:, None, None]
    return BOLDER * region[..., None] * (told.detach() - nothing)


class Average:
    """An exponential moving average of parameters; these are what is evaluated and shipped."""

    def __init__(self, parameters, decay=0.999):
        self.parameters, self.decay = list(parameters), decay
        self.values = [p.detach().clone() for p in self.parameters]

    def restore(self, values):
        self.values = [v.to(p.device) for v, p in zip(values, self.parameters)]

    @torch.no_grad()
    def update(self, step):
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.values, [p.detach() for p in self.parameters], 1 - decay)

    def __enter__(self):
        self.kept = [p.detach().clone() for p in self.parameters]
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.values)

    def __exit__(self, *_):
        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.kept)
        self.kept = None


def save(path, **state):
    """Written beside and moved into place, so that a stop in the middle leaves the old file."""
    state["random"] = torch.get_rng_state()
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def load(path):
    """The saved state, or None at the first start."""
    if not os.path.exists(path):
        return None
    state = torch.load(path, weights_only=False, map_location="cpu")
    torch.set_rng_state(state["random"][1] if isinstance(state["random"], tuple) else state["random"])
    return state


def begin_from(model, folder):
    """Weights that lie there from an earlier run or from the shipped checkpoint (`unpack.py`); tells whether there were any."""
    if not os.path.isdir(folder):
        return False
    model.load_state_dict(type(model).from_pretrained(folder).float().state_dict())
    print("begins from the weights in", folder, flush=True)
    return True


class Log:
    """One line a minute on the standard output, with smoothed losses and the pace."""

    def __init__(self, every=60.0):
        self.every, self.last, self.begun, self.smooth, self.items = every, time.time(), time.time(), {}, 0

    def add(self, items, **losses):
        self.items += items
        for name, value in losses.items():
            self.smooth[name] = value if name not in self.smooth else 0.98 * self.smooth[name] + 0.02 * value

    def due(self):
        return time.time() - self.last > self.every

    def write(self, step, steps, extra=""):
        pace = self.items / (time.time() - self.last)
        losses = " ".join(f"{k} {v:.4f}" for k, v in self.smooth.items())
        print(f"{time.strftime('%H:%M')} step {step}/{steps} {pace:.1f}/s {losses} {extra}", flush=True)
        self.items, self.last = 0, time.time()


class Workers:
    """Drawing processes beside a training, for machines with many cores.

    Each calls `target(queue, seed, *arguments)`, which puts (key of a ring, what its `store` takes …) without end.
    """

    def __init__(self, count, target, seed, *arguments):
        context = torch.multiprocessing.get_context("spawn")
        self.queue = context.Queue(64)
        self.processes = [context.Process(target=target, args=(self.queue, seed + 1 + k, *arguments), daemon=True) for k in range(count)]
        for process in self.processes:
            process.start()

    def fill(self, rings, at_least=0):
        """Stores what has been drawn, a few handfuls at most; waits until every ring has so many samples."""
        taken = 0
        while any(len(ring) < at_least for ring in rings.values()) or (taken < 32 and not self.queue.empty()):
            key, *made = self.queue.get()
            rings[key].store(*made)
            taken += 1

    def stop(self):
        for process in self.processes:
            process.terminate()
