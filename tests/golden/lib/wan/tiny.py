"""Golden tensors of tiny decoders (TAEHV by Ollin Boer Bohan, MIT): the published build at small widths.

The package is not on the index, so its decoder is written down here from its description; names, order and shapes of the
tensors are those of the published files."""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from ..files import write_tensors
from ..seeded import fill_weights, normal

# name, latent channels, patch, widths
CASES = [("taew2_1", 16, 1, (12, 8, 6, 4)), ("taew2_2", 48, 2, (10, 8, 6, 6))]
TIMES = (1, 2, 2)


class Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        conv = lambda inputs: nn.Conv2d(inputs, width, 3, padding=1)
        self.conv = nn.Sequential(conv(2 * width), nn.ReLU(), conv(width), nn.ReLU(), conv(width))

    def forward(self, x):
        past = F.pad(x, (0, 0, 0, 0, 0, 0, 1, 0))[:-1]
        return F.relu(self.conv(torch.cat([x, past], 1)) + x)


class Grow(nn.Module):
    def __init__(self, width: int, times: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width * times, 1, bias=False)

    def forward(self, x):
        return self.conv(x).reshape(-1, *x.shape[1:])


class Press(nn.Module):
    def forward(self, x):
        return torch.tanh(x / 3) * 3


def decoder(channels: int, patch: int, widths, times=TIMES, doubled=(True, True, True)) -> nn.Sequential:
    layers = [Press(), nn.Conv2d(channels, widths[0], 3, padding=1), nn.ReLU()]
    for stage, count in enumerate(times):
        width, after = widths[stage], widths[stage + 1]
        layers += [Block(width), Block(width), Block(width), nn.Upsample(scale_factor=2 if doubled[stage] else 1)]
        layers += [Grow(width, count), nn.Conv2d(width, after, 3, padding=1, bias=False)]
    return nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(widths[-1], 3 * patch * patch, 3, padding=1))


def write(target: Path) -> None:
    for name, channels, patch, widths in CASES:
        whole = decoder(channels, patch, widths)
        fill_weights(whole, name, {"22.weight": 0.3})
        whole[-1].bias.data += 0.5
        weights = {f"decoder.{key}": value for key, value in whole.state_dict().items()}
        rough = decoder(channels, patch, widths, (1, 1, 1), (True, True, False))
        cut = {key: value[-dict(rough.named_parameters())[key].shape[0]:] for key, value in whole.state_dict().items()}
        rough.load_state_dict(cut)
        latents = normal(f"{name} latents", (channels, 3, 2, 3))
        results = dict(latents=latents)
        for kind, network, before in [("whole", whole, 3), ("rough", rough, 0)]:
            pixels = network(latents.transpose(0, 1))[before:]
            results[kind] = F.pixel_shuffle(pixels, patch).clamp(0, 1).permute(0, 2, 3, 1)
            assert 0.02 < results[kind].std() and ((results[kind] > 0) & (results[kind] < 1)).float().mean() > 0.3, name
        write_tensors(target / f"{name}.safetensors", weights)
        write_tensors(target / f"{name}_frames.safetensors", results)
