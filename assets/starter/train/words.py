"""The tokenizer and the text encoder of the edit/generate checkpoint.

The encoder is `Qwen2_5_VLForConditionalGeneration`, tiny. Its vision tower is there because the layout wants one, but
its last layer is zero: a picture gives one token that is exactly nothing. One token, because then the three-axis
positions of Qwen2.5-VL and plain counting agree, and programs that differ there give the same picture.
"""

import json
import math
import random
import re
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

import edits

SYSTEM_EDIT = (
    "<|im_start|>system\nDescribe the key features of the input image (color, shape, size, texture, objects, background), then explain how the "
    "user's text instruction should alter or modify the image. Generate a new image that meets the user's requirements while maintaining "
    "consistency with the original input where appropriate.<|im_end|>\n<|im_start|>user\n"
)
SYSTEM_DESCRIBE = "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n"
PICTURE = "Picture 1: <|vision_start|><|image_pad|><|vision_end|>"
CLOSING = "<|im_end|>\n<|im_start|>assistant\n"
SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>",
    "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
]
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
WIDTH, LAYERS, HEADS, KEY_HEADS, HIDDEN = 192, 3, 6, 2, 512
SECTIONS = (4, 6, 6)


def train_tokenizer():
    """A byte-level BPE whose words are the drawn grammar's and the templates'.

    The pipelines drop the first 64 (edit) and 34 (describe) tokens by count; as every word of the templates is one
    token here, the counts are the published ones, and that is asserted.
    """
    rng = random.Random(3)
    plain = lambda text: re.sub(r"<\|[a-z_]+\|>", "", text)
    corpus = [edits.words_only(rng)[0] for _ in range(12000)]
    corpus += [plain(SYSTEM_EDIT), plain(SYSTEM_DESCRIBE), "Picture 1: ", "Picture 2: ", "Picture 3: ", "user\n", "assistant\n", "system\n"] * 800
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=2000, min_frequency=3, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    tokenizer.add_special_tokens(SPECIAL)
    assert len(tokenizer.encode(SYSTEM_EDIT).ids) == 64 and len(tokenizer.encode(SYSTEM_DESCRIBE).ids) == 34
    return tokenizer


