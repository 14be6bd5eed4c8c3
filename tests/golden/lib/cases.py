"""The golden runs of whole pipelines: what is asked for, and the same wish as a Rostrum command line."""

from dataclasses import dataclass

LONG = "a paper lantern, a red balloon, an old lighthouse above the harbour; " * 18


@dataclass(frozen=True)
class Case:
    """One run. `negative` None means the family's own default (one space); guidance 1 means none is run."""

    name: str
    pipeline: str
    model: str
    prompt: str
    width: int
    height: int
    steps: int
    seed: int
    guidance: float = 4.0
    negative: str | None = None
    strength: float | None = None
    pictures: tuple[tuple[int, int], ...] = ()
    mask: tuple[tuple[float, float], float] | None = None

    @property
    def negative_used(self) -> str | None:
        if self.guidance <= 1:
            return None
        return " " if self.negative is None else self.negative

    def picture_names(self) -> list[str]:
        return [f"picture_{n}.png" for n in range(len(self.pictures))]

    def command(self) -> list[str]:
        """Arguments of `rostrum`, with paths relative to the result folder."""
        words = ["edit" if self.pictures else "generate", "--model", self.model, "--prompt", self.prompt]
        if self.pictures:
            files = [f"runs/{self.name}/{file}" for file in self.picture_names()]
            words += ["--image", files[0], "--work-size", f"{self.width}x{self.height}"]
            for file in files[1:]:
                words += ["--ref", file]
        else:
            words += ["--width", str(self.width), "--height", str(self.height)]
        if self.mask:
            words += ["--mask", f"runs/{self.name}/mask.png"]
        if self.strength is not None:
            words += ["--strength", str(self.strength)]
        if self.negative is not None:
            words += ["--negative", self.negative]
        return words + ["--steps", str(self.steps), "--guidance", str(self.guidance), "--seed", str(self.seed)]


_GENERATE, _IMG2IMG, _INPAINT = "QwenImagePipeline", "QwenImageImg2ImgPipeline", "QwenImageInpaintPipeline"
_EDIT, _EDIT_INPAINT, _PLUS = "QwenImageEditPipeline", "QwenImageEditInpaintPipeline", "QwenImageEditPlusPipeline"
_SKY, _SWAP = "turn the grey sky into a warm evening sky", "put the lantern of picture 2 into picture 1"

CASES = [
    Case("generate_guided", _GENERATE, "generate", "an old lighthouse, soft light", 64, 48, steps=4, seed=1234),
    Case("generate_plain", _GENERATE, "generate", "an old lighthouse, soft light", 32, 64, steps=5, seed=7, guidance=1.0),
    Case("generate_empty_negative", _GENERATE, "generate", "傍晚的天空，35mm", 80, 48, steps=3, seed=2**32 + 7, guidance=2.5, negative=""),
    Case("generate_own_negative", _GENERATE, "generate", "", 112, 16, steps=7, seed=0, guidance=3.0, negative="blurry, low quality"),
    Case("generate_one_token", _GENERATE, "generate", "a red balloon", 16, 16, steps=2, seed=99),
    Case("generate_long_prompt", _GENERATE, "generate", LONG, 32, 48, steps=2, seed=5, guidance=1.0),
    Case("lightning_four_steps", _GENERATE, "lightning", "a paper lantern", 64, 48, steps=4, seed=42, guidance=1.0),
    Case("lightning_one_step", _GENERATE, "lightning", "a paper lantern", 32, 64, steps=1, seed=43, guidance=1.0),
    Case("img2img", _IMG2IMG, "generate", _SKY, 64, 48, steps=5, seed=11, strength=0.6, pictures=((110, 80),)),
    Case("img2img_full_strength", _IMG2IMG, "generate", _SKY, 32, 48, steps=3, seed=12, guidance=1.0, strength=1.0, pictures=((32, 48),)),
    Case("inpaint", _INPAINT, "generate", "a red balloon", 64, 48, steps=5, seed=21, strength=0.8, pictures=((64, 48),), mask=((0.4, 0.5), 0.3)),
    Case("inpaint_resampled", _INPAINT, "generate", "a boat", 48, 64, steps=3, seed=22, guidance=1.0, strength=1.0, pictures=((131, 70),), mask=((0.7, 0.4), 0.25)),
    Case("edit", _EDIT, "edit", _SKY, 80, 48, steps=4, seed=31, pictures=((120, 90),)),
    Case("edit_tall_plain", _EDIT, "edit", "把天空换成傍晚的天空", 32, 64, steps=3, seed=32, guidance=1.0, pictures=((70, 100),)),
    Case("edit_inpaint", _EDIT_INPAINT, "edit", "a red balloon", 96, 64, steps=4, seed=41, strength=0.8, pictures=((96, 64),), mask=((0.5, 0.5), 0.3)),
    Case("edit_inpaint_full_strength", _EDIT_INPAINT, "edit", "a boat", 64, 64, steps=3, seed=42, guidance=1.0, strength=1.0, pictures=((101, 101),), mask=((0.3, 0.6), 0.25)),
    Case("edit_plus_one", _PLUS, "edit_plus", _SKY, 96, 64, steps=4, seed=51, pictures=((120, 90),)),
    Case("edit_plus_two", _PLUS, "edit_plus", _SWAP, 48, 64, steps=4, seed=52, pictures=((70, 100), (120, 90))),
    Case("edit_plus_three", _PLUS, "edit_plus", _SWAP, 80, 32, steps=3, seed=53, negative="grey", guidance=2.0, pictures=((150, 60), (64, 64), (50, 110))),
    Case("edit_plus_plain", _PLUS, "edit_plus", _SKY, 96, 32, steps=2, seed=54, guidance=1.0, pictures=((200, 60),)),
    Case("edit_plus_2509_one", _PLUS, "edit_plus_2509", _SKY, 64, 48, steps=4, seed=61, pictures=((90, 90),)),
    Case("edit_plus_2509_three", _PLUS, "edit_plus_2509", _SWAP, 48, 48, steps=3, seed=62, pictures=((60, 80), (100, 40), (33, 77))),
]
