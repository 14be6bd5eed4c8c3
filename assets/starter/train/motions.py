"""Motions: clips of 17 frames with their instructions. Camera moves work on any picture, the others on scenes.

A camera move is an exact warp of the first frame (what it uncovers is the picture mirrored at its edge), so the true
clip is known for photographs too. Scene motions change the scene's dict and draw every frame.

What moves without turning or growing passes a quarter of the side in the clip or a multiple of a sixteenth at the key
frames (0, 4, 8, 12, 16): at the native size one cell of the code, 8 pixels, from key frame to key frame. So a key frame
is made of cells that the first frame has, and none needs to be sampled anew.
"""

import math

import numpy as np
from PIL import Image

import edits
import motion_phrases
import pictures
import scenes
import textures
import wording as w

FRAMES = 17
PAN, ZOOM = 0.25, 0.30  # part of the side passed, part by which the window shrinks or grows, over the clip
PASSED = dict(sun=0.25, clouds=0.25, boat=0.25, bounce=0.1875, balloon=0.25)  # parts of the side; a car as a boat, the moon as the sun
FALLEN = dict(snow=0.25 / 0.9, rain=0.5 / 2.2)  # phases in which snow passes a quarter and rain a half of the side
CAMERA = {
    "zoom in": ["zoom in", "slow zoom in", "the camera zooms in", "zoom in slowly", "move closer", "push in", "slowly zoom into the picture", "the camera moves closer"],
    "zoom out": ["zoom out", "slow zoom out", "the camera zooms out", "zoom out slowly", "move away", "pull back", "the camera pulls back"],
    "pan left": ["pan left", "the camera pans left", "pan to the left", "move the camera left", "look left", "slow pan left"],
    "pan right": ["pan right", "the camera pans right", "pan to the right", "move the camera right", "look right", "slow pan right"],
    "pan up": ["pan up", "the camera pans up", "tilt up", "the camera tilts up", "move the camera up", "look up"],
    "pan down": ["pan down", "the camera pans down", "tilt down", "the camera tilts down", "move the camera down", "look down"],
}
SCENE = {
    "sun up": ["the sun rises", "the sun goes up", "sunrise", "the sun climbs"], "sun down": ["the sun sets", "the sun goes down", "the sun sinks"],
    "moon up": ["the moon rises", "the moon goes up"], "moon down": ["the moon goes down", "the moon sets"],
    "clouds left": ["the clouds drift left", "the clouds move left", "clouds drift to the left"], "clouds right": ["the clouds drift right", "the clouds drift", "the clouds move right", "clouds drift to the right", "wind moves the clouds"],
    "boat left": ["the boat sails left", "the boat sails to the left", "the ship sails left"], "boat right": ["the boat sails right", "the boat sails away to the right", "the ship sails right"],
    "car left": ["the car drives left", "the car drives to the left"], "car right": ["the car drives right", "the car drives to the right"],
    "bounce": ["the ball bounces", "the ball bounces up and down", "a bouncing ball", "the ball hops"], "balloon up": ["the balloon rises", "the balloon goes up", "the hot air balloon rises"],
    "balloon down": ["the balloon sinks", "the balloon comes down", "the hot air balloon lands"], "snow": ["snow falls", "it is snowing", "the snow falls", "snowflakes fall"], "rain": ["rain falls", "it is raining", "the rain falls"],
    "still": ["nothing moves", "a still picture", "hold still", "no motion"],
}
for kind in CAMERA:
    CAMERA[kind] += [phrase.format(d=kind.split()[-1]) for phrase in motion_phrases.CAMERA[kind]]
for kind in SCENE:
    SCENE[kind] += motion_phrases.SCENE[kind]

# How often a kind is drawn; the others once. More for what is hard to learn.
OFTEN = {"zoom in": 1.7, "zoom out": 1.7, "bounce": 2.0, "still": 0.5, "rain": 2.5, "snow": 2.5, "clouds left": 1.5, "clouds right": 2.0, "sun down": 1.5, "balloon up": 2.0, "balloon down": 1.5}


