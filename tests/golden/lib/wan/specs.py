"""What the tiny checkpoints of the Wan family look like. The sizes differ on purpose: nothing may be taken for granted."""

from dataclasses import dataclass, field

NEGATIVE = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，"
    "多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)

MEAN_48 = [
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.1570, -0.0098,
    0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322, 0.1109, 0.1567,
    -0.0729, 0.0899, -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520, 0.3748, 0.0152, 0.1957,
    0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
]
DEVIATION_48 = [
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165, 0.8454,
    0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999,
    0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600, 0.3943, 0.5537, 0.5444,
    0.4089, 0.7468, 0.7744,
]


@dataclass(frozen=True)
class Stored:
    """How a component lies on disk: number format, and the shard size if it is split."""

    numbers: str = "bfloat16"
    shard: str | None = None


@dataclass(frozen=True)
class TransformerSpec:
    layers: int
    heads: int
    head_size: int
    mlp: int
    inputs: int
    outputs: int


@dataclass(frozen=True)
class TextSpec:
    width: int
    head_size: int
    heads: int
    mlp: int
    layers: int
    distance: int = 128  # relative positions beyond this share a bucket


@dataclass(frozen=True)
class CodecSpec:
    """`base` channels at full size; `decoder_base` set means the 48-channel kind with shortcuts and patches."""

    base: int
    res_blocks: int = 2
    decoder_base: int | None = None
    latent_channels: int = 16


@dataclass(frozen=True)
class Checkpoint:
    folder: str
    pipeline: str
    transformer: TransformerSpec
    text: TextSpec
    codec: CodecSpec
    boundary: float | None  # none: a single expert
    file_shift: float  # what scheduler_config.json says; the published files do not say what their makers use
    expand_timesteps: bool = False
    stored: dict[str, Stored] = field(default_factory=dict)


CHECKPOINTS = [
    Checkpoint(
        "t2v", "WanPipeline", boundary=0.875, file_shift=3.0,
        transformer=TransformerSpec(layers=2, heads=2, head_size=32, mlp=80, inputs=16, outputs=16),
        text=TextSpec(width=32, head_size=8, heads=4, mlp=64, layers=2), codec=CodecSpec(base=4),
    ),
    Checkpoint(
        "i2v", "WanImageToVideoPipeline", boundary=0.9, file_shift=3.0,
        transformer=TransformerSpec(layers=1, heads=3, head_size=24, mlp=56, inputs=36, outputs=16),
        text=TextSpec(width=48, head_size=16, heads=2, mlp=40, layers=3, distance=40), codec=CodecSpec(base=3, res_blocks=1),
        stored={"transformer": Stored("float16"), "transformer_2": Stored("float16", "60KB"), "vae": Stored("float32")},
    ),
    Checkpoint(
        "ti2v", "WanPipeline", boundary=None, file_shift=5.0, expand_timesteps=True,
        transformer=TransformerSpec(layers=3, heads=3, head_size=16, mlp=64, inputs=48, outputs=48),
        text=TextSpec(width=40, head_size=8, heads=3, mlp=72, layers=1),
        codec=CodecSpec(base=4, decoder_base=6, latent_channels=48),
        stored={"transformer": Stored("bfloat16", "100KB"), "text_encoder": Stored("float32")},
    ),
]
