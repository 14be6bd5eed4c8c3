"""Edits: an instruction, the picture before and the true picture after, and what the instruction means.

The meaning is a small dict of slots; the text encoder learns to read it out of the words before any picture is seen.
"""

import random

import numpy as np
from PIL import Image

import pictures
import scenes
import styles
import textures
import wording as w

# Share of each kind among edits: more for what is hard to learn.
SHARES = dict(
    recolour=30, remove=10, add=40, swap=1, size=1, move=1, time=4, sky=6, ground=2, back=4, weather=3, extra=2, style=16, fill=2, keep=2,
)
# The same for words alone: more for what is said in the most different ways.
WORDS_SHARES = dict(SHARES, time=18, sky=12, ground=5, back=5, weather=16, style=20)
STYLES_OFTEN = dict(sketch=2.5, poster=2)  # how often a style is drawn; the others once
LOCAL = ("recolour", "remove", "add", "swap", "size", "move")
# The slots and their values; the first value stands for "not said".
SLOTS = dict(
    op=["none", *SHARES, "describe"], object=["none", *scenes.OBJECTS], colour=["none", *scenes.COLOURS], place=["none", *scenes.PLACES],
    value=["none", *scenes.TIMES, *(f"{s} sky" for s in scenes.SKIES), *scenes.GROUNDS, *(f"{b} behind" for b in scenes.BACKS), *scenes.WEATHERS, *w.EXTRA, *w.STYLE, "larger", "smaller"],
    time=["none", *scenes.TIMES], ground=["none", *scenes.GROUNDS], back=["none", *scenes.BACKS], weather=["none", *scenes.WEATHERS], sky=["none", *scenes.SKIES], clouds=["none", "some"],
    **{f"{k} colour": ["none", *scenes.COLOURS] for k in scenes.OBJECTS}, **{f"{k} place": ["none", *scenes.PLACES] for k in scenes.OBJECTS},
)


class Edit:
    """One edit of a scene. `focus` is the object it is about, if any."""

    def __init__(self, kind, text, source, target, focus=None, **meaning):
        self.kind, self.text, self.source, self.target, self.focus = kind, text, source, target, focus
        self.meaning = dict(op=kind, **meaning)


def named(rng, thing, only_colour=None):
    """The words for a thing: how it is called, and its colour as people would say it."""
    return rng.choice(w.OBJECT_WORDS[thing["kind"]]), rng.choice(w.COLOUR_WORDS[thing["colour"]][:2])


def some(rng, phrases, weight_first=0.4):
    """The plainest wording often, the others alike."""
    return phrases[0] if rng.random() < weight_first else rng.choice(phrases)


def canonical(kind, colour, place):
    return dict(kind=kind, colour=colour, x=scenes.PLACES[place], v=0.45, s=1.15, jitter=[0, 0, 0])


def recolour(rng, scene):
    thing = pick(rng, scene)
    colour = rng.choice([c for c in scenes.COLOURS if c != thing["colour"]])
    target = scenes.changed(scene)
    after = target["objects"][scene["objects"].index(thing)]
    after.update(colour=colour, jitter=[0, 0, 0])
    o, d = named(rng, thing)
    text = some(rng, w.RECOLOUR, 0.1).format(o=o, d=d, c=some(rng, w.COLOUR_WORDS[colour], 0.5))
    return Edit("recolour", text, scene, target, after, object=thing["kind"], colour=colour)


def pick(rng, scene):
    if not scene["objects"]:
        scene["objects"].append(scenes.new_object(rng, rng.choice(scenes.allowed(scene["ground"]))))
    return rng.choice(scene["objects"])


def remove(rng, scene):
    thing = pick(rng, scene)
    target = scenes.changed(scene)
    target["objects"].pop(scene["objects"].index(thing))
    o, d = rng.choice(w.WHOLE_WORDS[thing["kind"]]), rng.choice(w.COLOUR_WORDS[thing["colour"]][:2])
    return Edit("remove", some(rng, w.REMOVE, 0.1).format(o=o, d=d), scene, target, thing, object=thing["kind"])


def missing(rng, scene):
    """Kinds that the scene has not and its ground allows; one is taken out if need be."""
    kinds = [k for k in scenes.allowed(scene["ground"]) if k not in [o["kind"] for o in scene["objects"]]]
    if not kinds or len(scene["objects"]) > 2:
        scene["objects"].pop()
        return missing(rng, scene)
    return kinds


