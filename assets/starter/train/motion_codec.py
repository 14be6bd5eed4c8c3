"""The codec on clips: `AutoencoderKLWan`, whose weights have the names and shapes of the still codec's.

A clip of 17 frames has five codes: frame 0, and frames 4, 8, 12, 16 for the four frames that end with them. The
encoder needs no training for that (`codec.hold_frames` makes it pick the last frame of four). The decoder learns the
frames between; its last temporal slices stay as they are, so single pictures come out as before, to the bit.
`decode` is the class's chunk-wise decoding done for all frames at once.
"""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan

import codec as c

KEY_FRAMES = (0, 4, 8, 12, 16)


def shifted(x, frames, by):
    """The frame `by` earlier; nothing before the first. x: `[n·frames, c, h, w]`."""
    y = x.unflatten(0, (-1, frames))
    return F.pad(y[:, :-by], (0, 0, 0, 0, 0, 0, by, 0)).flatten(0, 1)


def conv(module, x, frames):
    weight = module.weight
    if weight.shape[2] == 1:
        return F.conv2d(x, weight[:, :, 0], module.bias, padding=weight.shape[-1] // 2)
    window = torch.cat([shifted(x, frames, 2), shifted(x, frames, 1), x], 1)
    return F.conv2d(window, weight.transpose(1, 2).flatten(1, 2), module.bias, padding=weight.shape[-1] // 2)


def residual(module, x, frames):
    skip = x if isinstance(module.conv_shortcut, c.NOTHING) else conv(module.conv_shortcut, x, frames)
    inner = conv(module.conv1, c.norm(module.norm1, x), frames)
    return conv(module.conv2, c.norm(module.norm2, inner), frames) + skip


def more_frames(module, x, frames):
    """Every frame but the first becomes two."""
    y = x.unflatten(0, (-1, frames))
    rest = y[:, 1:].flatten(0, 1)
    pair = conv(module.time_conv, rest, frames - 1).unflatten(0, (-1, frames - 1))
    pair = pair.unflatten(2, (2, -1)).flatten(1, 2)
    return torch.cat([y[:, :1], pair], 1).flatten(0, 1), 2 * frames - 1


def decode(codec, code):
    """Codes `[n, 16, frames, h, w]` to clips `[n, 4·frames − 3, 3, 8h, 8w]`."""
    n, _, frames = code.shape[:3]
    d = codec.decoder
    x = code.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
    x = conv(d.conv_in, conv(codec.post_quant_conv, x, frames), frames)
    x = residual(d.mid_block.resnets[0], x, frames)
    for attend, block in zip(d.mid_block.attentions, d.mid_block.resnets[1:]):
        x = residual(block, c.attention(attend, x), frames)
    for block in d.up_blocks:
        for layer in block.resnets:
            x = residual(layer, x, frames)
        if block.upsamplers is not None:
            up = block.upsamplers[0]
            if up.mode == "upsample3d":
                x, frames = more_frames(up, x, frames)
            x = c.resample(up, x)
    return conv(d.conv_out, c.norm(d.norm_out, x), frames).unflatten(0, (n, frames))


def as_wan(still):
    """The same weights as the class that the video pipelines name."""
    codec = AutoencoderKLWan(
        base_dim=still.config.base_dim, z_dim=c.CHANNELS, dim_mult=[1, 2, 4, 4], num_res_blocks=1, attn_scales=[], temperal_downsample=[False, True, True],
        latents_mean=[0.0] * c.CHANNELS, latents_std=[1.0] * c.CHANNELS,
    )
    codec.load_state_dict(still.state_dict())
    return codec


def as_still(folder):
    """The inverse of `as_wan`, from a folder, in f32."""
    wan = AutoencoderKLWan.from_pretrained(folder, torch_dtype=torch.float32)
    still = c.new_codec(wan.config.base_dim)
    still.load_state_dict(wan.state_dict())
    return still


def check():
    """Our decoding against the class's own, with all taps in use."""
    torch.manual_seed(0)
    still = c.new_codec(8)
    for p in still.decoder.parameters():
        torch.nn.init.normal_(p, std=0.1)
    code = torch.randn(1, 16, 3, 4, 5)
    with torch.no_grad():
        ours = decode(still, code).clamp(-1, 1).transpose(1, 2)
        difference = (ours - still.decode(code).sample).abs().max().item()
        wan = as_wan(still)
        difference = max(difference, (ours - wan.decode(code).sample).abs().max().item())
    assert difference < 1e-4, difference
    return difference


if __name__ == "__main__":
    print("largest difference to the classes:", check())
