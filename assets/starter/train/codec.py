"""The codec: `AutoencoderKLQwenImage`, small, with the lean path for single pictures, and its analytic code.

For one frame a causal 3×3×3 convolution sees two empty frames before it, so only the last temporal slice of its
kernel acts; the path here runs that slice as a plain 2-D convolution (the same numbers, a third of the work).
"""

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLQwenImage
from diffusers.models.autoencoders import autoencoder_kl_qwenimage as reference

CHANNELS = 16
NOTHING = torch.nn.Identity


def new_codec(base=16):
    codec = AutoencoderKLQwenImage(
        base_dim=base, z_dim=CHANNELS, dim_mult=[1, 2, 4, 4], num_res_blocks=1, attn_scales=[], temperal_downsample=[False, True, True],
        latents_mean=[0.0] * CHANNELS, latents_std=[1.0] * CHANNELS,
    )
    with torch.no_grad():
        for module in codec.modules():
            if isinstance(module, reference.QwenImageCausalConv3d) and module.weight.shape[2] == 3:
                module.weight[:, :, :2] = 0
            if isinstance(module, reference.QwenImageResidualBlock):
                module.conv2.weight.mul_(0.5)
            if isinstance(module, reference.QwenImageResample) and hasattr(module, "time_conv"):
                hold_frames(module.time_conv)
        # The pipelines draw a sample from the posterior; with this it is the mean, to all intents.
        codec.quant_conv.weight[CHANNELS:] = 0
        codec.quant_conv.bias[CHANNELS:] = -12.0
    return codec


def hold_frames(conv):
    """Makes a temporal convolution pass its last frame on: going down it picks one, going up it repeats one."""
    conv.weight.zero_()
    conv.bias.zero_()
    inputs = conv.weight.shape[1]
    for k in range(conv.weight.shape[0]):
        conv.weight[k, k % inputs, -1] = 1.0