def add(rng, scene):
    kind = rng.choice(missing(rng, scene))
    taken = [o["x"] for o in scene["objects"]]
    free = [p for p, x in scenes.PLACES.items() if all(abs(x - t) > 0.2 for t in taken)]
    place = rng.choice(free if free and rng.random() < 0.85 else list(scenes.PLACES))
    plain = rng.random() < 0.12  # no colour said: the thing has its usual one
    colour = w.USUAL_COLOUR[kind] if plain else rng.choice(list(scenes.COLOURS))
    target = scenes.changed(scene)
    thing = canonical(kind, colour, place)
    target["objects"].append(thing)
    words = rng.choice(w.WHOLE_WORDS[kind]) if plain else f"{some(rng, w.COLOUR_WORDS[colour], 0.5)} {rng.choice(w.WHOLE_WORDS[kind])}"
    said = rng.choice(w.PLACE_WORDS[place])
    bare = rng.random() < 0.12  # as one writes it for a mask: only what is wanted
    text = w.with_article(words) + said if bare else some(rng, w.ADD, 0.15).format(a=w.with_article(words), p=said)
    return Edit("add", text, scene, target, thing, object=kind, colour=colour, place=place)


def swap(rng, scene):
    thing = pick(rng, scene)
    group = scenes.FLYING if thing["kind"] in scenes.FLYING else [k for k in scenes.allowed(scene["ground"]) if k not in scenes.FLYING]
    kinds = [k for k in group if k not in [o["kind"] for o in scene["objects"]]]
    if not kinds:
        return None
    kind, colour = rng.choice(kinds), rng.choice(list(scenes.COLOURS))
    target = scenes.changed(scene)
    after = target["objects"][scene["objects"].index(thing)]
    after.update(kind=kind, colour=colour, jitter=[0, 0, 0])
    a = w.with_article(f"{some(rng, w.COLOUR_WORDS[colour], 0.6)} {rng.choice(w.WHOLE_WORDS[kind])}")
    text = rng.choice(w.SWAP).format(o=rng.choice(w.WHOLE_WORDS[thing["kind"]]), a=a)
    return Edit("swap", text, scene, target, after, object=thing["kind"], **{f"{kind} colour": colour})


def size(rng, scene):
    thing, value = pick(rng, scene), rng.choice(list(w.SIZE))
    target = scenes.changed(scene)
    after = target["objects"][scene["objects"].index(thing)]
    after["s"] *= 1.45 if value == "larger" else 0.65
    return Edit("size", rng.choice(w.SIZE[value]).format(o=rng.choice(w.WHOLE_WORDS[thing["kind"]])), scene, target, after, object=thing["kind"], value=value)


def move(rng, scene):
    thing = pick(rng, scene)
    place = rng.choice([p for p in scenes.PLACES if p != scenes.place_of(thing["x"])])
    target = scenes.changed(scene)
    after = target["objects"][scene["objects"].index(thing)]
    after["x"] = scenes.PLACES[place]
    text = rng.choice(w.MOVE).format(o=rng.choice(w.WHOLE_WORDS[thing["kind"]]), w=rng.choice(["center", "middle"]) if place == "middle" else place)
    return Edit("move", text, scene, target, None, object=thing["kind"], place=place)


def time(rng, scene):
    value = rng.choice([t for t in scenes.TIMES if t != scenes.sky_name(scene)])
    return Edit("time", some(rng, w.TIME[value]), scene, scenes.changed(scene, time=value, sky=None), value=value)


def sky(rng, scene):
    value = rng.choice([s for s in scenes.SKIES if s != scene["sky"]])
    plain = rng.random() < 0.3
    text = rng.choice(w.SKY_MORE[value]) if plain else some(rng, w.SKY_SAY).format(s=rng.choice(w.SKY[value]))
    return Edit("sky", text, scene, scenes.changed(scene, sky=value, weather="clear"), value=f"{value} sky")


def ground(rng, scene):
    value = rng.choice([g for g in scenes.GROUNDS if g != scene["ground"]])
    if any(o["kind"] not in scenes.allowed(value) for o in scene["objects"]) and rng.random() < 0.8:
        scene["objects"] = [o for o in scene["objects"] if o["kind"] in scenes.allowed(value)]
    return Edit("ground", some(rng, w.GROUND_SAY).format(g=some(rng, w.GROUND[value])), scene, scenes.changed(scene, ground=value, ground_seed=0, ground_jitter=[0, 0, 0]), value=value)


