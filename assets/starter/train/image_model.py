"""The transformer of the edit/generate checkpoint: `QwenImageTransformer2DModel`, small, with `zero_cond_t`.

`forward` is the class's own computation without its generality: same parameters, same numbers (`--check` compares),
a compiled block, and modulation in two runs of tokens (target at the step's time, reference at time 0).
"""

import math

import torch
import torch.nn.functional as F
from diffusers import QwenImageTransformer2DModel

import training
import words

HEADS, HEAD, LAYERS, AXES = 3, 64, 5, (16, 24, 24)


def new_transformer(heads=HEADS, layers=LAYERS):
    width = heads * HEAD
    model = QwenImageTransformer2DModel(
        patch_size=2, in_channels=64, out_channels=16, num_layers=layers, attention_head_dim=HEAD, num_attention_heads=heads, joint_attention_dim=words.WIDTH,
        guidance_embeds=False, axes_dims_rope=AXES, zero_cond_t=True,
    )
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim == 2:
                torch.nn.init.normal_(p, std=1 / math.sqrt(p.shape[1]))
            elif "norm" not in name:
                p.zero_()
        for number, block in enumerate(model.transformer_blocks):
            for modulation in (block.img_mod[1], block.txt_mod[1]):
                modulation.weight.mul_(0.05)
                modulation.bias[2 * width : 3 * width] = 0.6  # the gates begin half open
                modulation.bias[5 * width :] = 0.6
            for out in (block.attn.to_out[0], block.attn.to_add_out, block.img_mlp.net[2], block.txt_mlp.net[2]):
                out.weight.mul_(0.6)
            if number < 2:
                look_at_reference(block.attn)
        model.proj_out.weight.zero_()
        model.norm_out.linear.weight.mul_(0.05)
    return model


