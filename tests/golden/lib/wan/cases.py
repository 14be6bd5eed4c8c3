"""The golden runs of whole pipelines: what is asked for."""

from dataclasses import dataclass

FOX = "A  red fox &amp; two cats run\nacross the snow, cinematic light – “slow motion”."
CITY = "three people walk in the city at night, rain falls on the street"


@dataclass(frozen=True)
class Case:
    """One run. `negative` None means the family's own; guidance up to 1 runs none. `video` counts frames of an input clip."""

    name: str
    model: str
    prompt: str
    width: int
    height: int
    frames: int
    steps: int
    seed: int
    shift: float
    guidance: float
    guidance_low: float | None = None
    negative: str | None = "blurred, static"
    sampler: str = "unipc"
    schedule: str = "diffusers"
    sigmas: tuple[float, ...] | None = None
    first: tuple[int, int] | None = None  # size of the picture that begins the clip
    last: tuple[int, int] | None = None  # of the one that ends it
    video: tuple[int, int, int] | None = None  # width, height, frames of a clip to start from
    strength: float | None = None
    known: int = 0  # the last frames of `video` that the clip goes on from


CASES = [
    Case("t2v", "t2v", FOX, 48, 32, 9, steps=8, seed=1, shift=12.0, guidance=4.0, guidance_low=3.0),
    Case("t2v_own_negative", "t2v", CITY, 32, 32, 5, steps=3, seed=2, shift=12.0, guidance=4.0, guidance_low=3.0, negative=None),
    Case("t2v_plain", "t2v", FOX, 32, 48, 5, steps=4, seed=3, shift=5.0, guidance=1.0),
    Case("t2v_one_frame", "t2v", CITY, 64, 32, 1, steps=2, seed=4, shift=8.0, guidance=3.0, guidance_low=2.0, negative=""),
    Case("t2v_seven_frames", "t2v", "", 16, 32, 7, steps=3, seed=5, shift=3.0, guidance=2.0),
    Case("t2v_seventeen", "t2v", CITY, 32, 16, 17, steps=3, seed=6, shift=5.0, guidance=1.0),
    Case("t2v_lightning", "t2v", FOX, 48, 32, 9, steps=4, seed=7, shift=5.0, guidance=1.0, sampler="euler", schedule="linear"),
    Case("t2v_given", "t2v", FOX, 32, 32, 5, steps=4, seed=8, shift=1.0, guidance=1.0, sampler="euler", schedule="linear",
         sigmas=(1.0, 0.9375, 0.8333, 0.625)),
    Case("t2v_wan_schedule", "t2v", CITY, 32, 32, 5, steps=5, seed=9, shift=12.0, guidance=4.0, guidance_low=3.0, schedule="wan"),
    Case("t2v_dpmpp", "t2v", CITY, 32, 32, 5, steps=6, seed=10, shift=5.0, guidance=3.0, sampler="dpmpp", schedule="wan"),
    Case("t2v_dpmpp_straight", "t2v", FOX, 32, 16, 1, steps=16, seed=16, shift=5.0, guidance=1.0, sampler="dpmpp", schedule="linear"),
    Case("i2v", "i2v", FOX, 48, 32, 9, steps=6, seed=11, shift=5.0, guidance=3.5, first=(48, 32)),
    Case("i2v_resized", "i2v", CITY, 32, 48, 5, steps=3, seed=12, shift=5.0, guidance=3.5, guidance_low=1.5, first=(61, 75)),
    Case("i2v_plain", "i2v", CITY, 32, 32, 13, steps=4, seed=13, shift=5.0, guidance=1.0, first=(32, 32), sampler="euler", schedule="linear"),
    Case("i2v_first_last", "i2v", FOX, 48, 32, 9, steps=4, seed=14, shift=5.0, guidance=3.5, first=(48, 32), last=(90, 60)),
    Case("i2v_continued", "i2v", FOX, 48, 32, 13, steps=4, seed=15, shift=5.0, guidance=3.5, video=(48, 32, 9), known=5),
    Case("ti2v_words", "ti2v", FOX, 96, 64, 5, steps=5, seed=21, shift=5.0, guidance=5.0),
    Case("ti2v_picture", "ti2v", FOX, 96, 64, 9, steps=5, seed=22, shift=5.0, guidance=5.0, first=(96, 64)),
    Case("ti2v_one_frame", "ti2v", CITY, 64, 64, 1, steps=3, seed=23, shift=5.0, guidance=1.0),
    Case("ti2v_continued", "ti2v", CITY, 64, 32, 13, steps=3, seed=24, shift=5.0, guidance=5.0, video=(64, 32, 9), known=5),
    Case("v2v_both_experts", "t2v", CITY, 48, 32, 9, steps=10, seed=31, shift=5.0, guidance=3.0, guidance_low=2.0, video=(48, 32, 9), strength=0.8),
    Case("v2v_low_expert", "t2v", FOX, 32, 32, 5, steps=10, seed=32, shift=5.0, guidance=3.0, video=(60, 60, 7), strength=0.5),
    Case("v2v_ti2v", "ti2v", FOX, 64, 32, 5, steps=5, seed=33, shift=5.0, guidance=5.0, video=(64, 32, 5), strength=0.6),
]