def back(rng, scene):
    value = rng.choice([b for b in scenes.BACKS if b != scene["back"]])
    if value == "nothing":
        text = rng.choice(w.BACK_NONE[rng.choice([scene["back"], ""])])
    else:
        text = some(rng, w.BACK_SAY).format(b=some(rng, w.BACK[value]))
    return Edit("back", text, scene, scenes.changed(scene, back=value, back_seed=0), value=f"{value} behind")


def weather(rng, scene):
    value = rng.choice([k for k in scenes.WEATHERS if k != scene["weather"]])
    if value != "clear" and rng.random() < 0.7:
        scene["weather"] = "clear"
    text = rng.choice(w.WEATHER_STOP[scene["weather"]]) if value == "clear" and rng.random() < 0.5 else some(rng, w.WEATHER[value])
    target = scenes.changed(scene, weather=value, sky=None)
    if value == "clear" and scene["weather"] in ("rain", "snowfall"):
        target["sun"] = dict(x=0.78, y=0.15, r=0.062, shown=True)  # no one can tell where it was
    return Edit("weather", text, scene, target, value=value)


def extra(rng, scene):
    value = rng.choice(["clouds", "clouds", "no clouds", "no clouds", "rainbow", "birds", "no sun", "no sun", "no rainbow", "no birds", "nothing"])
    target = scenes.changed(scene)
    if value == "clouds":
        scene["clouds"], target["clouds"] = [], [dict(x=0.2, y=0.13, s=1.15), dict(x=0.55, y=0.22, s=1.0), dict(x=0.86, y=0.1, s=1.1)]
    elif value == "no clouds":
        scene["clouds"], target["clouds"] = scene["clouds"] or scenes.new_clouds(rng, 2), []
    elif value in ("rainbow", "birds"):
        scene[value], target[value] = False, True
    elif value in ("no rainbow", "no birds"):
        scene[value[3:]], target[value[3:]] = True, False
    elif value == "no sun":
        scene["sun"]["shown"], target["sun"]["shown"] = True, False
    else:
        target["objects"] = []
    return Edit("extra", some(rng, w.EXTRA[value]), scene, target, value=value)


SCENE_EDITS = dict(recolour=recolour, remove=remove, add=add, swap=swap, size=size, move=move, time=time, sky=sky, ground=ground, back=back, weather=weather, extra=extra)


def scene_edit(rng, kind=None):
    """An edit of a new scene."""
    kinds = list(SCENE_EDITS)
    while True:
        made = SCENE_EDITS[kind or rng.choices(kinds, [SHARES[k] for k in kinds])[0]](rng, scenes.new_scene(rng))
        if made:
            return made


# ----------------------------------------------------------------------------------------- with their pictures


class Sample:
    """Before, after, words and meaning. `mask` is where something should change (boolean), for scoring.

    `edit` and `window` (x, y and edge as parts of the side) tell how a scene's pictures came about, see `labels`.
    """

    def __init__(self, kind, text, before, after, meaning, edit=None, window=(0.0, 0.0, 1.0)):
        self.kind, self.text, self.before, self.after, self.meaning, self.edit, self.window = kind, text, before, after, meaning, edit, window

    @property
    def mask(self):
        return np.abs(self.before.astype(int) - self.after.astype(int)).sum(-1) > 24


def window_around(rng, edit, side):
    """A square around the edit's object as the app cuts it around a mask: x, y, edge in pixels of `side`."""
    one = scenes.changed(edit.target, objects=[edit.focus])
    mask = np.abs(scenes.draw(one, 96).astype(int) - scenes.draw(scenes.changed(one, objects=[]), 96)).sum(-1) > 12
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return None
    scale = side / 96
    edge = int(min(side, max(64 * side / 192, max(np.ptp(ys), np.ptp(xs)) * scale * rng.uniform(1.5, 2.6))))
    x, y = (xs.min() + xs.max()) / 2 * scale, (ys.min() + ys.max()) / 2 * scale
    at = [int(np.clip(v - edge / 2, 0, side - edge)) for v in (x, y)]
    return at[0], at[1], edge


