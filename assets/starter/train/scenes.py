"""Scenes: what can be in a picture, and how it is drawn.

A scene is a plain dict; an edit changes the dict and draws it again, so everything that the edit does not
speak of stays identical to the pixel. What an edit can bring in (stars, rain, a forest) has few layouts, fixed ones:
a model can learn those, while random ones would only teach it to blur. Lengths are fractions of the picture's side.
No file is read.
"""

import copy
import math
import random

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {
    "red": (214, 38, 38), "orange": (246, 130, 30), "yellow": (250, 214, 48), "green": (46, 158, 68),
    "blue": (44, 92, 216), "purple": (132, 60, 178), "pink": (247, 130, 184), "white": (246, 246, 246),
    "black": (34, 34, 40),
}
OBJECTS = ["house", "tree", "ball", "box", "boat", "balloon", "car", "flower", "kite"]
FLYING = ("balloon", "kite")
ON_WATER = ("boat", "balloon", "kite", "ball")
TIMES = ["noon", "sunset", "night"]
GROUNDS = ["meadow", "sea", "desert", "snow"]
BACKS = ["nothing", "hills", "mountains", "forest", "city"]
WEATHERS = ["clear", "rain", "snowfall", "fog"]
SKIES = ["blue", "sunset", "starry", "stormy", "pink"]  # as they stand in "replace the sky with …"
PLACES = {"left": 0.2, "middle": 0.5, "right": 0.8}

TINT = {"noon": (1, 1, 1), "sunset": (1.0, 0.80, 0.70), "night": (0.46, 0.50, 0.70)}
SKY = {
    "noon": ((64, 136, 228), (190, 226, 250)), "sunset": ((92, 62, 136), (255, 164, 84)),
    "night": ((8, 11, 42), (42, 54, 112)), "blue": ((64, 136, 228), (190, 226, 250)),
    "starry": ((8, 11, 42), (42, 54, 112)), "stormy": ((54, 58, 68), (126, 132, 140)),
    "pink": ((214, 110, 178), (255, 214, 226)),
}
OVERCAST = {"noon": ((120, 130, 142), (186, 194, 202)), "sunset": ((104, 86, 104), (196, 146, 122)), "night": ((16, 18, 32), (46, 50, 72))}
GROUND = {"meadow": (104, 176, 72), "sea": (38, 108, 176), "desert": (228, 188, 112), "snow": (236, 241, 249)}
BACK = {"hills": (86, 146, 84), "mountains": (118, 126, 150), "forest": (38, 104, 62), "city": (112, 118, 138)}
FOG = (206, 212, 218)


def place_of(x):
    """The word for a position."""
    return "left" if x < 0.35 else ("middle" if x < 0.65 else "right")


def allowed(ground):
    """Kinds of objects that belong on this ground."""
    return [k for k in OBJECTS if (k in ON_WATER if ground == "sea" else k != "boat")]


def new_object(rng, kind, taken=(), place=None):
    """An object of this kind at a position that is not taken, if there is one."""
    for _ in range(16):
        where = place or rng.choice(list(PLACES))
        x = PLACES[where] + rng.uniform(-0.07, 0.07)
        if all(abs(x - other) > 0.2 for other in taken):
            break
    return dict(kind=kind, colour=rng.choice(list(COLOURS)), x=x, v=rng.random(), s=rng.uniform(0.9, 1.35), jitter=[rng.uniform(-8, 8) for _ in range(3)])


def new_scene(rng):
    """A scene at random. At most one object of a kind, so that "the ball" is never ambiguous."""
    ground = rng.choice(GROUNDS)
    kinds = allowed(ground)
    rng.shuffle(kinds)
    objects = []
    for kind in kinds[: rng.choice([0, 1, 1, 2, 2, 2, 3, 3])]:
        objects.append(new_object(rng, kind, [o["x"] for o in objects]))
    back = rng.choice(BACKS + ["nothing", "hills", "mountains"])
    return dict(
        time=rng.choice(["noon", "noon", "sunset", "night"]), sky=rng.choice(SKIES) if rng.random() < 0.08 else None, ground=ground, back=back,
        weather=rng.choice(["clear"] * 7 + ["rain", "snowfall", "fog"]), objects=objects, horizon=rng.uniform(0.5, 0.66),
        sky_jitter=[rng.uniform(-12, 12) for _ in range(6)], ground_jitter=[rng.uniform(-11, 11) for _ in range(3)],
        sun=dict(x=rng.uniform(0.1, 0.9), y=rng.uniform(0.1, 0.26), r=rng.uniform(0.05, 0.075), shown=rng.random() < 0.85),
        clouds=new_clouds(rng, rng.choice([0, 0, 1, 2, 3])), birds=rng.random() < 0.06, rainbow=rng.random() < 0.05, phase=0.0,
        back_seed=rng.randrange(8), ground_seed=rng.randrange(8),
    )


