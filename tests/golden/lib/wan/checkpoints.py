"""Builds the tiny checkpoints in the folder layout of diffusers, and opens them again in float32."""

import copy
import shutil
from functools import lru_cache
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from transformers import UMT5Config, UMT5EncoderModel

from ..files import write_json
from ..seeded import normal
from .specs import DEVIATION_48, MEAN_48, Checkpoint, Stored, TransformerSpec
from .tokens import write_tokenizer

SPARE_ROWS = 5  # the published embedding table has more rows than the tokenizer has tokens


def fill(module: torch.nn.Module, name: str) -> torch.nn.Module:
    """Overwrite every parameter by numbers that depend on its name only and keep activations near one."""
    for key, parameter in module.named_parameters():
        last, shape = key.rsplit(".", 1)[-1], parameter.shape
        mean, deviation = 0.0, 1.0 / max(parameter[0].numel(), 1) ** 0.5
        if last == "scale_shift_table":
            deviation = 0.25
        elif last == "gamma" or (last == "weight" and parameter.ndim == 1):
            mean, deviation = 1.0, 0.15
        elif last == "bias":
            deviation = 0.1
        elif "relative_attention_bias" in key:
            deviation = 0.7
        elif "shared" in key or "embed_tokens" in key:
            deviation = 1.0
        if "conv_out" in key and last == "weight" and name.startswith("codec"):
            deviation *= 0.5  # keeps most pixels away from the clamp, where differences would not show
        parameter.data.copy_(mean + deviation * normal(f"{name}:{key}", shape))
    return module.eval()


def transformer(spec: TransformerSpec, text_width: int, name: str) -> torch.nn.Module:
    return fill(WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=spec.heads, attention_head_dim=spec.head_size, in_channels=spec.inputs,
        out_channels=spec.outputs, text_dim=text_width, freq_dim=256, ffn_dim=spec.mlp, num_layers=spec.layers,
        cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=1024,
    ), name)


def _codec(checkpoint: Checkpoint) -> torch.nn.Module:
    spec, name = checkpoint.codec, f"codec of {checkpoint.folder}"
    common = dict(
        base_dim=spec.base, z_dim=spec.latent_channels, dim_mult=[1, 2, 4, 4], num_res_blocks=spec.res_blocks,
        temperal_downsample=[False, True, True],
    )
    if spec.decoder_base is None:
        return fill(AutoencoderKLWan(**common), name)
    return fill(AutoencoderKLWan(
        **common, decoder_base_dim=spec.decoder_base, is_residual=True, in_channels=12, out_channels=12, patch_size=2,
        scale_factor_temporal=4, scale_factor_spatial=16, latents_mean=MEAN_48, latents_std=DEVIATION_48,
    ), name)


def _text_encoder(checkpoint: Checkpoint, pieces: int) -> torch.nn.Module:
    spec = checkpoint.text
    return fill(UMT5EncoderModel(UMT5Config(
        vocab_size=pieces + SPARE_ROWS, d_model=spec.width, d_kv=spec.head_size, d_ff=spec.mlp, num_layers=spec.layers,
        num_heads=spec.heads, relative_attention_num_buckets=32, relative_attention_max_distance=spec.distance,
        dropout_rate=0.0, feed_forward_proj="gated-gelu", is_encoder_decoder=True,
    )), f"text of {checkpoint.folder}")


def write_checkpoint(root: Path, checkpoint: Checkpoint, tokenizer, pieces: int) -> None:
    """Write one complete pipeline folder."""
    folder = root / checkpoint.folder
    write_tokenizer(folder / "tokenizer", tokenizer, baked_in=checkpoint.folder == "i2v")
    width = checkpoint.text.width
    parts = dict(
        transformer=transformer(checkpoint.transformer, width, f"transformer of {checkpoint.folder}"),
        text_encoder=_text_encoder(checkpoint, pieces), vae=_codec(checkpoint),
    )
    if checkpoint.boundary is not None:
        parts["transformer_2"] = transformer(checkpoint.transformer, width, f"second transformer of {checkpoint.folder}")
    for name, module in parts.items():
        _save(module, folder / name, checkpoint.stored.get(name, Stored()))
    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=checkpoint.file_shift,
    ).save_pretrained(folder / "scheduler")
    index = {
        "_class_name": checkpoint.pipeline, "_diffusers_version": diffusers.__version__, "boundary_ratio": checkpoint.boundary,
        "expand_timesteps": checkpoint.expand_timesteps, "scheduler": ["diffusers", "UniPCMultistepScheduler"],
        "text_encoder": ["transformers", "UMT5EncoderModel"], "tokenizer": ["transformers", "T5TokenizerFast"],
        "transformer": ["diffusers", "WanTransformer3DModel"], "vae": ["diffusers", "AutoencoderKLWan"],
        "transformer_2": ["diffusers", "WanTransformer3DModel"] if checkpoint.boundary else [None, None],
    }
    if "Image" in checkpoint.pipeline:
        index |= {"image_encoder": [None, None], "image_processor": [None, None]}
    write_json(folder / "model_index.json", index)


def _save(module: torch.nn.Module, folder: Path, stored: Stored) -> None:
    # The copy matters: casting in place would also round the rotary tables of the model in memory.
    rounded = copy.deepcopy(module).to(getattr(torch, stored.numbers))
    rounded.save_pretrained(folder, safe_serialization=True, max_shard_size=stored.shard or "10GB")
    shutil.rmtree(folder / "generation_config.json", ignore_errors=True)


@lru_cache(maxsize=None)
def opened(folder: Path, part: str):
    """A part of a checkpoint as it lies on disk, in float32."""
    kind = {"text_encoder": UMT5EncoderModel, "vae": AutoencoderKLWan}.get(part, WanTransformer3DModel)
    return kind.from_pretrained(folder / part, torch_dtype=torch.float32).eval()