def drawn(rng, noise, edit, side, crops=0.25, strange=0.12, backdrop=None):
    """The two pictures of an edit, and the window that they show (x, y and edge as parts of the side).

    Local edits are at times the window around them, enlarged, as the app cuts it around a mask; and at times the things
    stand in a stand-in for a photograph instead of their scene.
    """
    local = edit.focus and edit.kind in LOCAL
    if backdrop is None and local and rng.random() < strange:
        backdrop = textures.like_photograph(rng, noise, side)
    if backdrop is not None:  # nothing shows a horizon there, so it is always at the same height
        edit.source["horizon"] = edit.target["horizon"] = 0.58
    window = window_around(rng, edit, side) if local and rng.random() < crops else None
    if window is None:
        return scenes.draw(edit.source, side, backdrop=backdrop), scenes.draw(edit.target, side, backdrop=backdrop), (0.0, 0.0, 1.0)
    x, y, edge = window
    fine = int(np.ceil(side * side / edge / 32) * 32)
    k = fine / side
    if backdrop is not None:
        backdrop = np.asarray(Image.fromarray(backdrop).resize((fine, fine), Image.BICUBIC))
    box = (x * k, y * k, (x + edge) * k, (y + edge) * k)
    large = [scenes.draw(s, fine, 1 if fine > 1.7 * side else 2, backdrop) for s in (edit.source, edit.target)]
    before, after = (np.asarray(Image.fromarray(p).resize((side, side), Image.LANCZOS, box=box)) for p in large)
    return before, after, (x / side, y / side, edge / side)


def style_sample(rng, noise, side, name=None, base=None):
    """A style of a scene or of a stand-in for a photograph."""
    name = name or rng.choices(list(styles.STYLES), [STYLES_OFTEN.get(k, 1) for k in styles.STYLES])[0]
    sharp, picture = None, base
    if picture is None and rng.random() < 0.35:
        scene = scenes.new_scene(rng)
        picture = scenes.draw(scene, side)
        if name == "background" and scene["objects"]:
            sharp = sharp_mask(scene, side)
    elif picture is None:
        picture = textures.like_photograph(rng, noise, side, pictures.collage(rng) if rng.random() < 0.2 else None)
    return Sample("style", some(rng, w.STYLE[name], 0.25), picture, styles.apply(name, picture, sharp), dict(op="style", value=name))


def sharp_mask(scene, side):
    """Where the objects of a scene are, with a soft edge."""
    bare = scenes.draw(scenes.changed(scene, objects=[]), side)
    mask = (np.abs(scenes.draw(scene, side).astype(int) - bare).sum(-1) > 20) * 255.0
    return np.clip(styles.blurred(mask[..., None].repeat(3, -1), 1.2)[..., 0] / 200, 0, 1)


