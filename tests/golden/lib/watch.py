"""Looking into the reference while it runs: layer outputs, noise draws, and one repair of a known bug."""

import contextlib

import torch


@contextlib.contextmanager
def taps(module: torch.nn.Module, names):
    """Collect the first output of each named submodule; several outputs get `.0`, `.1` behind the name."""
    seen: dict[str, torch.Tensor] = {}
    parts = dict(module.named_modules())

    def hook_for(name):
        def hook(_module, _inputs, output):
            outputs = output if isinstance(output, (tuple, list)) else (output,)
            for position, value in enumerate(outputs):
                key = name if len(outputs) == 1 else f"{name}.{position}"
                if torch.is_tensor(value):
                    seen.setdefault(key, value.detach().clone())
        return hook

    handles = [parts[name].register_forward_hook(hook_for(name)) for name in names]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def replaced(target, **attributes):
    """Set attributes for the length of the block."""
    before = {name: getattr(target, name) for name in attributes}
    for name, value in attributes.items():
        setattr(target, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(target, name, value)


@contextlib.contextmanager
def recorded(*places):
    """Record the results of functions, given as (object, attribute name), over all calls in order."""
    log: list = []
    with contextlib.ExitStack() as stack:
        for owner, name in places:
            original = getattr(owner, name)

            def call(*args, _original=original, **kwargs):
                result = _original(*args, **kwargs)
                log.append(result)
                return result

            stack.enter_context(replaced(owner, **{name: call}))
        yield log


@contextlib.contextmanager
def picture_positions(text_encoder, image_token: int):
    """Give the text encoder its three-axis positions for pictures.

    The edit pipelines of diffusers 0.42.1 do not forward `mm_token_type_ids`, and transformers 5 then
    falls back to plain one-axis positions, without a word (diffusers issue 14194). The checkpoints were
    trained with the three-axis ones, so they are what Rostrum computes. `rope_deltas` is left behind by
    one call and would shift the next, so it is cleared each time.
    """
    original = text_encoder.forward

    def forward(*args, **kwargs):
        text_encoder.model.rope_deltas = None
        if kwargs.get("image_grid_thw") is not None and kwargs.get("mm_token_type_ids") is None:
            kwargs["mm_token_type_ids"] = (kwargs["input_ids"] == image_token).long()
        return original(*args, **kwargs)

    with replaced(text_encoder, forward=forward):
        yield
    text_encoder.model.rope_deltas = None