def window(move, u):
    """The camera's window after the part `u` of the clip: centre x, y and width, as fractions of the side."""
    x = y = 0.5
    width = 1.0
    if move == "zoom in":
        width = 1 - ZOOM * u
    elif move == "zoom out":
        width = 1 + ZOOM * u
    elif move.startswith("pan"):
        dx, dy = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[move[4:]]
        x, y = 0.5 + dx * PAN * u, 0.5 + dy * PAN * u
    return x, y, width


def camera_clip(picture, move, frames=range(FRAMES)):
    """The true clip of a camera move: uint8 `[frames, side, side, 3]`, the first frame being the picture."""
    side, edge = picture.shape[0], picture.shape[0] // 4
    wide = Image.fromarray(np.pad(picture, ((edge, edge), (edge, edge), (0, 0)), mode="symmetric"))
    clip = []
    for frame in frames:
        x, y, width = window(move, frame / (FRAMES - 1))
        left, top, length = edge + (x - width / 2) * side, edge + (y - width / 2) * side, width * side
        clip.append(picture if frame == 0 else np.asarray(wide.resize((side, side), Image.BICUBIC, box=(left, top, left + length, top + length))))
    return np.stack(clip)


def ensure(rng, scene, kind):
    """The scene's object of this kind; put there if missing."""
    found = [o for o in scene["objects"] if o["kind"] == kind]
    if not found:
        if kind == "boat":
            scene["ground"] = "sea"
        elif scene["ground"] == "sea" and kind not in scenes.ON_WATER:
            scene["ground"] = "meadow"
        scene["objects"] = [o for o in scene["objects"] if o["kind"] in scenes.allowed(scene["ground"])][:2]
        scene["objects"].append(scenes.new_object(rng, kind, [o["x"] for o in scene["objects"]]))
        return scene["objects"][-1]
    return found[0]


def prepare(rng, scene, kind):
    """Makes the scene one in which this motion can happen."""
    scene["sky"] = None
    if kind.startswith(("sun", "moon")):
        scene.update(time="noon" if kind[0] == "s" else "night", weather="clear", rainbow=False)
        scene["sun"].update(shown=True, y=rng.uniform(0.33, 0.39) if kind.endswith("up") else rng.uniform(0.1, 0.16))
    elif kind.startswith("clouds"):
        scene["clouds"] = scene["clouds"] or scenes.new_clouds(rng, 2)
    elif kind.startswith(("boat", "car")):
        thing = ensure(rng, scene, kind.split()[0])
        thing["x"] = rng.uniform(0.55, 0.8) if kind.endswith("left") else rng.uniform(0.2, 0.45)
    elif kind == "bounce":
        ensure(rng, scene, "ball")
    elif kind.startswith("balloon"):
        thing = ensure(rng, scene, "balloon")
        thing["v"] = rng.uniform(0.9, 1.2) if kind.endswith("up") else rng.uniform(0.0, 0.2)
    elif kind in ("snow", "rain"):
        scene["weather"] = {"snow": "snowfall", "rain": "rain"}[kind]


def passed(kind, u):
    """How far, in sides, what this motion moves has come from its place in the first frame: x and y."""
    sign = -1 if kind.endswith(("left", "up")) else 1
    if kind.startswith(("sun", "moon")):
        return 0.0, sign * PASSED["sun"] * u
    if kind.startswith("clouds"):
        return sign * PASSED["clouds"] * u, 0.0
    if kind.startswith(("boat", "car")):
        return sign * PASSED["boat"] * u, 0.0
    if kind == "bounce":
        return 0.0, -PASSED["bounce"] * abs(math.sin(2 * math.pi * u))
    return (0.0, sign * PASSED["balloon"] * u) if kind.startswith("balloon") else (0.0, 0.0)


