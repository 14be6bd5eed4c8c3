"""A tiny sentencepiece vocabulary in umT5's conventions, and golden tokenisations of it."""

import io
from pathlib import Path

import numpy as np
import sentencepiece
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from transformers import T5Tokenizer

from ..files import write_json
from .specs import NEGATIVE

WORDS = (
    "a the red blue fox cat cats dog run runs running across over snow grass sea light cinematic slow motion camera moves "
    "left right two three people walk in city at night rain falls on street close up shot of bright static blurred low "
    "quality worst frame video"
).split()
SAMPLES = [
    "A  red fox &amp; two cats run\nacross the snow, cinematic light – “slow motion”.", NEGATIVE, "", " ", "a", "the snow",
    "Ünïcode ½ ﬁsh ｆｕｌｌ", "emoji 🦊 and tab\tend", "x" * 40, "一只猫，在雨中！奔跑。", "&lt;b&gt;bold&amp;lt;/b&amp;gt; &quot;quoted&quot; &eacute;",
    "it’s a ‘quote’ … — dash", "line\r\nbreak\u2028here\x07 bell\x1b[31m", "e\u0301 composed Å A\u030a", "ﬄ ligatures ĳ ǆ ﬆ",
    "non\u00a0breaking\u2003spaces\u200bzero", "￥１２０ ～ ｶﾞ", "&#x41;&#66; &nbsp;&copy; &notit; &amp", "<extra_id_0> </s> <pad>", "the\ufeff bom",
    "100% & more < 5", "fox, fox; fox: fox! " * 120,
]


def _fields(data: bytes):
    """Fields of a protobuf message: number and value (an integer, or bytes)."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            yield key >> 3, number()
            continue
        length = number() if kind == 2 else 4 if kind == 5 else 8
        yield key >> 3, data[at:at + length]
        at += length


def _parts(model: bytes) -> tuple[list[tuple[str, float]], bytes]:
    """Pieces with their scores, and the map of characters, of a sentencepiece model."""
    pieces, characters = [], b""
    for number, value in _fields(model):
        if number == 1:
            piece = dict(_fields(value))
            score = float(np.frombuffer(piece[2], "<f4")[0]) if 2 in piece else 0.0
            pieces.append((piece[1].decode("utf-8"), score))
        elif number == 3:
            characters = dict(_fields(value)).get(2, b"")
    return pieces, characters


def train() -> tuple[T5Tokenizer, bytes, int]:
    """The tokenizer, the sentencepiece file behind it, and how many pieces it has."""
    draw = np.random.default_rng(20261120)
    lines = [" ".join(draw.choice(WORDS, size=int(draw.integers(4, 12)))) for _ in range(400)]
    ascii_signs = "".join(chr(code) for code in range(33, 127))
    lines += [" ".join(ascii_signs[at:at + 3] for at in range(0, len(ascii_signs), 3)), " ".join(ascii_signs)] * 2
    lines += [NEGATIVE.replace("，", ",")] * 4 + NEGATIVE.split("，") * 4
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=768, pad_id=0, eos_id=1, unk_id=2,
        bos_id=-1, pad_piece="<pad>", eos_piece="</s>", unk_piece="<unk>", byte_fallback=True, normalization_rule_name="nmt_nfkc",
        character_coverage=1.0, num_threads=1, hard_vocab_limit=False, minloglevel=2,
    )
    pieces, characters = _parts(model.getvalue())
    tokenizer = T5Tokenizer(
        vocab=pieces, extra_ids=0, additional_special_tokens=[], _spm_precompiled_charsmap=characters, model_max_length=512,
    )
    return tokenizer, model.getvalue(), len(pieces)


def write_tokenizer(folder: Path, tokenizer: T5Tokenizer, baked_in: bool) -> None:
    """Save it; `baked_in` leaves the padding and truncation of some earlier call in tokenizer.json, as published files do."""
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    if baked_in:
        tokenizer("the fox", padding="max_length", max_length=24, truncation=True)
    tokenizer.save_pretrained(folder)
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()


def write_samples(target: Path, tokenizer: T5Tokenizer) -> None:
    """What cleaning and tokenising make of the samples: ids end with `</s>` and are cut to 512."""
    rows = []
    for raw in SAMPLES:
        clean = prompt_clean(raw)
        ids = tokenizer([clean], max_length=512, truncation=True, add_special_tokens=True).input_ids[0]
        rows.append(dict(raw=raw, clean=clean, ids=ids, whole=len(tokenizer(clean).input_ids)))
    write_json(target, rows)