def fill_sample(rng, side):
    """Outpainting: a border where the picture's edge was only drawn outwards, or an empty rectangle inside."""
    scene = scenes.new_scene(rng)
    told = rng.random() < 0.4
    border = rng.random() < 0.75
    left, top, right, bottom = (int(side * rng.choice([0, 0.15, 0.25, 0.33])) for _ in range(4))
    if not (left or top or right or bottom):
        right = side // 4
    if border and not told:  # what only the missing part showed, no one can know
        scene["objects"] = [o for o in scene["objects"] if left + side * 0.06 < o["x"] * side < side * 0.94 - right]
    true = scenes.draw(scene, side)
    before = true.copy()
    if border:
        inner = true[top : side - bottom, left : side - right]
        before = np.pad(inner, ((top, bottom), (left, right), (0, 0)), mode="edge")
        soft = styles.blurred(before.astype(np.float32), 8)
        before = np.clip(soft, 0, 255).astype(np.uint8)
        before[top : side - bottom, left : side - right] = inner
    else:
        x, y, a, b = rng.randrange(side // 2), rng.randrange(side // 2), rng.randrange(side // 6, side // 2), rng.randrange(side // 6, side // 2)
        before[y : y + b, x : x + a] = rng.choice([128, 255, 0])
    text = caption(rng, scene)[0] if told else rng.choice(w.FILL)
    return Sample("fill", text, before, true, dict(op="fill"))


def sample(rng, noise, side=pictures.SIDE, kind=None, crops=0.25, strange=0.12, backdrop=None):
    """An edit with its pictures. Kinds are drawn by `SHARES`. Scoring wants whole scenes: `crops=0, strange=0`."""
    kind = kind or rng.choices(list(SHARES), list(SHARES.values()))[0]
    if kind == "style":
        made = style_sample(rng, noise, side)
    elif kind == "fill":
        made = fill_sample(rng, side)
    elif kind == "keep":
        picture = pictures.any_picture(rng, noise, side)
        made = Sample("keep", rng.choice(w.KEEP), picture, picture, dict(op="keep"))
    else:
        edit = scene_edit(rng, kind)
        before, after, window = drawn(rng, noise, edit, side, crops, strange, backdrop)
        made = Sample(kind, edit.text, before, after, edit.meaning, edit, window)
        if window[2] < 1 and kind == "add" and rng.random() < 0.5:  # for a mask one writes only what is wanted
            made.text = w.with_article(f"{rng.choice(w.COLOUR_WORDS[edit.focus['colour']])} {rng.choice(w.WHOLE_WORDS[edit.focus['kind']])}")
    made.text = w.polite(rng, made.text)
    return made


PAPER = (255, 0, 255)  # no thing has this colour
PARTS, UNKNOWN = 13, 255  # bins of half a token, from the middle of a thing; no label


def labels(scene, rows, columns, window=(0.0, 0.0, 1.0)):
    """What each token of 16×16 pixels shows: uint8 `[4, rows, columns]`, kind and colour of a thing, counted from 1 (0 is none),
    and which part of it: how far the token lies right of and below its middle (bins; unknown where there is no thing).

    A token belongs to the thing that covers most of it, if that is at least an eighth.
    """
    fine = 8 * max(rows, columns)
    paper = np.broadcast_to(np.array(PAPER, np.uint8), (fine, fine, 3)).copy()
    ids, middles = np.zeros((fine, fine), np.uint8), []
    x, y, edge = (v * fine for v in window)
    things = sorted(scene["objects"], key=lambda o: (o["kind"] in scenes.FLYING, o["v"]))
    for number, thing in enumerate(things):
        alone = scenes.draw(scenes.changed(scene, objects=[thing]), fine, 1, paper)
        here = np.abs(alone.astype(int) - paper).sum(-1) > 60
        ids[here] = number + 1
        middles.append([(0.5 * (at.min() + at.max() + 1) - start) * fine / edge if len(at) else 0 for at, start in zip(np.nonzero(here)[::-1], (x, y))])
    if edge < fine:
        ids = np.asarray(Image.fromarray(ids).resize((fine, fine), Image.NEAREST, box=(x, y, x + edge, y + edge)))
    found = np.zeros((4, rows, columns), np.uint8)
    found[2:] = UNKNOWN
    cells = ids[: 8 * rows, : 8 * columns].reshape(rows, 8, columns, 8)
    most = np.full((rows, columns), 7)
    part = lambda count, middle: np.clip(np.round(2 * (np.arange(count) + 0.5 - middle / 8)), -(PARTS // 2), PARTS // 2) + PARTS // 2
    for number, thing in enumerate(things):
        share = (cells == number + 1).sum((1, 3))
        here = share > most
        found[0][here], found[1][here] = scenes.OBJECTS.index(thing["kind"]) + 1, list(scenes.COLOURS).index(thing["colour"]) + 1
        found[2] = np.where(here, part(columns, middles[number][0]), found[2])
        found[3] = np.where(here, part(rows, middles[number][1])[:, None], found[3])
        most = np.maximum(most, share)
    return found


# ------------------------------------------------------------------------------------------------- captions


def neat_scene(rng):
    """A scene that a caption can tell: everything unsaid varies little, so that few steps can paint it sharply."""
    scene = scenes.new_scene(rng)
    scene.update(horizon=rng.uniform(0.55, 0.61), sky_jitter=[0] * 6, ground_jitter=[0] * 3, back_seed=rng.randrange(3), ground_seed=rng.randrange(2), birds=False, rainbow=rng.random() < 0.05)
    scene["sun"] = dict(x=rng.choice([0.2, 0.78]), y=0.15, r=0.062, shown=True)
    scene["clouds"] = [dict(x=0.2, y=0.13, s=1.15), dict(x=0.55, y=0.22, s=1.0), dict(x=0.86, y=0.1, s=1.1)] if scene["clouds"] else []
    free = list(scenes.PLACES)
    rng.shuffle(free)
    scene["objects"] = [canonical(o["kind"], o["colour"], p) for o, p in zip(scene["objects"], free)]
    return scene


def caption(rng, scene):
    """Words for a scene and their meaning. Left out: what is absent anyway, at times; never what is there."""
    meaning = dict(op="describe", time=scene["time"], ground=scene["ground"], back=scene["back"], weather=scene["weather"], clouds="some" if scene["clouds"] else "none")
    parts = []
    if scene["time"] == "noon":
        opening = rng.choice(["a sunny day", "daytime", "a day", "noon", "a bright day", ""])
    else:
        opening = rng.choice(["a sunset", "sunset", "evening", "dusk"] if scene["time"] == "sunset" else ["night", "a night scene", "a starry night", "at night"])
    where = rng.choice({"meadow": ["a meadow", "a green meadow", "grass", "a green field"], "sea": ["the sea", "the ocean", "water", "a lake"], "desert": ["a desert", "sand", "a sandy desert", "a beach"], "snow": ["snow", "a snowy field", "a snowfield"]}[scene["ground"]])
    parts.append(f"{opening} {rng.choice(['over', 'with', 'on', 'at'])} {where}" if opening and rng.random() < 0.7 else (f"{opening}, {where}" if opening else where))
    things = []
    for o in scene["objects"]:
        place = scenes.place_of(o["x"])
        said = rng.choice(w.PLACE_WORDS[place]) if place == "middle" else rng.choice(w.PLACE_WORDS[place][:3])
        things.append(w.with_article(f"{some(rng, w.COLOUR_WORDS[o['colour']], 0.7)} {rng.choice(w.WHOLE_WORDS[o['kind']])}") + said)
        meaning[f"{o['kind']} colour"], meaning[f"{o['kind']} place"] = o["colour"], place
    rng.shuffle(things)
    if things:
        joined = rng.choice([" and ", ", "]).join(things)
        if rng.random() < 0.3:
            parts.insert(0, joined)
        else:
            parts.append(rng.choice(["with ", "", "there is "]) + joined)
    if scene["back"] != "nothing":
        parts.append(rng.choice(w.BACK[scene["back"]]) + rng.choice(["", " in the background", " behind", " in the distance"]))
    if scene["weather"] != "clear":
        parts.append(rng.choice({"rain": ["rain", "it is raining", "rainy weather"], "snowfall": ["falling snow", "it is snowing", "snowflakes"], "fog": ["fog", "foggy weather", "mist"]}[scene["weather"]]))
    if scene["clouds"]:
        parts.append(rng.choice(["clouds", "some clouds", "clouds in the sky"]))
    if scene["sky"]:
        parts.append(rng.choice(w.SKY[scene["sky"]]))
        meaning["sky"] = scene["sky"]
    if scene["rainbow"]:
        parts.append("a rainbow")
    return rng.choice(["", "", "", "a picture of ", "an illustration of ", "a drawing of "]) + ", ".join(parts), meaning


def describe_sample(rng, side=pictures.SIDE):
    """A caption and its picture; there is no picture before."""
    scene = neat_scene(rng)
    text, meaning = caption(rng, scene)
    return Sample("describe", w.polite(rng, text) if rng.random() < 0.3 else text, None, scenes.draw(scene, side), meaning, Edit("describe", text, scene, scene))


def words_only(rng):
    """An instruction or caption with its meaning and no picture: quick, for the text encoder."""
    kind = rng.choices([*WORDS_SHARES, "describe"], [*WORDS_SHARES.values(), 35])[0]
    if kind == "describe":
        text, meaning = caption(rng, neat_scene(rng))
    elif kind == "style":
        name = rng.choice(list(w.STYLE))
        text, meaning = rng.choice(w.STYLE[name]), dict(op="style", value=name)
    elif kind == "fill":
        text, meaning = (rng.choice(w.FILL), dict(op="fill")) if rng.random() < 0.6 else (caption(rng, neat_scene(rng))[0], dict(op="fill"))
    elif kind == "keep":
        text, meaning = rng.choice(w.KEEP), dict(op="keep")
    else:
        edit = scene_edit(rng, kind)
        text, meaning = edit.text, edit.meaning
    return (w.polite(rng, text) if kind != "describe" or rng.random() < 0.3 else text), meaning
