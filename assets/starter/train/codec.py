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


class Analytic:
    """The code that training starts from: the first 16 principal components of 8×8 patches, half whitened.

    Learnt end to end from random weights a codec finds its channels one at a time and colours last; given this code
    as a target, encoder and decoder are two supervised problems. Half whitening (each component divided by the root
    of its deviation) keeps coarse shape and colour loud, so that flow matching spends its loss on them.
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
