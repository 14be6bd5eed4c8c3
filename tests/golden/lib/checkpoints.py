"""Builds the tiny checkpoints in the folder layout of diffusers, and opens them again in float32.

Results are always computed from what was read back from disk, so rounding to the stored format is part
of the checkpoint and not of the comparison.
"""

import copy
import json
from functools import lru_cache
from pathlib import Path

import diffusers
import torch
import transformers
from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

from .files import write_json
from .seeded import fill_weights
from .specs import Checkpoint, Stored
from .vocabulary import write_vocabulary

SPARE_ROWS = 6  # the real embedding table has more rows than the tokenizer has tokens
PROCESSOR = {
    "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor", "do_convert_rgb": True,
    "do_resize": True, "resample": 3, "do_rescale": True, "rescale_factor": 0.00392156862745098, "do_normalize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
    "min_pixels": 3136, "max_pixels": 12845056, "size": {"shortest_edge": 3136, "longest_edge": 12845056},
    "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
}


def quiet() -> None:
    """Keep the libraries' remarks and progress bars off the terminal."""
    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


def write_checkpoint(root: Path, checkpoint: Checkpoint) -> None:
    """Write one complete pipeline folder."""
    folder = root / checkpoint.folder
    write_vocabulary(folder / "tokenizer")
    if checkpoint.edits:
        write_vocabulary(folder / "processor")
        write_json(folder / "processor" / "preprocessor_config.json", PROCESSOR | dict(patch_size=checkpoint.text.patch))
    tokenizer = Qwen2Tokenizer.from_pretrained(folder / "tokenizer")
    parts = dict(transformer=_transformer(checkpoint), text_encoder=_text_encoder(checkpoint, tokenizer), vae=_codec(checkpoint))
    for name, module in parts.items():
        _save(module, folder / name, checkpoint.stored.get(name, Stored()))
    if checkpoint.flat_text_config:
        _flatten_text_config(folder / "text_encoder" / "config.json")
    FlowMatchEulerDiscreteScheduler(**checkpoint.schedule).save_pretrained(folder / "scheduler")
    _write_index(folder, checkpoint)


def _transformer(checkpoint: Checkpoint):
    spec = checkpoint.transformer
    model = QwenImageTransformer2DModel(
        patch_size=2, in_channels=4 * spec.latent_channels, out_channels=spec.latent_channels, num_layers=spec.layers,
        attention_head_dim=sum(spec.axes), num_attention_heads=spec.heads, joint_attention_dim=spec.text_width, guidance_embeds=False,
        axes_dims_rope=spec.axes, zero_cond_t=spec.zero_cond_t,
    )
    return fill_weights(model, spec.name, {"transformer_blocks.0.img_mlp.net.2.weight": spec.loud})


def _text_encoder(checkpoint: Checkpoint, tokenizer):
    spec, token = checkpoint.text, tokenizer.convert_tokens_to_ids
    rope = dict(rope_type="default", rope_theta=spec.theta, mrope_section=list(spec.sections))
    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=len(tokenizer) + SPARE_ROWS, hidden_size=spec.width, intermediate_size=spec.mlp,
            num_hidden_layers=spec.layers, num_attention_heads=spec.heads, num_key_value_heads=spec.key_heads,
            hidden_act="silu", rms_norm_eps=spec.epsilon, max_position_embeddings=4096, use_sliding_window=False,
            rope_parameters=rope, tie_word_embeddings=spec.tied,
            bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"),
        ),
        vision_config=dict(
            depth=spec.vision_depth, hidden_size=spec.vision_width, intermediate_size=spec.vision_mlp,
            num_heads=spec.vision_heads, in_channels=3, patch_size=spec.patch, temporal_patch_size=2, spatial_merge_size=2,
            tokens_per_second=2, window_size=spec.window, fullatt_block_indexes=list(spec.full_blocks),
            out_hidden_size=spec.width, hidden_act="silu",
        ),
        image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"), vision_end_token_id=token("<|vision_end|>"),
        tie_word_embeddings=spec.tied,
    )
    return fill_weights(Qwen2_5_VLForConditionalGeneration(config), spec.name)


def _codec(checkpoint: Checkpoint):
    spec = checkpoint.codec
    moments = dict(zip(("latents_mean", "latents_std"), map(list, spec.moments))) if spec.moments else {}
    codec = AutoencoderKLQwenImage(
        base_dim=spec.base, z_dim=spec.latent_channels, dim_mult=list(spec.dim_mult), num_res_blocks=spec.res_blocks,
        attn_scales=[], temperal_downsample=list(spec.temporal), **moments,
    )
    # A quieter last layer keeps most pixels away from the clamp, where differences would not show.
    return fill_weights(codec, spec.name, {"decoder.conv_out.weight": 0.6, "encoder.conv_out.weight": 0.7})


def _save(module: torch.nn.Module, folder: Path, stored: Stored) -> None:
    # The copy matters: casting in place would also round the rotary tables of the model in memory.
    rounded = copy.deepcopy(module).to(getattr(torch, stored.numbers))
    rounded.save_pretrained(folder, safe_serialization=True, max_shard_size=stored.shard or "10GB")


def _flatten_text_config(file: Path) -> None:
    """Rewrite the settings in the older layout: the language model's at the top level, `rope_scaling` apart."""
    config = json.loads(file.read_text())
    language = config.pop("text_config")
    rope = language.pop("rope_parameters")
    language["rope_theta"] = rope["rope_theta"]
    language["rope_scaling"] = dict(mrope_section=rope["mrope_section"], rope_type="default", type="mrope")
    vision = config["vision_config"]
    vision.pop("rope_parameters", None)
    vision |= dict(in_chans=3, spatial_patch_size=vision["patch_size"], model_type="qwen2_5_vl")
    config["torch_dtype"] = config.pop("dtype")
    for key in ("model_type", "layer_types", "pad_token_id"):
        language.pop(key, None)
    file.write_text(json.dumps(dict(sorted((language | config).items())), indent=2) + "\n")


def _write_index(folder: Path, checkpoint: Checkpoint) -> None:
    parts = {
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
        "text_encoder": ["transformers", "Qwen2_5_VLForConditionalGeneration"],
        "tokenizer": ["transformers", "Qwen2Tokenizer"],
        "transformer": ["diffusers", "QwenImageTransformer2DModel"],
        "vae": ["diffusers", "AutoencoderKLQwenImage"],
    }
    if checkpoint.edits:
        parts["processor"] = ["transformers", "Qwen2_5_VLProcessor"]
    head = {"_class_name": checkpoint.pipeline, "_diffusers_version": diffusers.__version__}
    write_json(folder / "model_index.json", head | dict(sorted(parts.items())))


@lru_cache(maxsize=None)
def open_pipeline(folder: Path, class_name: str | None = None):
    """Read a checkpoint folder in float32 as the pipeline class it names, or as another one on the same parts."""
    named = json.loads((folder / "model_index.json").read_text())["_class_name"]
    pipeline = getattr(diffusers, class_name or named).from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    prefix = pipeline.prompt_template_encode.split("{}")[0].split("<|vision_start|>")[0]
    # The class has the real vocabulary's count (34 or 64) built in; ours differs.
    pipeline.prompt_template_encode_start_idx = len(pipeline.tokenizer(prefix)["input_ids"])
    return pipeline