def at(scene, kind, u):
    """The scene after the part `u` of the clip."""
    now, (dx, dy) = scenes.changed(scene), passed(kind, u)
    thing = lambda name: next(o for o in now["objects"] if o["kind"] == name)
    if kind.startswith(("sun", "moon")):
        now["sun"]["y"] += dy
    elif kind.startswith("clouds"):
        for cloud in now["clouds"]:
            cloud["x"] += dx
    elif kind.startswith(("boat", "car")):
        thing(kind.split()[0])["x"] += dx
    elif kind == "bounce":
        thing("ball")["dy"] = dy
    elif kind.startswith("balloon"):
        thing("balloon")["dy"] = dy
    elif kind in FALLEN:
        now["phase"] = FALLEN[kind] * u
    return now


BINS, STEP, UNKNOWN = 33, 0.125, 255  # of where a token's picture comes from; in tokens of 16 pixels


def sources(clip, frames, cell=16):
    """Where what each token shows stands in the first frame, relative to the token: bins `[frames, 2, tokens]`, x and y.

    Known from the camera's move; in scenes by trying: the token's own place, or as far back as the thing has come.
    """
    side = clip.frames.shape[1]
    count = side // cell
    centres = (np.arange(count) + 0.5) / count
    found = np.full((len(frames), 2, count, count), UNKNOWN, np.uint8)
    bin_of = lambda sides: np.clip(np.round(np.asarray(sides) * count / STEP), -(BINS // 2), BINS // 2).astype(int) + BINS // 2
    first = clip.frames[0].astype(np.int16)
    for k, frame in enumerate(frames):
        u = frame / (FRAMES - 1)
        if clip.kind in CAMERA:
            x, y, width = window(clip.kind, u)
            inside = lambda p: 1 - np.abs(1 - np.abs(p))  # what the edge mirrors
            found[k, 0], found[k, 1] = bin_of(inside(x + (centres - 0.5) * width) - centres)[None], bin_of(inside(y + (centres - 0.5) * width) - centres)[:, None]
            continue
        dx, dy = passed(clip.kind, u)
        for back in ((0.0, 0.0), (dx, dy)):
            px, py = round(back[0] * side), round(back[1] * side)
            rows, columns = (np.clip(np.arange(side) - p, 0, side - 1) for p in (py, px))
            off = np.abs(clip.frames[k].astype(np.int16) - first[rows][:, columns]).mean(-1)
            same = off.reshape(count, cell, count, cell).mean((1, 3)) < 3
            for axis in range(2):
                found[k, axis][same & (found[k, axis] == UNKNOWN)] = bin_of(-back[axis])
    return found.reshape(len(frames), 2, -1)


class Clip:
    """Frames `[17, side, side, 3]`, the instruction, a caption of the first frame (scenes only) and the kind."""

    def __init__(self, kind, text, frames, caption=None):
        self.kind, self.text, self.frames, self.caption = kind, text, frames, caption


def some_clip(rng, noise, side=pictures.SIDE, kind=None, frames=range(FRAMES), base=None):
    """A clip at random: camera moves and scene motions half and half; camera moves on scenes and stand-ins alike."""
    if not kind:
        group = list(CAMERA if rng.random() < 0.5 else SCENE)
        kind = rng.choices(group, [OFTEN.get(k, 1) for k in group])[0]
    if kind in CAMERA:
        picture = base if base is not None else pictures.any_picture(rng, noise, side)
        return Clip(kind, w.polite(rng, rng.choice(CAMERA[kind])), camera_clip(picture, kind, frames))
    scene = edits.neat_scene(rng) if rng.random() < 0.4 else scenes.new_scene(rng)
    prepare(rng, scene, kind)
    drawn = np.stack([scenes.draw(at(scene, kind, f / (FRAMES - 1)), side) for f in frames])
    return Clip(kind, w.polite(rng, rng.choice(SCENE[kind])), drawn, edits.caption(rng, scene)[0])