def look_at_reference(attention):
    """Head 0 begins as "look at the same place of picture 1", or copying would have to be discovered first.

    Queries and keys are nearly constant; the query is turned by one step of the frame axis of the rotary positions,
    where the reference lies.
    """
    attention.to_q.weight[:HEAD].mul_(0.05)
    attention.to_k.weight[:HEAD].mul_(0.05)
    key = torch.zeros(HEAD // 2, 2)
    key[:, 0] = 1.0
    query = key.clone()
    angle = 10000.0 ** (-torch.arange(0, AXES[0], 2) / AXES[0])
    query[: AXES[0] // 2, 0], query[: AXES[0] // 2, 1] = torch.cos(angle), torch.sin(angle)
    attention.to_q.bias[:HEAD], attention.to_k.bias[:HEAD] = query.flatten(), key.flatten()


def pack(latents):
    """`[n, 16, h, w]` to tokens `[n, h/2·w/2, 64]`, in the pipelines' order."""
    n, c, h, w = latents.shape
    return latents.view(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(n, h * w // 4, c * 4)


def unpack(tokens, h, w):
    """The inverse; h and w in tokens."""
    n = tokens.shape[0]
    return tokens.view(n, h, w, 16, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(n, 16, 2 * h, 2 * w)


def positions(model, grids, text):
    """Rotary tables (cos, sin), text first, from the module itself. `grids`: (rows, columns) of each picture."""
    image, words_ = model.pos_embed([[(1, h, w) for h, w in grids]], max_txt_seq_len=text, device=torch.device("cpu"))
    table = torch.cat([words_, image]).to(model.proj_out.weight.device)
    return table.real.contiguous(), table.imag.contiguous()


def rotate(x, cos, sin):
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


def level(x):
    return F.layer_norm(x, (x.shape[-1],), eps=1e-6)


def unit(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weight


def split(x):
    return [y.unflatten(-1, (-1, HEAD)).transpose(1, 2) for y in x.chunk(3, -1)]


def block(w, x, t, now, still, said, cos, sin, bias, targets: int):
    """One block. x: image tokens, the first `targets` of them the picture being drawn; t: text tokens.

    now, still, said: modulation `[n, 1, 6·width]` of target, reference and text.
    """
    now, still, said = now.chunk(6, -1), still.chunk(6, -1), said.chunk(6, -1)

    def modulated(y, k):
        y = level(y)
        return torch.cat([y[:, :targets] * (1 + now[k + 1]) + now[k], y[:, targets:] * (1 + still[k + 1]) + still[k]], 1)

    def gated(y, k):
        return torch.cat([y[:, :targets] * now[k], y[:, targets:] * still[k]], 1)

    length = t.shape[1]
    qi, ki, vi = split(F.linear(modulated(x, 0), w["image_in"], w["image_in_bias"]))
    qt, kt, vt = split(F.linear(level(t) * (1 + said[1]) + said[0], w["text_in"], w["text_in_bias"]))
    v = torch.cat([vt, vi], 2)
    q = rotate(torch.cat([unit(qt.float(), w["text_q"]), unit(qi.float(), w["image_q"])], 2), cos, sin).to(v.dtype)
    k = rotate(torch.cat([unit(kt.float(), w["text_k"]), unit(ki.float(), w["image_k"])], 2), cos, sin).to(v.dtype)
    weight = torch.softmax(torch.matmul(q, k.transpose(-1, -2)).float() * HEAD**-0.5 + bias, -1)
    seen = torch.matmul(weight.to(v.dtype), v).transpose(1, 2).flatten(2)
    x = x + gated(F.linear(seen[:, length:], w["image_out"], w["image_out_bias"]), 2)
    t = t + said[2] * F.linear(seen[:, :length], w["text_out"], w["text_out_bias"])
    h = F.gelu(F.linear(modulated(x, 3), w["image_up"], w["image_up_bias"]), approximate="tanh")
    x = x + gated(F.linear(h, w["image_down"], w["image_down_bias"]), 5)
    h = F.gelu(F.linear(level(t) * (1 + said[4]) + said[3], w["text_up"], w["text_up_bias"]), approximate="tanh")
    return x, t + said[5] * F.linear(h, w["text_down"], w["text_down_bias"])


def weights(b):
    a, image, text = b.attn, b.img_mlp.net, b.txt_mlp.net
    join = lambda parts, name: torch.cat([getattr(p, name) for p in parts])
    into, said = (a.to_q, a.to_k, a.to_v), (a.add_q_proj, a.add_k_proj, a.add_v_proj)
    return dict(
        image_in=join(into, "weight"), image_in_bias=join(into, "bias"), text_in=join(said, "weight"), text_in_bias=join(said, "bias"),
        image_q=a.norm_q.weight, image_k=a.norm_k.weight, text_q=a.norm_added_q.weight, text_k=a.norm_added_k.weight,
        image_out=a.to_out[0].weight, image_out_bias=a.to_out[0].bias, text_out=a.to_add_out.weight, text_out_bias=a.to_add_out.bias,
        image_up=image[0].proj.weight, image_up_bias=image[0].proj.bias, image_down=image[2].weight, image_down_bias=image[2].bias,
        text_up=text[0].proj.weight, text_up_bias=text[0].proj.bias, text_down=text[2].weight, text_down_bias=text[2].bias,
    )


def moment(model, sigma):
    embed = model.time_text_embed
    return F.silu(embed.timestep_embedder(embed.time_proj(sigma)))


def forward(model, x, text, mask, sigma, tables, targets, run=block, between=None):
    """Velocity `[n, targets, 64]`. x: target tokens and after them the reference's; text `[n, l, width]`, mask `[n, l]`; sigma `[n]`.

    The picture's tokens after each block are appended to the list `between`, if there is one.
    """
    x = model.img_in(x).float()
    t = model.txt_in(unit(text.float(), model.txt_norm.weight)).float()
    now, still = moment(model, sigma), moment(model, torch.zeros_like(sigma[:1]))
    seen = torch.cat([mask, mask.new_ones(x.shape[:2])], 1)[:, None, None]
    bias = torch.zeros(seen.shape, device=x.device).masked_fill(~seen, -1e4)
    for b in model.transformer_blocks:
        modulation = [m(e)[:, None].float() for m, e in ((b.img_mod[1], now), (b.img_mod[1], still), (b.txt_mod[1], now))]
        x, t = run(weights(b), x, t, *modulation, *tables, bias, targets)
        if between is not None:
            between.append(x)
    scale, shift = model.norm_out.linear(now)[:, None].chunk(2, -1)
    return model.proj_out(level(x[:, :targets]) * (1 + scale) + shift)


SHIFT = 3.0


def sigmas(steps):
    """The schedule of the pack: shift 3 at every size, no terminal stretch (read as "distilled": no guidance)."""
    line = torch.linspace(1, 1 / steps, steps)
    return torch.cat([SHIFT * line / (1 + (SHIFT - 1) * line), torch.zeros(1)])


@torch.no_grad()
def sample(model, text, mask, reference, grid, steps=8, seed=0, noise=None):
    """Draws pictures in `steps` Euler steps: tokens `[n, rows·columns, 64]`. `reference`: tokens of the same grid, or None."""
    n, count = len(text), grid[0] * grid[1]
    x = torch.randn(n, count, 64, generator=torch.Generator().manual_seed(seed)) if noise is None else noise
    tables = positions(model, [grid] * (1 if reference is None else 2), text.shape[1])
    x, walk = x.to(text.device), sigmas(steps).to(text.device)
    for now, after in zip(walk[:-1], walk[1:]):
        inputs = x if reference is None else torch.cat([x, reference], 1)
        with training.arithmetic(text.device):
            velocity = forward(model, inputs, text, mask, now.expand(n), tables, count).float()
        x = x + (after - now) * velocity
    return x


def check():
    """Our forward against the class's own."""
    torch.manual_seed(0)
    model = new_transformer()
    torch.nn.init.normal_(model.proj_out.weight, std=0.1)
    x, text, sigma = torch.randn(2, 2 * 24, 64), torch.randn(2, 7, words.WIDTH), torch.tensor([0.3, 0.9])
    mask = torch.ones(2, 7, dtype=torch.bool)
    ours = forward(model, x, text, mask, sigma, positions(model, [(4, 6)] * 2, 7), 24)
    theirs = model(hidden_states=x, encoder_hidden_states=text, encoder_hidden_states_mask=mask, timestep=sigma, img_shapes=[[(1, 4, 6)] * 2] * 2, return_dict=False)[0]
    difference = (ours - theirs[:, :24]).abs().max().item()
    assert difference < 1e-4, difference
    return difference


if __name__ == "__main__":
    model = new_transformer()
    print("largest difference to the class:", check(), "parameters:", sum(p.numel() for p in model.parameters()) / 1e6, "M")
