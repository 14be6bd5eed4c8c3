"""What the tiny checkpoints look like. The sizes differ on purpose: nothing may be taken for granted."""

import math
from dataclasses import dataclass, field

SCHEDULE = dict(
    num_train_timesteps=1000, shift=1.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9,
    base_image_seq_len=256, max_image_seq_len=8192, shift_terminal=0.02, time_shift_type="exponential",
)
LIGHTNING_SCHEDULE = dict(SCHEDULE, base_shift=math.log(3), max_shift=math.log(3), shift_terminal=None)


@dataclass(frozen=True)
class Stored:
    """How a component lies on disk: number format, and the shard size if it is split."""

    numbers: str = "bfloat16"
    shard: str | None = None


@dataclass(frozen=True)
class TransformerSpec:
    name: str
    layers: int
    heads: int
    axes: tuple[int, int, int]
    text_width: int
    zero_cond_t: bool = False
    latent_channels: int = 16
    loud: float = 1.0  # scales one MLP's output, for the large activations that trained transformers have


@dataclass(frozen=True)
class TextSpec:
    name: str
    width: int
    mlp: int
    layers: int
    heads: int
    key_heads: int
    sections: tuple[int, int, int]
    vision_width: int
    vision_heads: int
    vision_mlp: int
    vision_depth: int
    window: int
    full_blocks: tuple[int, ...]
    tied: bool = True
    epsilon: float = 1e-6
    theta: float = 1000000.0
    patch: int = 14


@dataclass(frozen=True)
class CodecSpec:
    name: str
    base: int
    res_blocks: int = 2
    dim_mult: tuple[int, ...] = (1, 2, 4, 4)
    temporal: tuple[bool, ...] = (False, True, True)
    latent_channels: int = 16
    moments: tuple[tuple[float, ...], tuple[float, ...]] | None = None  # mean and deviation; None = the published ones


@dataclass(frozen=True)
class Checkpoint:
    folder: str
    pipeline: str
    transformer: TransformerSpec
    text: TextSpec
    codec: CodecSpec
    schedule: dict = field(default_factory=lambda: SCHEDULE)
    flat_text_config: bool = False  # text_encoder/config.json as transformers 4 wrote it, like the published ones
    stored: dict[str, Stored] = field(default_factory=dict)

    @property
    def edits(self) -> bool:
        return "Edit" in self.pipeline


CHECKPOINTS = [
    Checkpoint(
        "generate", "QwenImagePipeline",
        transformer=TransformerSpec("transformer of generate", layers=2, heads=2, axes=(4, 6, 6), text_width=48),
        text=TextSpec(
            "text of generate", width=48, mlp=80, layers=2, heads=3, key_heads=1, sections=(2, 3, 3), vision_width=32,
            vision_heads=2, vision_mlp=52, vision_depth=2, window=112, full_blocks=(1,), tied=False,
        ),
        codec=CodecSpec("codec of generate", base=3),
    ),
    Checkpoint(
        "lightning", "QwenImagePipeline",
        transformer=TransformerSpec("transformer of lightning", layers=3, heads=1, axes=(8, 12, 12), text_width=48),
        text=TextSpec(
            "text of lightning", width=48, mlp=48, layers=1, heads=2, key_heads=1, sections=(4, 4, 4), vision_width=16,
            vision_heads=1, vision_mlp=24, vision_depth=1, window=112, full_blocks=(0,),
        ),
        codec=CodecSpec("codec of lightning", base=3, res_blocks=1), schedule=LIGHTNING_SCHEDULE,
    ),
    Checkpoint(
        "edit", "QwenImageEditPipeline",
        transformer=TransformerSpec("transformer of edit", layers=1, heads=3, axes=(8, 8, 8), text_width=64),
        text=TextSpec(
            "text of edit", width=64, mlp=96, layers=2, heads=4, key_heads=2, sections=(4, 2, 2), vision_width=32,
            vision_heads=2, vision_mlp=44, vision_depth=3, window=56, full_blocks=(2,),
        ),
        codec=CodecSpec("codec of edit", base=3, res_blocks=1), flat_text_config=True,
    ),
    Checkpoint(
        "edit_plus", "QwenImageEditPlusPipeline",
        transformer=TransformerSpec("transformer of edit_plus", layers=2, heads=3, axes=(4, 4, 8), text_width=96, zero_cond_t=True),
        text=TextSpec(
            "text of edit_plus", width=96, mlp=56, layers=3, heads=6, key_heads=2, sections=(2, 3, 3), vision_width=32,
            vision_heads=2, vision_mlp=40, vision_depth=4, window=112, full_blocks=(1, 3),
        ),
        codec=CodecSpec("codec of edit_plus", base=4, res_blocks=1), flat_text_config=True,
    ),
    Checkpoint(
        "edit_plus_2509", "QwenImageEditPlusPipeline",
        transformer=TransformerSpec("transformer of 2509", layers=2, heads=2, axes=(8, 4, 4), text_width=32),
        text=TextSpec(
            "text of 2509", width=32, mlp=64, layers=2, heads=2, key_heads=1, sections=(3, 3, 2), vision_width=24,
            vision_heads=1, vision_mlp=36, vision_depth=2, window=84, full_blocks=(0,),
        ),
        codec=CodecSpec("codec of 2509", base=3, res_blocks=1),
        stored=dict(
            transformer=Stored("float16", "80KB"), text_encoder=Stored("float32", "120KB"), vae=Stored("float16"),
        ),
    ),
]