def new_clouds(rng, count):
    return [dict(x=rng.uniform(0, 1), y=rng.uniform(0.07, 0.32), s=rng.uniform(0.75, 1.35)) for _ in range(count)]


def changed(scene, **fields):
    """A copy with these fields replaced."""
    return copy.deepcopy(scene) | fields


def mix(a, b, t):
    return tuple(p + (q - p) * t for p, q in zip(a, b))


def shade(colour, factor):
    return tuple(min(255.0, v * factor) for v in colour)


class Brush:
    """Draws on a picture of `side` pixels, larger by `over` on each side length; reduced at the end for soft edges."""

    def __init__(self, scene, side, over=2):
        self.scene, self.size, self.over = scene, side * over, over
        self.light, self.shadows = TINT[scene["time"]], True
        if scene["weather"] in ("rain", "snowfall"):
            self.light = shade(self.light, 0.86)
        self.rng = random.Random(0)
        self.image = Image.new("RGB", (self.size, self.size))
        self.draw = ImageDraw.Draw(self.image)

    def lit(self, colour, jitter=(0, 0, 0)):
        return tuple(int(min(255, max(0, (c + j) * k))) for c, j, k in zip(colour, jitter, self.light))

    def fill(self, colour):
        return tuple(int(min(255, max(0, c))) for c in colour)

    def ellipse(self, x, y, rx, ry, colour):
        s = self.size
        self.draw.ellipse([(x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s], fill=self.fill(colour))

    def polygon(self, points, colour):
        self.draw.polygon([(x * self.size, y * self.size) for x, y in points], fill=self.fill(colour))

    def box(self, x0, y0, x1, y1, colour):
        s = self.size
        self.draw.rectangle([x0 * s, y0 * s, x1 * s, y1 * s], fill=self.fill(colour))

    def line(self, points, width, colour):
        self.draw.line([(x * self.size, y * self.size) for x, y in points], fill=self.fill(colour), width=max(1, round(width * self.size)))

    def glow(self, x, y, radius, colour, strength):
        """Light that fades out from a point, blended over what is there."""
        s, r = self.size, int(radius * self.size)
        x0, y0 = int(x * s) - r, int(y * s) - r
        a, b, c, d = max(0, x0), max(0, y0), min(s, x0 + 2 * r), min(s, y0 + 2 * r)
        if a >= c or b >= d:
            return
        yy, xx = np.ogrid[b:d, a:c]
        fade = np.clip(1 - np.sqrt((xx - x * s) ** 2 + (yy - y * s) ** 2) / r, 0, 1)[..., None] ** 2 * strength
        part = np.asarray(self.image.crop((a, b, c, d)), np.float32)
        part = part + (np.array(colour, np.float32) - part) * fade
        self.image.paste(Image.fromarray(part.clip(0, 255).astype(np.uint8)), (a, b))

    def result(self):
        return self.image.reduce(self.over)


def draw(scene, side=192, over=2, backdrop=None):
    """The picture of a scene: uint8 `[side, side, 3]`. With a `backdrop` (a picture) only the things are drawn, on it."""
    b = Brush(scene, side, over)
    if backdrop is not None:
        b.light, b.shadows = TINT["noon"], False
        b.image.paste(Image.fromarray(backdrop).resize((b.size, b.size), Image.NEAREST))
    else:
        _, sky_low = draw_sky(b)
        draw_back(b, sky_low)
        draw_ground(b)
    for thing in sorted(scene["objects"], key=lambda o: (o["kind"] in FLYING, o["v"])):
        DRAWN[thing["kind"]](b, thing, b.lit(COLOURS[thing["colour"]], thing["jitter"]))
    return draw_weather(b, np.asarray(b.result())) if backdrop is None else np.asarray(b.result())


def sky_name(scene):
    return scene["sky"] or scene["time"]


def draw_sky(b):
    scene, hy = b.scene, b.scene["horizon"]
    name = sky_name(scene)
    top, low = SKY[name]
    if scene["weather"] in ("rain", "snowfall") and not scene["sky"]:
        top, low = OVERCAST[scene["time"]]
    top = np.array(top, np.float32) + scene["sky_jitter"][:3]
    low = np.array(low, np.float32) + scene["sky_jitter"][3:]
    t = np.clip(np.linspace(0, 1 / hy, b.size), 0, 1)[:, None, None].astype(np.float32)
    b.image.paste(Image.fromarray(np.clip(top + (low - top) * t, 0, 255).astype(np.uint8)).resize((b.size, b.size)))
    dark = name in ("night", "starry")
    stars = [(b.rng.random(), b.rng.random() * hy * 0.92, b.rng.uniform(0.0018, 0.0042)) for _ in range(34)]
    if dark and scene["weather"] in ("clear", "fog"):
        for x, y, r in stars:
            b.ellipse(x, y, r, r, (236, 236, 255))
    sun = scene["sun"]
    if sun["shown"] and scene["weather"] not in ("rain", "snowfall") and name != "stormy":
        x, y, r = sun["x"], sun["y"], sun["r"]
        if name == "sunset" and "fixed" not in sun:
            y = hy - 0.075
        here = mix(tuple(top), tuple(low), min(1, y / hy))
        if dark:
            b.glow(x, y, r * 3, (190, 200, 240), 0.35)
            b.ellipse(x, y, r, r, (244, 242, 226))
            b.ellipse(x + r * 0.45, y - r * 0.2, r * 0.86, r * 0.86, mix(here, (190, 200, 240), 0.12))
        else:
            low_sun = name == "sunset"
            b.glow(x, y, r * 3.6, (255, 190, 110) if low_sun else (255, 252, 225), 0.7)
            b.ellipse(x, y, r, r, (255, 116, 52) if low_sun else (255, 238, 120))
    if scene["rainbow"]:
        for i, colour in enumerate([(230, 60, 60), (245, 150, 50), (250, 225, 70), (80, 180, 90), (70, 120, 220), (140, 80, 190)]):
            r = 0.46 - 0.018 * i
            s = b.size
            b.draw.arc([(0.5 - r) * s, (hy - r) * s, (0.5 + r) * s, (hy + r) * s], 180, 360, fill=b.fill(mix(colour, tuple(low), 0.35)), width=round(0.019 * s))
    cloud = {"noon": (250, 252, 255), "blue": (250, 252, 255), "sunset": (250, 186, 164), "night": (72, 82, 126), "starry": (72, 82, 126), "stormy": (92, 97, 106), "pink": (255, 236, 242)}[name]
    if scene["weather"] in ("rain", "snowfall"):
        cloud = mix(cloud, tuple(top), 0.6)
    for c in scene["clouds"]:
        x, y, s = c["x"], c["y"], c["s"]
        for pale, drop in ((0.9, 0.012), (1.0, 0.0)):
            for dx, dy, w in ((-0.07, 0.012, 0.05), (0, -0.012, 0.066), (0.07, 0.01, 0.052), (0.01, 0.02, 0.085)):
                b.ellipse(x + dx * s, y + (dy + drop) * s, w * s, w * s * 0.56, shade(cloud, pale))
    if scene["birds"]:
        ink = (30, 30, 40) if not dark else (150, 155, 180)
        for x, y in ((0.32, 0.2), (0.42, 0.14), (0.52, 0.22), (0.62, 0.17)):
            b.line([(x - 0.03, y - 0.014), (x, y), (x + 0.03, y - 0.014)], 0.006, ink)
    return tuple(top), tuple(low)


def draw_back(b, haze):
    scene, hy, rng = b.scene, b.scene["horizon"], random.Random(b.scene["back_seed"])
    kind = scene["back"]
    if kind == "nothing":
        return
    base = b.lit(BACK[kind])
    if kind == "hills":
        if scene["ground"] in ("desert", "snow"):
            base = b.lit({"desert": (206, 158, 96), "snow": (194, 208, 226)}[scene["ground"]])
        for layer in range(2):
            h, f, p = rng.uniform(0.07, 0.14), rng.uniform(0.8, 1.7), rng.uniform(0, 6.3)
            points = [(x / 24, hy - (0.055 if layer == 0 else 0.0) - h * (0.5 + 0.5 * math.sin(f * x / 24 * 6.28 + p))) for x in range(25)]
            b.polygon(points + [(1, 1), (0, 1)], mix(base, haze, 0.42 - 0.3 * layer))
    elif kind == "mountains":
        for layer in range(2):
            x = -0.15
            while x < 1.1:
                w, h = rng.uniform(0.15, 0.24), rng.uniform(0.15, 0.27) - 0.07 * layer
                tone = mix(base, haze, 0.42 - 0.32 * layer)
                b.polygon([(x - w, hy), (x, hy - h), (x + w, hy)], tone)
                b.polygon([(x, hy - h), (x + w, hy), (x + w * 0.25, hy)], shade(tone, 0.84))
                k = 0.3
                b.polygon([(x - w * k, hy - h * (1 - k)), (x, hy - h), (x + w * k, hy - h * (1 - k)), (x + w * k * 0.4, hy - h * 0.78), (x, hy - h * 0.66), (x - w * k * 0.5, hy - h * 0.78)], b.lit(mix((240, 244, 250), haze, 0.15)))
                x += rng.uniform(0.2, 0.34)
    elif kind == "forest":
        for layer in range(2):
            x, tone = -0.03, mix(base, haze, 0.34 - 0.3 * layer)
            while x < 1.04:
                h, w = rng.uniform(0.12, 0.2) - 0.035 * layer, rng.uniform(0.035, 0.05)
                for k in range(3):
                    b.polygon([(x - w * (1 - 0.22 * k), hy - h * 0.28 * k), (x, hy - h * (0.5 + 0.25 * k)), (x + w * (1 - 0.22 * k), hy - h * 0.28 * k)], shade(tone, 1 + 0.06 * k))
                x += rng.uniform(0.045, 0.075)
        b.box(0, hy - 0.02, 1, hy + 0.01, mix(base, haze, 0.04))
    elif kind == "city":
        for layer in range(2):
            x = -0.02
            while x < 1:
                w, h = rng.uniform(0.07, 0.12), rng.uniform(0.1, 0.28) - 0.06 * layer
                tone = mix(shade(base, rng.uniform(0.85, 1.1)), haze, 0.34 - 0.26 * layer)
                b.box(x, hy - h, x + w - 0.006, hy, tone)
                window = (252, 222, 130) if sky_name(scene) in ("night", "starry") or scene["time"] == "night" else mix(tone, (225, 238, 250), 0.5)
                for row in range(int(h / 0.035) - 1):
                    for column in range(int(w / 0.032)):
                        if rng.random() < 0.7:
                            x0, y0 = x + 0.012 + 0.03 * column, hy - h + 0.016 + 0.035 * row
                            b.box(x0, y0, x0 + 0.013, y0 + 0.016, window)
                x += w


def draw_ground(b):
    scene, hy, rng = b.scene, b.scene["horizon"], random.Random(100 + b.scene["ground_seed"])
    base = GROUND[scene["ground"]]
    near, far = b.lit(shade(base, 0.9), scene["ground_jitter"]), b.lit(mix(base, (255, 255, 255), 0.12), scene["ground_jitter"])
    y0 = int(hy * b.size)
    t = np.linspace(0, 1, b.size - y0)[:, None, None]
    strip = np.array(far) + (np.array(near, np.float32) - np.array(far)) * t
    b.image.paste(Image.fromarray(np.clip(strip, 0, 255).astype(np.uint8)).resize((b.size, b.size - y0)), (0, y0))
    spots = [(rng.random(), rng.uniform(0.03, 1), rng.uniform(0.6, 1.2), rng.random()) for _ in range(16)]
    for x, depth, w, pick in spots:
        y = hy + 0.02 + (0.98 - hy) * depth
        big = w * (0.35 + 0.65 * depth)
        if scene["ground"] == "sea":
            x = (x + scene["phase"] * (0.1 + 0.1 * pick)) % 1.1 - 0.05
            b.box(x - 0.06 * big, y - 0.004 * big, x + 0.06 * big, y + 0.004 * big, mix(near, b.lit((190, 225, 245)), 0.55))
        elif scene["ground"] == "meadow":
            tone = shade(near, 0.82)
            for k in (-1, 0, 1):
                b.polygon([(x + 0.01 * k * big - 0.004 * big, y), (x + 0.018 * k * big, y - 0.03 * big), (x + 0.01 * k * big + 0.004 * big, y)], tone)
            if pick < 0.25:
                b.ellipse(x, y - 0.03 * big, 0.009 * big, 0.009 * big, b.lit((252, 232, 120)))
        elif scene["ground"] == "desert":
            s = b.size
            b.draw.arc([(x - 0.09 * big) * s, (y - 0.012 * big) * s, (x + 0.09 * big) * s, (y + 0.03 * big) * s], 200, 340, fill=b.fill(shade(near, 0.86)), width=max(1, round(0.006 * s)))
        else:
            b.ellipse(x, y, 0.07 * big, 0.012 * big, mix(near, b.lit((190, 206, 232)), 0.5))


def draw_weather(b, picture):
    scene, kind = b.scene, b.scene["weather"]
    if kind == "clear":
        return picture
    side, rng = picture.shape[0], random.Random(200)
    if kind == "fog":
        y = np.linspace(0, 1, side)[:, None, None]
        amount = 0.82 - 0.6 * np.clip(np.abs(y - scene["horizon"]) / 0.5, 0, 1)
        fog = np.array(FOG) * (0.5 if scene["time"] == "night" else 1.0)
        return np.clip(picture + (fog - picture) * amount, 0, 255).astype(np.uint8)
    over = Image.fromarray(picture).resize((side * 2, side * 2), Image.BILINEAR)
    d = ImageDraw.Draw(over)
    for _ in range(70 if kind == "rain" else 80):
        x, y, w = rng.random(), rng.random(), rng.uniform(0.6, 1.2)
        if kind == "rain":
            y = (y + 2.2 * scene["phase"]) % 1.05
            d.line([x * 2 * side, y * 2 * side, (x - 0.018) * 2 * side, (y + 0.06 * w) * 2 * side], fill=(196, 208, 224), width=max(1, side // 96))
        else:
            y, x = (y + 0.9 * scene["phase"] * w) % 1.03, x + 0.02 * math.sin(7 * scene["phase"] + 9 * x)
            r = 0.009 * w
            d.ellipse([(x - r) * 2 * side, (y - r) * 2 * side, (x + r) * 2 * side, (y + r) * 2 * side], fill=(248, 250, 255))
    return np.asarray(over.reduce(2))


# ---------------------------------------------------------------------------------------------------- objects


def base_of(b, thing):
    """Where a thing stands: x, y of its foot, and its scale (nearer is larger)."""
    hy = b.scene["horizon"]
    scale = thing["s"] * (0.85 + 0.3 * thing["v"])
    if thing["kind"] in FLYING:
        return thing["x"], 0.14 + 0.16 * thing["v"] + thing.get("dy", 0.0), thing["s"] * 1.05
    return thing["x"], hy + 0.09 + (0.78 - hy) * 0.75 * thing["v"] + thing.get("dy", 0.0), scale


def shadow(b, x, y, rx):
    hy = b.scene["horizon"]
    if not b.shadows:
        return
    if b.scene["ground"] != "sea":
        b.ellipse(x, y, rx, rx * 0.2, b.lit(shade(GROUND[b.scene["ground"]], 0.72), b.scene["ground_jitter"]))
    elif y > hy:
        b.ellipse(x, y, rx, rx * 0.16, b.lit(shade(GROUND["sea"], 0.76), b.scene["ground_jitter"]))


def draw_house(b, o, c):
    x, y, q = base_of(b, o)
    shadow(b, x, y, 0.14 * q)
    b.box(x - 0.1 * q, y - 0.15 * q, x + 0.1 * q, y, c)
    b.box(x + 0.06 * q, y - 0.15 * q, x + 0.1 * q, y, shade(c, 0.84))
    roof = b.lit((122, 62, 46))
    b.box(x + 0.045 * q, y - 0.27 * q, x + 0.075 * q, y - 0.2 * q, b.lit((110, 88, 80)))
    b.polygon([(x - 0.13 * q, y - 0.15 * q), (x, y - 0.27 * q), (x + 0.13 * q, y - 0.15 * q)], roof)
    b.box(x - 0.026 * q, y - 0.085 * q, x + 0.026 * q, y, b.lit((92, 58, 38)))
    window = (255, 226, 122) if b.scene["time"] == "night" else b.lit((206, 230, 244))
    for dx in (-0.065, 0.065):
        b.box(x + (dx - 0.024) * q, y - 0.125 * q, x + (dx + 0.024) * q, y - 0.08 * q, b.lit((250, 250, 250)))
        b.box(x + (dx - 0.018) * q, y - 0.119 * q, x + (dx + 0.018) * q, y - 0.086 * q, window)


def draw_tree(b, o, c):
    x, y, q = base_of(b, o)
    shadow(b, x, y, 0.1 * q)
    b.box(x - 0.018 * q, y - 0.15 * q, x + 0.018 * q, y, b.lit((120, 78, 46)))
    for dx, dy, r, k in ((-0.055, -0.17, 0.065, 0.82), (0.055, -0.17, 0.065, 0.74), (0, -0.23, 0.09, 1.0), (-0.025, -0.26, 0.045, 1.14)):
        b.ellipse(x + dx * q, y + dy * q, r * q, r * q * 0.95, shade(c, k))


def draw_ball(b, o, c):
    x, y, q = base_of(b, o)
    shadow(b, x, y - o.get("dy", 0.0), 0.085 * q)
    r = 0.08 * q
    for k in range(5):  # rings towards the light
        t = k / 4
        b.ellipse(x - 0.3 * r * t, y - r - 0.3 * r * t, r * (1 - 0.62 * t), r * (1 - 0.62 * t), mix(shade(c, 0.72), c, min(1, t * 1.6)))
    b.ellipse(x - 0.36 * r, y - r - 0.4 * r, r * 0.2, r * 0.16, mix(c, (255, 255, 255), 0.65))


def draw_box(b, o, c):
    x, y, q = base_of(b, o)
    shadow(b, x + 0.02 * q, y, 0.11 * q)
    b.box(x - 0.085 * q, y - 0.14 * q, x + 0.06 * q, y, c)
    b.polygon([(x + 0.06 * q, y - 0.14 * q), (x + 0.105 * q, y - 0.175 * q), (x + 0.105 * q, y - 0.035 * q), (x + 0.06 * q, y)], shade(c, 0.68))
    b.polygon([(x - 0.085 * q, y - 0.14 * q), (x - 0.04 * q, y - 0.175 * q), (x + 0.105 * q, y - 0.175 * q), (x + 0.06 * q, y - 0.14 * q)], mix(c, (255, 255, 255), 0.28))
    b.box(x - 0.085 * q, y - 0.085 * q, x + 0.06 * q, y - 0.068 * q, shade(c, 0.82))


def draw_boat(b, o, c):
    x, y, q = base_of(b, o)
    y += 0.01
    shadow(b, x, y + 0.012 * q, 0.12 * q)
    b.polygon([(x - 0.13 * q, y - 0.05 * q), (x + 0.13 * q, y - 0.05 * q), (x + 0.085 * q, y + 0.015 * q), (x - 0.085 * q, y + 0.015 * q)], b.lit((126, 82, 50)))
    b.box(x - 0.115 * q, y - 0.05 * q, x + 0.115 * q, y - 0.036 * q, b.lit((226, 214, 190)))
    b.box(x - 0.006, y - 0.26 * q, x + 0.006, y - 0.05 * q, b.lit((80, 58, 44)))
    b.polygon([(x + 0.014, y - 0.25 * q), (x + 0.014, y - 0.065 * q), (x + 0.115 * q, y - 0.065 * q)], c)
    b.polygon([(x - 0.014, y - 0.215 * q), (x - 0.014, y - 0.065 * q), (x - 0.085 * q, y - 0.065 * q)], shade(c, 0.8))


def draw_balloon(b, o, c):
    x, y, q = base_of(b, o)
    b.line([(x - 0.045 * q, y + 0.05 * q), (x - 0.02 * q, y + 0.125 * q)], 0.004, b.lit((90, 70, 50)))
    b.line([(x + 0.045 * q, y + 0.05 * q), (x + 0.02 * q, y + 0.125 * q)], 0.004, b.lit((90, 70, 50)))
    b.ellipse(x, y, 0.078 * q, 0.088 * q, shade(c, 0.78))
    b.polygon([(x - 0.062 * q, y + 0.053 * q), (x + 0.062 * q, y + 0.053 * q), (x + 0.022 * q, y + 0.1 * q), (x - 0.022 * q, y + 0.1 * q)], shade(c, 0.78))
    b.ellipse(x, y, 0.052 * q, 0.088 * q, c)
    b.ellipse(x, y, 0.02 * q, 0.088 * q, mix(c, (255, 255, 255), 0.3))
    b.box(x - 0.024 * q, y + 0.122 * q, x + 0.024 * q, y + 0.155 * q, b.lit((138, 96, 56)))


def draw_car(b, o, c):
    x, y, q = base_of(b, o)
    shadow(b, x, y, 0.14 * q)
    b.polygon([(x - 0.075 * q, y - 0.075 * q), (x - 0.045 * q, y - 0.13 * q), (x + 0.045 * q, y - 0.13 * q), (x + 0.085 * q, y - 0.075 * q)], shade(c, 0.88))
    glass = b.lit((205, 228, 240))
    b.polygon([(x - 0.06 * q, y - 0.076 * q), (x - 0.038 * q, y - 0.118 * q), (x - 0.006 * q, y - 0.118 * q), (x - 0.006 * q, y - 0.076 * q)], glass)
    b.polygon([(x + 0.006 * q, y - 0.076 * q), (x + 0.006 * q, y - 0.118 * q), (x + 0.04 * q, y - 0.118 * q), (x + 0.068 * q, y - 0.076 * q)], glass)
    b.box(x - 0.13 * q, y - 0.078 * q, x + 0.13 * q, y - 0.022 * q, c)
    b.box(x - 0.13 * q, y - 0.036 * q, x + 0.13 * q, y - 0.022 * q, shade(c, 0.75))
    b.ellipse(x + 0.122 * q, y - 0.06 * q, 0.012 * q, 0.012 * q, b.lit((255, 244, 190)))
    for dx in (-0.075, 0.075):
        b.ellipse(x + dx * q, y - 0.022 * q, 0.033 * q, 0.033 * q, b.lit((40, 40, 46)))
        b.ellipse(x + dx * q, y - 0.022 * q, 0.014 * q, 0.014 * q, b.lit((190, 194, 200)))


def draw_flower(b, o, c):
    x, y, q = base_of(b, o)
    shadow(b, x, y, 0.05 * q)
    stem = b.lit((58, 134, 62))
    b.box(x - 0.008 * q, y - 0.15 * q, x + 0.008 * q, y, stem)
    b.polygon([(x, y - 0.02 * q), (x + 0.06 * q, y - 0.085 * q), (x + 0.015 * q, y - 0.06 * q)], stem)
    b.polygon([(x, y - 0.01 * q), (x - 0.06 * q, y - 0.075 * q), (x - 0.015 * q, y - 0.05 * q)], shade(stem, 0.85))
    for k in range(6):
        a = k * math.pi / 3
        b.ellipse(x + 0.048 * q * math.cos(a), y - (0.19 + 0.048 * math.sin(a)) * q, 0.036 * q, 0.036 * q, shade(c, 1.0 if k % 2 else 0.86))
    heart = (250, 205, 60) if o["colour"] not in ("yellow", "orange") else (120, 74, 40)
    b.ellipse(x, y - 0.19 * q, 0.032 * q, 0.032 * q, b.lit(heart))


def draw_kite(b, o, c):
    x, y, q = base_of(b, o)
    tail = [(x + 0.025 * q * math.sin(k * 1.1), y + (0.09 + 0.024 * k) * q) for k in range(6)]
    b.line(tail, 0.006, b.lit((70, 70, 80)))
    b.polygon([(x, y - 0.1 * q), (x + 0.07 * q, y), (x, y + 0.1 * q), (x - 0.07 * q, y)], c)
    b.polygon([(x, y - 0.1 * q), (x + 0.07 * q, y), (x, y)], shade(c, 0.8))
    b.polygon([(x, y + 0.1 * q), (x - 0.07 * q, y), (x, y)], mix(c, (255, 255, 255), 0.25))


DRAWN = dict(house=draw_house, tree=draw_tree, ball=draw_ball, box=draw_box, boat=draw_boat, balloon=draw_balloon, car=draw_car, flower=draw_flower, kite=draw_kite)
