"""Trains tokenizer and text encoder: `python train_words.py --work FOLDER`. The same command resumes.

Before any picture is seen the encoder learns to read: from the states of the five closing tokens, linear heads must
tell every slot of an instruction's or caption's meaning (what is asked, of which thing, in which colour, where). The
heads are thrown away; the transformer then finds the meaning in the open, however it was worded.

With `--faithful` an encoder that a transformer already listens to learns more wordings: the heads stay fixed, and what
was read rightly before keeps its states.
"""

import argparse
import copy
import os
import random

import torch
import torch.nn.functional as F
import transformers
from tokenizers import Tokenizer

import edits
import training
import words

LONGEST = dict(edit=100, describe=200)  # letters; few wordings are longer
CLOSING_OF = dict(op=0, object=1, colour=2, place=3, value=3)  # which closing token tells a slot; all others the last


def misspelt(rng, text):
    """At times one letter is dropped, doubled or swapped, so that a typo does not derail the encoder."""
    if len(text) < 6 or rng.random() > 0.06:
        return text
    k = rng.randrange(1, len(text) - 1)
    return rng.choice([text[:k] + text[k + 1 :], text[:k] + text[k] + text[k:], text[: k - 1] + text[k] + text[k - 1] + text[k + 1 :]])


def targets(meanings):
    return {slot: torch.tensor([values.index(m.get(slot, values[0])) for m in meanings]) for slot, values in edits.SLOTS.items()}


def closing_states(states, mask):
    """The last five states that count: `[n, 5, width]`."""
    last = mask.sum(1, keepdim=True) + torch.arange(-5, 0)
    return states.gather(1, last[..., None].expand(-1, -1, states.shape[-1]))


def judged(heads, states, mask):
    closing = closing_states(states, mask)
    return {slot: head(closing[:, CLOSING_OF.get(slot, 4)]) for slot, head in heads.items()}


def rightly_read(told, true):
    """Which texts have every slot right, `[n]`."""
    return torch.stack([told[slot].argmax(-1) == true[slot] for slot in edits.SLOTS]).all(0)


def drift(named, reader, mode, ids, mask, true, states):
    """Mean square between the states now and those of the `reader` of the start, over what that one reads rightly."""
    with torch.no_grad(), training.arithmetic():
        wanted = reader.read(mode, ids)
    counts = mask * rightly_read(judged(named, wanted, mask), true)[:, None]
    return (((states - wanted) ** 2).mean(-1) * counts).sum() / counts.sum().clamp(min=1)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--work", required=True)
    options.add_argument("--steps", type=int, default=2200)
    options.add_argument("--batch", type=int, default=64)
    options.add_argument("--rate", type=float, default=2e-3)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--flat", type=float, default=0.4, help="part of all steps before the rate begins to fall")
    options.add_argument("--faithful", type=float, default=0.0, help="weight of keeping the states of what is read rightly at the start")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    transformers.utils.logging.disable_progress_bar()
    os.makedirs(given.work, exist_ok=True)
    path, folder = os.path.join(given.work, "words.pt"), os.path.join(given.work, "tokenizer")
    if not os.path.exists(folder):
        words.write_tokenizer(words.train_tokenizer(), folder)
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    torch.manual_seed(11)
    state = training.load(path)
    if given.faithful and not state:
        raise SystemExit("--faithful needs an encoder that was trained before.")
    start = state["step"] if state else 0
    rng = random.Random(11000 + start)
    encoder = words.new_encoder(tokenizer)
    heads = torch.nn.ModuleDict({slot.replace(" ", "_"): torch.nn.Linear(words.WIDTH, len(v)) for slot, v in edits.SLOTS.items()})
    named = {slot: heads[slot.replace(" ", "_")] for slot in edits.SLOTS}
    if state:
        encoder.load_state_dict(state["encoder"])
        heads.load_state_dict(state["heads"])
    before = words.Reader(copy.deepcopy(encoder).requires_grad_(False), tokenizer) if given.faithful else None
    heads.requires_grad_(before is None)
    language = encoder.model.language_model
    matrices = [p for p in language.layers.parameters() if p.ndim == 2]
    rest = [p for p in list(language.parameters()) + list(heads.parameters()) if not any(p is m for m in matrices)]
    muon, adam = training.Muon(matrices), torch.optim.AdamW(rest, lr=given.rate, betas=(0.9, 0.98), weight_decay=0.0)
    if state:
        muon.restore(state["muon"])
        adam.load_state_dict(state["adam"])
    reader, log = words.Reader(encoder, tokenizer), training.Log(30)
    for step in range(start, given.steps):
        mode = "describe" if rng.random() < 0.3 else "edit"
        pairs = []
        while len(pairs) < given.batch:
            text, meaning = edits.words_only(rng)
            if len(text) < LONGEST[mode] and ((meaning["op"] == "describe") == (mode == "describe") or meaning["op"] == "add"):
                pairs.append((misspelt(rng, text), meaning))
        ids, mask = reader.tokens(mode, [text for text, _ in pairs])
        true = targets([meaning for _, meaning in pairs])
        with training.arithmetic():
            states = reader.read(mode, ids)
        told = judged(named, states, mask)
        loss = sum(F.cross_entropy(told[slot], true[slot]) for slot in edits.SLOTS)
        if before is not None:
            loss = loss + given.faithful * drift(named, before, mode, ids, mask, true, states)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        rate = training.rate_at(step, given.steps, given.rate, flat=given.flat)
        for group in adam.param_groups:
            group["lr"] = rate
        muon.step(rate)
        adam.step()
        adam.zero_grad(set_to_none=True)
        right = rightly_read(told, true).float().mean()
        log.add(len(pairs), loss=loss.item(), all_slots_right=right.item())
        last = step + 1 == given.steps
        if log.due() or last:
            log.write(step + 1, given.steps)
            encoder.save_pretrained(os.path.join(given.work, "text_encoder"))
            training.save(path, step=step + 1, encoder=encoder.state_dict(), heads=heads.state_dict(), muon=muon.state(), adam=adam.state_dict())


if __name__ == "__main__":
    main()
