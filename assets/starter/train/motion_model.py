"""The transformer of the motion checkpoint: `WanTransformer3DModel`, small, in the way of TI2V.

One transformer for both ways of beginning: from words all latent frames are noise; from a picture the first is clean
and has timestep 0. `forward` is the class's own computation, compiled block by block, for text padded as the pipelines
do it: to 512 with zero vectors that the cross attention sees. Those are all alike, so one of them with
log(512 − length) added to its score stands for all.
"""

import math

import torch
import torch.nn.functional as F
from diffusers import UniPCMultistepScheduler, WanTransformer3DModel

import motion_words
import training
from image_model import level, rotate, unit

HEADS, HEAD, LAYERS = 2, 64, 5
LATENT_FRAMES = 5
SIDE = 128  # of the pictures that the checkpoint is made for
PADDED = 512


def new_transformer(heads=HEADS, layers=LAYERS):
    model = WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=heads, attention_head_dim=HEAD, in_channels=16, out_channels=16, text_dim=motion_words.WIDTH, freq_dim=256, ffn_dim=4 * heads * HEAD,
        num_layers=layers, cross_attn_norm=True, rope_max_seq_len=1024,
    )
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "scale_shift_table" in name:
                p.zero_()
            elif p.ndim >= 2:
                torch.nn.init.normal_(p, std=1 / math.sqrt(p[0].numel()))
            elif "norm" not in name:
                p.zero_()
        model.condition_embedder.time_proj.weight.mul_(0.05)
        model.proj_out.weight.zero_()
        for block in model.blocks:
            block.scale_shift_table[0, 2] = block.scale_shift_table[0, 5] = 0.6  # the gates begin half open
            for out in (block.attn1.to_out[0], block.attn2.to_out[0], block.ffn.net[2]):
                out.weight.mul_(0.6)
        mark_first(model)
        for block in model.blocks[:2]:
            look_at_first(block.attn1)
    return model


MARKS = 4  # channels in which every block's attention sees whether a token belongs to the clean first frame


def mark_first(model):
    """In the modulated input of attention, the first channels begin as 1.5 at time 0 and as −1.5 at any other time."""
    c, width = model.condition_embedder, HEAD * model.config.num_attention_heads
    sigmas = torch.cat([torch.zeros(1), torch.linspace(0.15, 1, 12)])
    states = F.silu(c.time_embedder(c.timesteps_proj(sigmas * 1000.0)))
    wanted = torch.where(sigmas == 0, 1.5, -1.5)
    row = torch.linalg.lstsq(states.double(), wanted.double()[:, None], driver="gelsd").solution[:, 0].float()
    c.time_proj.weight[:MARKS] = row
    assert c.time_proj.weight.shape[0] == 6 * width  # the first of six is the shift before attention


