"""Tokenizer and text encoder of the motion checkpoint: a unigram vocabulary in umT5's conventions, and a tiny `UMT5EncoderModel`."""

import json
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import UMT5Config, UMT5EncoderModel

import edits
import motions
import wording

WIDTH, LAYERS, HEADS, HIDDEN = 128, 2, 4, 256
PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"


def phrase(rng):
    """An instruction for a clip, or a caption with one: the text, and its meaning by slots."""
    kind = rng.choice([*motions.CAMERA, *motions.SCENE])
    text = rng.choice((motions.CAMERA | motions.SCENE)[kind])
    if rng.random() < 0.45:
        scene = edits.neat_scene(rng)
        motions.prepare(rng, scene, kind) if kind in motions.SCENE else None
        caption, meaning = edits.caption(rng, scene)
        return caption + ", " + text, dict(meaning, motion=kind)
    return wording.polite(rng, text), dict(motion=kind)


def slots():
    named = ("time", "ground", "back", "weather", "sky", "clouds")
    return dict(motion=["none", *motions.CAMERA, *motions.SCENE], **{k: v for k, v in edits.SLOTS.items() if k in named or " " in k})


def train_tokenizer():
    rng = random.Random(5)
    corpus = [phrase(rng)[0] for _ in range(12000)]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    letters = [chr(c) for c in range(33, 127)] + ["▁"]
    tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(vocab_size=800, special_tokens=[PAD, END, UNKNOWN], unk_token=UNKNOWN, initial_alphabet=letters, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, tokenizer.token_to_id(END))])
    return tokenizer


# Reads tokenizer.json as it stands: `T5TokenizerFast` of transformers 5 leaves out the lower-casing.
TOKENIZER_CLASS = "PreTrainedTokenizerFast"


def write_tokenizer(tokenizer, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = dict(tokenizer_class=TOKENIZER_CLASS, eos_token=END, pad_token=PAD, unk_token=UNKNOWN, additional_special_tokens=[], model_max_length=512, clean_up_tokenization_spaces=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def new_encoder(tokenizer):
    return UMT5EncoderModel(UMT5Config(
        vocab_size=tokenizer.get_vocab_size(), d_model=WIDTH, d_kv=32, d_ff=HIDDEN, num_layers=LAYERS, num_heads=HEADS, num_decoder_layers=1, feed_forward_proj="gated-gelu",
        tie_word_embeddings=True, dropout_rate=0.0, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    ))


def tokens(tokenizer, texts):
    rows = [tokenizer.encode(text).ids for text in texts]
    ids, mask = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long), torch.zeros(len(rows), max(map(len, rows)), dtype=torch.bool)
    for k, row in enumerate(rows):
        ids[k, : len(row)], mask[k, : len(row)] = torch.tensor(row), True
    return ids, mask


def read(encoder, ids, mask):
    return encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