def conv(module, x):
    weight = module.weight[:, :, -1]
    return F.conv2d(x, weight, module.bias, padding=weight.shape[-1] // 2)


def norm(module, x, act=True):
    y = x * torch.rsqrt((x * x).mean(1, keepdim=True) + 1e-12) * module.gamma.reshape(1, -1, 1, 1).to(x.dtype)
    return F.silu(y) if act else y


def residual(module, x):
    skip = x if isinstance(module.conv_shortcut, NOTHING) else conv(module.conv_shortcut, x)
    return conv(module.conv2, norm(module.norm2, conv(module.conv1, norm(module.norm1, x)))) + skip


def attention(module, x):
    n, c, h, w = x.shape
    q, k, v = module.to_qkv(norm(module.norm, x, False)).permute(0, 2, 3, 1).reshape(n, 1, h * w, 3 * c).chunk(3, -1)
    seen = F.scaled_dot_product_attention(q, k, v).reshape(n, h, w, c).permute(0, 3, 1, 2)
    return module.proj(seen) + x


def resample(module, x):
    if module.mode.startswith("up"):
        return module.resample[1](F.interpolate(x, scale_factor=2, mode="nearest"))
    return module.resample[1](F.pad(x, (0, 1, 0, 1)))


def middle(module, x):
    x = residual(module.resnets[0], x)
    for attend, block in zip(module.attentions, module.resnets[1:]):
        x = residual(block, attention(attend, x))
    return x


def encode(codec, x):
    """Pictures `[n, 3, h, w]` in -1..1 to codes `[n, 16, h/8, w/8]`."""
    e = codec.encoder
    x = conv(e.conv_in, x)
    for layer in e.down_blocks:
        x = residual(layer, x) if hasattr(layer, "conv1") else resample(layer, x)
    x = conv(e.conv_out, norm(e.norm_out, middle(e.mid_block, x)))
    return conv(codec.quant_conv, x)[:, :CHANNELS]


def decode(codec, code):
    d = codec.decoder
    x = middle(d.mid_block, conv(d.conv_in, conv(codec.post_quant_conv, code)))
    for block in d.up_blocks:
        for layer in block.resnets:
            x = residual(layer, x)
        if block.upsamplers is not None:
            x = resample(block.upsamplers[0], x)
    return conv(d.conv_out, norm(d.norm_out, x))


LOUD = 200.0  # the constant channel of `write_encoder`: its square still fits into 16 bits


@torch.no_grad()
def write_encoder(codec, code):
    """Writes weights into the encoder with which it computes the analytic code, to about one part in a thousand.

    The code is linear, and everything in the encoder can be made to pass linear maps on: residual branches end in
    zero, the strided convolutions gather 2×2 positions into channels, a loud constant channel makes the last
    norm divide by a constant, and SiLU is undone by pairs, since silu(y) − silu(−y) = y. At a quarter of the side
    there are fewer channels than samples of a patch, so there they are combined (by singular vectors) into those
    that the code needs most.
    """
    e = codec.encoder
    for p in e.parameters():
        p.zero_()
    for module in e.modules():
        if isinstance(module, reference.QwenImageRMS_norm):
            module.gamma.fill_(1.0)
        if isinstance(module, reference.QwenImageResample) and hasattr(module, "time_conv"):
            hold_frames(module.time_conv)
        if isinstance(module, reference.QwenImageResidualBlock) and not isinstance(module.conv_shortcut, NOTHING):
            width = module.conv_shortcut.weight.shape[1]
            module.conv_shortcut.weight[:width, :, -1, 0, 0] = torch.eye(width)
    first, second, third = (layer.resample[1] for layer in e.down_blocks if isinstance(layer, reference.QwenImageResample))
    # Whole size: the three colours, and the loud channel, everywhere the last that its convolution makes.
    e.conv_in.weight[range(3), range(3), -1, 1, 1] = 1.0
    e.conv_in.bias[-1] = LOUD
    for conv_, before in ((first, e.conv_in), (second, first), (third, second)):
        conv_.weight[-1, before.weight.shape[0] - 1, 0, 0] = 1.0
    # Half: a channel for each position of 2×2 and colour.
    for at in range(4):
        first.weight[range(3 * at, 3 * at + 3), range(3), at // 2, at % 2] = 1.0
    # A quarter: as many maps of 4×4 patches as there is room for; the code asks for 64, of 48 numbers.
    asked = code.weight.reshape(CHANNELS, 3, 2, 2, 2, 2, 2, 2).permute(0, 2, 5, 3, 6, 4, 7, 1).reshape(4 * CHANNELS, 48)
    left, values, right = torch.linalg.svd(asked.double(), full_matrices=False)
    room = min(second.weight.shape[0] - 1, 48)
    root = values[:room].sqrt()
    gather, combine = (root[:, None] * right[:room]).float().view(room, 4, 12), (left[:, :room] * root).float().view(CHANNELS, 4, room)
    # An eighth: the code and its negative.
    code_at, negative_at = slice(0, CHANNELS), slice(CHANNELS, 2 * CHANNELS)
    for at in range(4):
        second.weight[:room, :12, at // 2, at % 2] = gather[:, at]
        third.weight[code_at, :room, at // 2, at % 2] = combine[:, at]
        third.weight[negative_at, :room, at // 2, at % 2] = -combine[:, at]
    third.bias[code_at], third.bias[negative_at] = code.bias, -code.bias
    e.norm_out.gamma.fill_(LOUD / e.norm_out.gamma.numel() ** 0.5)
    e.conv_out.weight[range(CHANNELS), range(CHANNELS), -1, 1, 1] = 1.0
    e.conv_out.weight[range(CHANNELS), range(CHANNELS, 2 * CHANNELS), -1, 1, 1] = -1.0
    codec.quant_conv.weight.zero_()
    codec.quant_conv.weight[range(CHANNELS), range(CHANNELS), 0, 0, 0] = 1.0
    codec.quant_conv.bias.zero_()
    codec.quant_conv.bias[CHANNELS:] = -12.0


class Analytic:
    """The code of both checkpoints: the first 16 principal components of 8×8 patches, half whitened.

    Learnt end to end from random weights a codec finds its channels one at a time and colours last; with this code
    the encoder needs no training (`write_encoder`) and the decoder is a supervised problem. Half whitening (each
    component divided by the root of its deviation) keeps coarse shape and colour loud, so that flow matching spends
    its loss on them.
    """

    def __init__(self, mean, vectors, scale):
        self.mean, self.vectors, self.scale = (torch.as_tensor(np.asarray(v), dtype=torch.float32) for v in (mean, vectors, scale))
        self.weight = (self.vectors / self.scale).T.reshape(CHANNELS, 3, 8, 8).contiguous()
        self.bias = -(self.mean @ (self.vectors / self.scale))

    @classmethod
    def fit(cls, pictures):
        """From float pictures `[n, 3, h, w]`."""
        patches = F.unfold(pictures, 8, stride=8).transpose(1, 2).reshape(-1, 192).double()
        mean = patches.mean(0)
        covariance = (patches - mean).T @ (patches - mean) / len(patches)
        values, vectors = torch.linalg.eigh(covariance)
        deviation, vectors = values.flip(0)[:CHANNELS].sqrt(), vectors.flip(1)[:, :CHANNELS]
        scale = deviation.sqrt()
        return cls(mean, vectors, scale * ((deviation / scale) ** 2).mean().sqrt())

    @classmethod
    def load(cls, path):
        return cls(*(np.load(path)[name] for name in ("mean", "vectors", "scale")))

    def save(self, path):
        np.savez(path, mean=self.mean.numpy(), vectors=self.vectors.numpy(), scale=self.scale.numpy())

    def encode(self, x):
        return F.conv2d(x, self.weight, self.bias, stride=8)

    def decode(self, code):
        n, _, h, w = code.shape
        patches = torch.einsum("nchw,pc->nphw", code * self.scale.view(1, -1, 1, 1), self.vectors) + self.mean.view(1, -1, 1, 1)
        return F.pixel_shuffle(patches, 8)
