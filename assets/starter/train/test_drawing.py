"""Checks of the drawing code: `python -m pytest test_drawing.py` (a few seconds, no weights)."""

import random

import numpy as np
import pytest

import edits
import motions
import pictures
import scenes
import styles
import textures
import wording
from evaluate import UNSEEN


def sources(seed=5):
    return random.Random(seed), np.random.default_rng(seed)


def test_same_seed_same_picture():
    first, second = (scenes.draw(scenes.new_scene(random.Random(4)), 96) for _ in range(2))
    assert (first == second).all() and first.shape == (96, 96, 3) and first.dtype == np.uint8


@pytest.mark.parametrize("kind", ["recolour", "remove", "add", "swap", "size"])
def test_local_edits_leave_the_rest_alone(kind):
    rng, noise = sources()
    for _ in range(12):
        sample = edits.sample(rng, noise, 96, kind, crops=0.0, strange=0.0)
        share = sample.mask.mean()
        assert 0 < share < 0.3, (kind, sample.text, share)
        assert (sample.before == sample.after).all(-1).mean() > 0.6


@pytest.mark.parametrize("kind", [k for k in edits.SHARES if k != "keep"])
def test_every_kind_changes_something_and_knows_its_meaning(kind):
    rng, noise = sources()
    changes = 0
    for _ in range(8):
        sample = edits.sample(rng, noise, 96, kind)
        assert sample.text and sample.before.shape == sample.after.shape
        assert all(value in edits.SLOTS[slot] for slot, value in sample.meaning.items()), sample.meaning
        changes += (sample.before != sample.after).any()
    assert changes >= 6


def test_recoloured_thing_has_the_colour():
    rng = random.Random(3)
    for _ in range(20):
        edit = edits.scene_edit(rng, "recolour")
        assert edit.focus["colour"] == edit.meaning["colour"] != next(o for o in edit.source["objects"] if o["kind"] == edit.focus["kind"])["colour"]


def test_no_kind_stands_twice():
    rng = random.Random(6)
    for _ in range(300):
        edit = edits.scene_edit(rng)
        kinds = [o["kind"] for o in edit.target["objects"]]
        assert len(kinds) == len(set(kinds))


def test_a_windowed_edit_is_about_the_middle():
    rng, noise = sources()
    found = [edits.sample(rng, noise, 96, "add", crops=1.0, strange=0.0) for _ in range(16)]
    centred = [s.mask[24:72, 24:72].sum() > 0.4 * s.mask.sum() for s in found]
    assert np.mean(centred) > 0.7


def test_styles_stay_pictures_and_scale():
    picture = scenes.draw(scenes.new_scene(random.Random(1)), 192)
    for name in styles.STYLES:
        made = styles.apply(name, picture)
        assert made.shape == picture.shape and made.dtype == np.uint8 and (made != picture).any(), name
    grey = styles.apply("bw", picture)
    assert (grey[..., 0] == grey[..., 1]).all()


def test_tokens_know_which_part_of_a_thing_they_are():
    scene = scenes.new_scene(random.Random(1))
    scene["objects"] = [edits.canonical("ball", "red", "middle")]
    for window in ((0.0, 0.0, 1.0), (0.25, 0.4, 0.5)):
        kind, _, right, below = edits.labels(scene, 12, 12, window).astype(int)
        rows, columns = np.nonzero(kind)
        for parts, at in ((right, columns), (below, rows)):
            steps = parts[rows, columns] - edits.PARTS // 2 - 2 * at
            assert (steps == steps[0]).all() and abs(parts[rows, columns].mean() - edits.PARTS // 2) < 1
        assert (right[kind == 0] == edits.UNKNOWN).all()


def test_captions_tell_what_is_there():
    rng = random.Random(9)
    for _ in range(200):
        scene = edits.neat_scene(rng)
        text, meaning = edits.caption(rng, scene)
        for o in scene["objects"]:
            assert any(word in text.lower() for word in wording.WHOLE_WORDS[o["kind"]])
            assert meaning[f"{o['kind']} colour"] == o["colour"] and meaning[f"{o['kind']} place"] == scenes.place_of(o["x"])


def test_colour_words_belong_to_one_colour():
    words = [w for group in wording.COLOUR_WORDS.values() for w in group]
    assert len(words) == len(set(words))


def test_stand_ins_have_the_spectrum_of_photographs():
    rng, noise = sources()
    slopes = []
    for _ in range(12):
        grey = textures.like_photograph(rng, noise, 128).mean(-1)
        power = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
        radius = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128)))
        low, high = power[(radius > 0.02) & (radius < 0.06)].mean(), power[(radius > 0.2) & (radius < 0.4)].mean()
        slopes.append(np.log(low / high) / np.log(0.3 / 0.04))
    assert 1.2 < np.mean(slopes) < 4  # photographs: about 2


def test_held_out_scenes_are_not_those_of_training():
    assert pictures.held_out_scenes(2, 48).shape == (2, 48, 48, 3)


def test_clips_begin_with_their_picture_and_move():
    rng, noise = sources()
    for kind in [*motions.CAMERA, *motions.SCENE]:
        clip = motions.some_clip(rng, noise, 64, kind)
        assert clip.frames.shape == (motions.FRAMES, 64, 64, 3)
        assert (clip.frames != clip.frames[:1]).any() == (kind != "still"), kind


def test_camera_moves_are_warps_of_the_first_frame():
    picture = scenes.draw(scenes.new_scene(random.Random(2)), 192)
    clip = motions.camera_clip(picture, "pan left")
    shift = round(motions.PAN * 192 / 2)
    assert pictures.psnr(clip[8][:, shift:], picture[:, :-shift]) > 30


def test_held_out_sentences_are_not_taught():
    taught = dict(recolour=wording.RECOLOUR, remove=wording.REMOVE, add=wording.ADD, time=wording.TIME, sky=wording.SKY_MORE, weather=wording.WEATHER, style=wording.STYLE)
    bare = lambda sentences: {s.lower().strip(" .!?") for s in sentences}
    for kind, held in UNSEEN.items():
        for value in held if isinstance(held, dict) else [None]:
            sentences, known = (held, taught[kind]) if value is None else (held[value], taught[kind][value])
            assert not bare(sentences) & bare(known), (kind, value)


def test_no_sentence_means_two_things():
    sentences = [s for values in wording.SENTENCES.values() for said in values.values() for s in said]
    assert len(sentences) == len(set(sentences))