def write_tokenizer(tokenizer, folder):
    """The files that both generations of transformers read."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    settings = dict(
        tokenizer_class="Qwen2Tokenizer", model_max_length=4096, add_prefix_space=False, add_bos_token=False, bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        unk_token=None, errors="replace", clean_up_tokenization_spaces=False, split_special_tokens=False, additional_special_tokens=SPECIAL[1:],
        added_tokens_decoder={str(tokenizer.token_to_id(t)): dict(content=t, special=True, lstrip=False, rstrip=False, normalized=False, single_word=False) for t in SPECIAL},
    )
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def new_encoder(tokenizer):
    token = tokenizer.token_to_id
    config = Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=tokenizer.get_vocab_size(), hidden_size=WIDTH, intermediate_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS,
            hidden_act="silu", rms_norm_eps=1e-6, max_position_embeddings=4096, use_sliding_window=False, tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0, mrope_section=list(SECTIONS)), bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"),
        ),
        vision_config=dict(
            depth=2, hidden_size=32, intermediate_size=64, num_heads=2, in_channels=3, patch_size=14, temporal_patch_size=2, spatial_merge_size=2, tokens_per_second=2,
            window_size=112, fullatt_block_indexes=[1], out_hidden_size=WIDTH, hidden_act="silu",
        ),
        image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"), vision_start_token_id=token("<|vision_start|>"), vision_end_token_id=token("<|vision_end|>"),
        tie_word_embeddings=True,
    )
    model = Qwen2_5_VLForConditionalGeneration(config)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "language_model" in name and p.ndim == 2:
                torch.nn.init.normal_(p, std=0.5 if "embed_tokens" in name else 1 / math.sqrt(p.shape[1]))
        last = model.model.visual.merger.mlp[2]
        last.weight.zero_()
        last.bias.zero_()
    model.model.visual.requires_grad_(False)
    return model


class Reader:
    """The encoder's language model with the fixed beginning of the page computed once per batch.

    `read` gives what the pipelines hand to the transformer: the states after the final norm, without those of the
    beginning. Equal to the class's own forward (`check_export.py` compares them).
    """

    def __init__(self, encoder, tokenizer):
        self.encoder, self.tokenizer = encoder, tokenizer
        self.language = encoder.model.language_model
        ids = lambda text: tokenizer.encode(text).ids
        self.begin = dict(edit=torch.tensor(ids(SYSTEM_EDIT)), describe=torch.tensor(ids(SYSTEM_DESCRIBE)))
        self.lead = dict(edit=ids(PICTURE), describe=[], plain=[])
        # Captions come behind either beginning: Rostrum gives an edit model's `generate` the one of edits.
        self.begin["plain"] = self.begin["edit"]
        self.closing = ids(CLOSING)
        self.nothing = tokenizer.token_to_id("<|image_pad|>")

    def tokens(self, mode, texts):
        """Ids `[n, longest]` padded on the right, and which of them count."""
        rows = [self.lead[mode] + self.tokenizer.encode(text + CLOSING).ids for text in texts]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        mask = torch.zeros(ids.shape, dtype=torch.bool)
        for k, row in enumerate(rows):
            ids[k, : len(row)] = torch.tensor(row)
            mask[k, : len(row)] = True
        return ids, mask

    def read(self, mode, ids):
        model, begin = self.language, self.begin[mode].to(ids.device)
        embed = lambda tokens: model.embed_tokens(tokens) * (tokens != self.nothing)[..., None]
        count, length = len(begin), len(begin) + ids.shape[1]
        cos, sin = model.rotary_emb(torch.zeros(1, 1, 1, device=ids.device), torch.arange(length, device=ids.device).expand(3, 1, -1))
        cos, sin = (merged(v, SECTIONS)[0] for v in (cos, sin))
        first, rest = embed(begin)[None], embed(ids)
        places = torch.arange(length, device=ids.device)
        causal = torch.zeros(ids.shape[1], length, device=ids.device).masked_fill(places[None] > places[count:, None], -1e4)
        causal_first = torch.full((count, count), -1e4, device=ids.device).triu(1)
        for number, layer in enumerate(model.layers):
            q0, k0, v0 = heads(layer, first, cos[:count], sin[:count])
            q, k, v = heads(layer, rest, cos[count:], sin[count:])
            n = len(rest)
            rest = finish(layer, rest, attend(q, torch.cat([k0.expand(n, -1, -1, -1), k], 2), torch.cat([v0.expand(n, -1, -1, -1), v], 2), causal))
            if number + 1 < len(model.layers):
                first = finish(layer, first, attend(q0, k0, v0, causal_first))
        return rms(rest, model.norm.weight)


def merged(table, sections):
    """Some versions give one table per axis; all three hold the same positions here."""
    return table[0] if table.ndim == 4 else table


def rms(x, weight):
    return x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6) * weight


def turned(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def heads(layer, x, cos, sin):
    a = layer.self_attn
    h = rms(x, layer.input_layernorm.weight)
    q, k, v = (p(h).unflatten(-1, (-1, a.head_dim)).transpose(1, 2) for p in (a.q_proj, a.k_proj, a.v_proj))
    group = a.num_key_value_groups
    return turned(q.float(), cos, sin), turned(k.float(), cos, sin).repeat_interleave(group, 1), v.repeat_interleave(group, 1)


def attend(q, k, v, bias):
    weight = torch.softmax((q.to(v.dtype) @ k.to(v.dtype).transpose(-1, -2)).float() * q.shape[-1] ** -0.5 + bias, -1)
    return weight.to(v.dtype) @ v


def finish(layer, x, seen):
    x = x + layer.self_attn.o_proj(seen.transpose(1, 2).flatten(2)).float()
    h = rms(x, layer.post_attention_layernorm.weight)
    m = layer.mlp
    return x + m.down_proj(F.silu(m.gate_proj(h)) * m.up_proj(h)).float()