def look_at_first(attention):
    """Head 0 begins as "look at the same place of the first frame": sharp in the fast rotary pairs of rows and columns, and by the mark."""
    columns = 2 * (HEAD // 6) // 2
    rows_at = HEAD // 2 - 2 * columns
    query = torch.zeros(HEAD // 2, 2)
    for pair in (0, 1):
        query[rows_at + pair, 0] = query[rows_at + columns + pair, 0] = 4.0
    key, by_mark = query.clone(), range(rows_at - 3, rows_at)  # slow pairs of the frame axis
    query[list(by_mark), 0] = 3.0
    for part, bias in ((attention.to_q, query), (attention.to_k, key)):
        part.weight[:HEAD].mul_(0.05)
        part.bias[:HEAD] = bias.flatten()
    for pair in by_mark:
        attention.to_k.weight[2 * pair, :MARKS] = 3.0 / (1.5 * MARKS)


def split(x):
    return x.unflatten(-1, (-1, HEAD)).transpose(1, 2)


def seen(q, k, v, bias):
    weight = torch.softmax(torch.matmul(q, k.transpose(-1, -2)).float() * HEAD**-0.5 + bias, -1)
    return torch.matmul(weight.to(v.dtype), v).transpose(1, 2).flatten(2)


def block(w, x, first, later, text, bias, cos, sin, clean: int):
    """x: tokens `[n, frames·h·w, width]`, the first `clean` of them with the modulation `first`, the rest with `later`."""
    first, later = (w["table"] + first).float().unbind(1), (w["table"] + later).float().unbind(1)
    parts = lambda k: torch.cat([first[k][:, None].expand(x.shape[0], clean, -1), later[k][:, None].expand(-1, x.shape[1] - clean, -1)], 1)
    h = level(x) * (1 + parts(1)) + parts(0)
    q, k, v = F.linear(h, w["in"], w["in_bias"]).chunk(3, -1)
    q, k, v = rotate(split(unit(q.float(), w["q"])), cos, sin).to(v.dtype), rotate(split(unit(k.float(), w["k"])), cos, sin).to(v.dtype), split(v)
    x = x + parts(2) * F.linear(seen(q, k, v, 0.0), w["out"], w["out_bias"])
    h = F.layer_norm(x, x.shape[-1:], w["norm"], w["norm_bias"], 1e-6)
    q = split(unit(F.linear(h, w["ask"], w["ask_bias"]).float(), w["ask_q"])).to(v.dtype)
    k, v = F.linear(text, w["told"], w["told_bias"]).chunk(2, -1)
    x = x + F.linear(seen(q, split(unit(k.float(), w["ask_k"])).to(v.dtype), split(v), bias), w["answer"], w["answer_bias"])
    h = level(x) * (1 + parts(4)) + parts(3)
    return x + parts(5) * F.linear(F.gelu(F.linear(h, w["up"], w["up_bias"]), approximate="tanh"), w["down"], w["down_bias"])


def weights(b):
    a, c, f = b.attn1, b.attn2, b.ffn.net
    join = lambda parts, name: torch.cat([getattr(p, name) for p in parts])
    return dict(
        table=b.scale_shift_table, norm=b.norm2.weight, norm_bias=b.norm2.bias, q=a.norm_q.weight, k=a.norm_k.weight, ask_q=c.norm_q.weight, ask_k=c.norm_k.weight,
        **{"in": join((a.to_q, a.to_k, a.to_v), "weight"), "in_bias": join((a.to_q, a.to_k, a.to_v), "bias"), "out": a.to_out[0].weight, "out_bias": a.to_out[0].bias},
        ask=c.to_q.weight, ask_bias=c.to_q.bias, told=join((c.to_k, c.to_v), "weight"), told_bias=join((c.to_k, c.to_v), "bias"), answer=c.to_out[0].weight, answer_bias=c.to_out[0].bias,
        up=f[0].proj.weight, up_bias=f[0].proj.bias, down=f[2].weight, down_bias=f[2].bias,
    )


def tables(model, frames, h, w):
    """Rotary tables from the module itself; sizes in tokens."""
    cos, sin = model.rope(torch.zeros(1, 16, frames, 2 * h, 2 * w, device=model.proj_out.weight.device))
    return cos[0, :, 0, 0::2].float().contiguous(), sin[0, :, 0, 1::2].float().contiguous()


def forward(model, x, text, mask, sigma, tables, clean, run=block, between=None):
    """Velocity of all tokens, `[n, tokens, 64]` with the channels in the order (channel, row, column) of `pack`.

    x: packed latents frame by frame; text `[n, l, width]` and its mask; sigma `[n]`; the first `clean` tokens have time 0.
    The tokens after each block are appended to the list `between`, if there is one.
    """
    c = model.condition_embedder
    words = c.text_embedder(torch.cat([text * mask[..., None], text.new_zeros(len(text), 1, text.shape[-1])], 1))
    bias = torch.cat([torch.zeros(mask.shape, device=mask.device).masked_fill(~mask, -1e4), torch.log(PADDED - mask.sum(1, keepdim=True).float())], 1)[:, None, None]
    moment = lambda s: c.time_embedder(c.timesteps_proj(s * 1000.0))
    now, still = moment(sigma), moment(torch.zeros_like(sigma[:1]))
    six = lambda e: c.time_proj(F.silu(e)).unflatten(-1, (6, -1)).float()
    later, first = six(now), six(still)
    x = F.linear(x, model.patch_embedding.weight.flatten(1), model.patch_embedding.bias).float()
    for b in model.blocks:
        x = run(weights(b), x, first, later, words, bias, *tables, clean)
        if between is not None:
            between.append(x)
    shift, scale = model.scale_shift_table[0]
    n, count = x.shape[:2]
    e = torch.cat([still[:, None].expand(n, clean, -1), now[:, None].expand(-1, count - clean, -1)], 1).float()
    y = model.proj_out(level(x) * (1 + scale + e) + shift + e)
    return y.unflatten(-1, (4, 16)).transpose(-1, -2).flatten(-2)


FLOW_SHIFT = 3.0


def scheduler():
    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=FLOW_SHIFT)


@torch.no_grad()
def sample(model, text, mask, first, grid, steps=8, seed=0, noise=None):
    """Codes of clips as tokens `[n, 5·h·w, 64]`. `first`: tokens of the first frame `[n, h·w, 64]`, or None to begin from words."""
    n, each = len(text), grid[0] * grid[1]
    x = torch.randn(n, LATENT_FRAMES * each, 64, generator=torch.Generator().manual_seed(seed)) if noise is None else noise
    x = x.to(text.device)
    table, clean, walk = tables(model, LATENT_FRAMES, *grid), 0 if first is None else each, scheduler()
    walk.set_timesteps(steps)
    for t in walk.timesteps:
        inputs = x if first is None else torch.cat([first, x[:, each:]], 1)
        with training.arithmetic(text.device):
            velocity = forward(model, inputs, text, mask, (t / 1000).float().to(text.device).expand(n), table, clean).float()
        x = walk.step(velocity, t, x, return_dict=False)[0]
    return x if first is None else torch.cat([first, x[:, each:]], 1)


def check():
    """Our forward against the class's own, text padded to 512."""
    from image_model import pack
    torch.manual_seed(0)
    model = new_transformer()
    torch.nn.init.normal_(model.proj_out.weight, std=0.1)
    z, text, sigma = torch.randn(2, 16, 3, 8, 12), torch.randn(2, 9, motion_words.WIDTH), torch.tensor([0.4, 0.8])
    mask = torch.ones(2, 9, dtype=torch.bool)
    mask[1, 6:] = False
    padded = torch.zeros(2, PADDED, motion_words.WIDTH)
    padded[:, :9] = text * mask[..., None]
    flat = lambda clip: torch.cat([pack(clip[:, :, k]) for k in range(3)], 1)
    times = torch.cat([torch.zeros(2, 24), (sigma[:, None] * 1000).expand(2, 48)], 1)
    theirs = flat(model(z, times, padded, return_dict=False)[0])
    difference = (forward(model, flat(z), text, mask, sigma, tables(model, 3, 4, 6), 24) - theirs).abs().max().item()
    assert difference < 1e-4, difference
    return difference


if __name__ == "__main__":
    print("largest difference to the class:", check(), "parameters:", sum(p.numel() for p in new_transformer().parameters()) / 1e6, "M")
