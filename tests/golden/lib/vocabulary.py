"""A tiny byte-level BPE in the file layout of Qwen2, and golden tokenisations of it."""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import Qwen2Tokenizer

from .files import write_json

MERGES = 90
SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]
PLAIN_ADDED = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_suffix|>", "<|file_sep|>"]
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TRAINING_TEXT = [
    "turn the grey sky over the harbour into a warm evening sky",
    "put a paper lantern where the red balloon was and leave the rest alone",
    "system user assistant Picture Describe the key features of the input image",
    "color, shape, size, texture, quantity, text, spatial relationships of the objects and background",
    "explain how the instruction should alter or modify the image while maintaining consistency",
    "an old lighthouse, soft light, 35mm film, it's quiet, they'll sail at 7:45",
    "一只白色的猫坐在窗边，外面下着雨。把背景换成傍晚的天空。",
    "größere Straße, déjà vu, cœur, señor, naïve Ölfarbe",
]
SAMPLES = [
    "", " ", "   ", "\n", "\r\n", "\n\n  \n", "the harbour", " the  harbour ", "It's they'LL don't I'd WE'VE",
    "1234567890 3.14 2,000", "C:\\dir\\file_name-01.png", "(hello) [world] {x} \"quoted\" 'single'", "tab\tand\r\nlines\n\n\tend  ",
    "一只猫，keep it 35mm！", "naïve Straße cœur", "e\u0301 and é, ﬁ ligature, Å vs A\u030a", "ｗｉｄｅ １２ ①②", "emoji 😊👩\u200d🚀🇩🇪 done",
    "日本語のテキスト 한국어 ไทย हिन्दी العربية עברית", "\u00a0non\u00a0breaking\u2003em\u200bzero", "!!!???...\n---\r\n***", "a_b__c", "²³½ Ⅳ",
    "<|im_end|>", "before<|im_start|>after", "<|image_pad|><|image_pad|> x", "<tool_call>{}</tool_call> <|fim_prefix|>", "<|im_end", "𝔘𝔫𝔦 𐍈",
]


def write_vocabulary(folder: Path) -> None:
    """Train on a few sentences and write vocab.json, merges.txt and the settings beside them."""
    trained = Tokenizer(BPE())
    trained.normalizer = normalizers.NFC()
    trained.decoder = decoders.ByteLevel()
    trained.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = BpeTrainer(vocab_size=len(alphabet) + MERGES, initial_alphabet=alphabet, show_progress=False)
    trained.train_from_iterator(TRAINING_TEXT * 2, trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    added = {text: len(model["vocab"]) + n for n, text in enumerate(SPECIAL + PLAIN_ADDED)}
    write_json(folder / "added_tokens.json", added)
    details = dict(lstrip=False, rstrip=False, normalized=False, single_word=False)
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "Qwen2Tokenizer", "model_max_length": 131072, "add_prefix_space": False, "add_bos_token": False,
        "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None, "errors": "replace",
        "clean_up_tokenization_spaces": False, "split_special_tokens": False, "additional_special_tokens": SPECIAL[1:],
        "added_tokens_decoder": {str(n): dict(content=text, special=text in SPECIAL, **details) for text, n in added.items()},
    })
    write_json(folder / "special_tokens_map.json", {
        "additional_special_tokens": SPECIAL[1:], "eos_token": dict(content="<|im_end|>", **details),
        "pad_token": dict(content="<|endoftext|>", **details),
    })


def write_tokenisations(folder: Path, target: Path, templates: dict[str, str]) -> None:
    """Golden ids of the samples, alone and inside each prompt template, with the count of tokens to drop."""
    tokenizer = Qwen2Tokenizer.from_pretrained(folder)
    ids = lambda text: tokenizer(text)["input_ids"]
    inside = {}
    for name, template in templates.items():
        prefix = template.split("{}")[0]
        prompts = ["", " ", "turn the sky grey", "\nleading line break", "trailing space ", "把天空换成傍晚"]
        inside[name] = dict(
            template=template, prefix_ids=ids(prefix), drop=len(ids(prefix)),
            cases=[dict(prompt=prompt, ids=ids(template.format(prompt))) for prompt in prompts],
        )
    write_json(target, dict(
        tokens=len(tokenizer), special={text: tokenizer.convert_tokens_to_ids(text) for text in SPECIAL + PLAIN_ADDED},
        samples=[dict(text=text, ids=ids(text)) for text in SAMPLES], templates=inside,
    ))
