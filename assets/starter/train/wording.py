"""What people say: colours, things and instructions in many words, each with its meaning.

`{o}` stands for a thing, `{c}` for a colour, `{a}` for "a red ball", `{p}` for a place. Here are the plain ways, the
commonest first; `phrases` holds many more, which follow them in the same lists.
"""

import json
from pathlib import Path

import phrases

COLOUR_WORDS = {
    "red": ["red", "crimson", "scarlet", "ruby", "bright red", "dark red"], "orange": ["orange", "tangerine", "amber"],
    "yellow": ["yellow", "golden", "gold", "lemon", "bright yellow"], "green": ["green", "emerald", "lime", "olive", "dark green"],
    "blue": ["blue", "navy", "azure", "dark blue", "cobalt", "sapphire"], "purple": ["purple", "violet", "lilac", "lavender"],
    "pink": ["pink", "rose", "magenta", "light pink"], "white": ["white", "snow white", "pure white", "ivory"], "black": ["black", "pitch black", "jet black"],
}
OBJECT_WORDS = {
    "house": ["house", "home", "cottage", "hut", "building"], "tree": ["tree", "leaves", "treetop"], "ball": ["ball", "sphere", "beach ball"],
    "box": ["box", "crate", "cube", "chest"], "boat": ["boat", "sailboat", "ship", "sail", "sails", "sailing boat"],
    "balloon": ["balloon", "hot air balloon", "hot-air balloon"], "car": ["car", "automobile", "vehicle"], "flower": ["flower", "blossom", "bloom"], "kite": ["kite", "paper kite"],
}
WHOLE_WORDS = {k: [w for w in v if w not in ("leaves", "treetop", "sail", "sails")] for k, v in OBJECT_WORDS.items()}
USUAL_COLOUR = dict(house="yellow", tree="green", ball="red", box="orange", boat="white", balloon="red", car="blue", flower="pink", kite="yellow")

RECOLOUR = [
    "make the {o} {c}", "turn the {o} {c}", "paint the {o} {c}", "paint the {o} in {c}", "colour the {o} {c}", "color the {o} {c}", "dye the {o} {c}",
    "change the {o} to {c}", "change the colour of the {o} to {c}", "change the color of the {o} to {c}", "change the {o}'s color to {c}",
    "the {o} should be {c}", "i want the {o} to be {c}", "recolor the {o} {c}", "recolour the {o} in {c}", "give the {o} a {c} colour",
    "set the color of the {o} to {c}", "replace the {d} {o} with a {c} one", "replace the {d} {o} with a {c} {o}", "make the {d} {o} {c}", "turn the {d} {o} {c}", "{c} {o} instead of the {d} one",
    "change the {o} color to {c}", "let the {o} be {c}", "{o} in {c}", "make {o} {c}", "can you make the {o} {c}?", "repaint the {o} in {c}",
]
REMOVE = [
    "remove the {o}", "delete the {o}", "erase the {o}", "take away the {o}", "take the {o} away", "get rid of the {o}", "take out the {o}", "eliminate the {o}",
    "make the {o} disappear", "make the {o} vanish", "the {o} should disappear", "remove the {o} from the picture", "remove the {o} from the scene", "delete the {o} from the image",
    "no {o}", "without the {o}", "hide the {o}", "i don't want the {o}", "remove the {d} {o}", "erase the {d} {o}", "get rid of the {d} {o}", "clear away the {o}", "drop the {o}",
]
ADD = [
    "add {a}{p}", "put {a}{p}", "place {a}{p}", "draw {a}{p}", "insert {a}{p}", "add {a}{p} to the picture", "there should be {a}{p}", "i want {a}{p}", "show {a}{p}",
    "paint {a}{p}", "add {a} to the scene{p}", "include {a}{p}", "let there be {a}{p}", "create {a}{p}", "give me {a}{p}", "put in {a}{p}",
]
PLACE_WORDS = {
    "left": [" on the left", " on the left side", " to the left", " at the left", " at left"], "middle": [" in the middle", " in the center", " in the centre", ""],
    "right": [" on the right", " on the right side", " to the right", " at the right", " at right"],
}
SWAP = ["replace the {o} with {a}", "turn the {o} into {a}", "swap the {o} for {a}", "change the {o} into {a}", "put {a} in place of the {o}", "exchange the {o} for {a}", "{a} instead of the {o}"]
SIZE = {
    "larger": ["make the {o} bigger", "make the {o} larger", "enlarge the {o}", "a bigger {o}", "make the {o} huge", "increase the size of the {o}"],
    "smaller": ["make the {o} smaller", "shrink the {o}", "a smaller {o}", "make the {o} tiny", "reduce the size of the {o}"],
}
MOVE = ["move the {o} to the {w}", "shift the {o} to the {w}", "put the {o} on the {w}", "move the {o} to the {w} side", "place the {o} on the {w}"]
TIME = {
    "noon": ["make it day", "make it daytime", "make it noon", "turn night into day", "change the time to noon", "make it midday", "make it a sunny day", "turn it into day", "daytime", "make it a bright day", "change to daytime", "it should be day", "in broad daylight", "make it morning"],
    "sunset": ["make it sunset", "make it evening", "turn it into a sunset", "change the time to sunset", "at dusk", "golden hour", "make it dusk", "at sunset", "turn day into evening", "make it a sunset scene", "evening light", "let the sun set", "make it dawn"],
    "night": ["make it night", "turn day into night", "make it nighttime", "at night", "change the time to night", "turn it into night", "make it a night scene", "night time", "make it dark outside", "after dark", "it should be night", "make it midnight", "change to night"],
}
SKY = {
    "blue": ["blue sky", "clear blue sky", "bright blue sky"], "sunset": ["sunset sky", "orange sky", "evening sky"], "starry": ["starry sky", "night sky", "sky full of stars", "starry night sky"],
    "stormy": ["stormy sky", "dark stormy sky", "grey sky", "gray sky", "storm sky"], "pink": ["pink sky", "rosy sky"],
}
SKY_SAY = ["replace the sky with a {s}", "change the sky to a {s}", "put in a {s}", "swap the sky for a {s}", "turn the sky into a {s}", "give it a {s}", "a {s}", "exchange the sky for a {s}", "add a {s}", "make it a {s}"]
SKY_MORE = {
    "blue": ["make the sky blue", "turn the sky blue", "paint the sky blue"], "sunset": ["make the sky a sunset", "make the sky orange"], "starry": ["make the sky starry", "fill the sky with stars"],
    "stormy": ["make the sky stormy", "make the sky grey", "turn the sky grey"], "pink": ["make the sky pink", "turn the sky pink", "paint the sky pink", "colour the sky pink"],
}
GROUND = {
    "meadow": ["a meadow", "grass", "green grass", "a lawn", "a green field"], "sea": ["the sea", "water", "the ocean", "a lake"],
    "desert": ["a desert", "sand", "a beach", "sandy ground", "dunes"], "snow": ["snow", "a snowy field", "a snowfield", "ice"],
}
GROUND_SAY = ["replace the ground with {g}", "turn the ground into {g}", "change the ground to {g}", "cover the ground with {g}", "make the ground {g}", "put {g} on the ground", "swap the ground for {g}", "let the ground be {g}", "place it on {g}", "turn the landscape into {g}", "replace the floor with {g}"]
BACK = {
    "hills": ["hills", "green hills", "rolling hills"], "mountains": ["mountains", "snowy mountains", "a mountain range"], "forest": ["a forest", "woods", "pine trees", "a wood"],
    "city": ["a city", "a skyline", "a town", "skyscrapers", "buildings", "a city skyline"],
}
BACK_SAY = ["put {b} in the background", "replace the background with {b}", "change the background to {b}", "add {b} in the background", "add {b} on the horizon", "{b} in the background", "show {b} behind", "swap the background for {b}", "set it in front of {b}", "make the background {b}", "add {b} behind"]
BACK_NONE = {
    "hills": ["remove the hills"], "mountains": ["remove the mountains", "get rid of the mountains"], "forest": ["remove the forest", "cut down the forest"], "city": ["remove the city", "remove the buildings"],
    "": ["remove the background", "clear the background", "an empty horizon", "erase the background"],
}
WEATHER = {
    "rain": ["make it rain", "add rain", "let it rain", "make it rainy", "rainy weather", "a rainy day", "change the weather to rain", "it should rain"],
    "snowfall": ["make it snow", "let it snow", "add falling snow", "snowy weather", "add snowflakes", "make snow fall", "change the weather to snow", "it should snow"],
    "fog": ["add fog", "make it foggy", "foggy weather", "make it misty", "add mist", "change the weather to fog", "cover it in fog"],
    "clear": ["clear weather", "make the weather clear", "nice weather", "change the weather to clear", "good weather", "clear up the weather"],
}
WEATHER_STOP = {"rain": ["stop the rain", "remove the rain", "no rain"], "snowfall": ["stop the snow", "remove the snowflakes", "remove the falling snow"], "fog": ["remove the fog", "clear the fog", "lift the fog", "remove the mist"]}
EXTRA = {
    "clouds": ["add clouds", "add some clouds", "put clouds in the sky", "make it cloudy", "add clouds to the sky"], "no clouds": ["remove the clouds", "clear the sky", "no clouds", "get rid of the clouds", "a cloudless sky"],
    "rainbow": ["add a rainbow", "put a rainbow in the sky", "a rainbow", "draw a rainbow"], "birds": ["add birds", "add some birds", "put birds in the sky", "a flock of birds"],
    "no sun": ["remove the sun", "remove the moon", "hide the sun", "get rid of the sun", "erase the moon"], "no rainbow": ["remove the rainbow", "erase the rainbow"], "no birds": ["remove the birds", "erase the birds"],
    "nothing": ["remove all objects", "remove everything", "clear the scene", "an empty scene", "delete all objects", "an empty landscape"],
}
STYLE = {
    "bw": ["make it black and white", "turn it black and white", "black and white", "convert to grayscale", "make it a black and white photo", "remove the colour", "in shades of grey", "greyscale", "monochrome", "desaturate"],
    "sepia": ["make it sepia", "sepia", "give it a sepia tone", "turn it into an old sepia photo", "like an old photograph", "sepia tone", "an antique photo", "make it look old"],
    "warm": ["make it warmer", "warmer", "warmer colours", "give it warm colors", "warm tones", "make the colours warmer", "add warmth", "a warmer white balance"],
    "cool": ["make it cooler", "cooler", "cooler colours", "give it cold colors", "cool tones", "make the colours colder", "make it colder", "a cooler white balance", "bluish tones"],
    "bright": ["make it brighter", "brighter", "brighten the picture", "brighten it", "more light", "lighten the image", "increase the brightness", "lighter"],
    "dark": ["make it darker", "darker", "darken the picture", "darken it", "less light", "decrease the brightness", "dim the picture"],
    "contrast": ["increase the contrast", "more contrast", "make it more contrasty", "boost the contrast", "stronger contrast"],
    "vivid": ["make the colours more vivid", "more vivid", "increase the saturation", "more saturated", "stronger colours", "make it more colourful", "boost the colors"],
    "sketch": ["turn it into a pencil sketch", "pencil sketch", "make it a pencil drawing", "sketch it", "as a pencil drawing", "draw it in pencil", "a graphite sketch", "turn this into a sketch"],
    "watercolour": ["turn it into a watercolour", "watercolour", "watercolor painting", "make it a watercolor", "paint it in watercolour", "as a watercolour painting", "aquarelle", "like a watercolor"],
    "poster": ["posterise", "posterize the picture", "make it a poster with few colours", "posterise it", "few flat colours", "reduce the number of colours", "poster style", "turn it into a poster"],
    "blur": ["blur the picture", "make it blurry", "blur everything", "out of focus", "soften the whole picture"],
    "background": ["blur the background", "make the background blurry", "background out of focus", "shallow depth of field", "soft background", "bokeh", "put the background out of focus", "portrait mode"],
}
KEEP = ["keep it as it is", "change nothing", "leave it as it is", "do nothing", "the same picture", "no change", "leave everything as it is", ""]
FILL = ["extend the picture", "continue the scene", "extend the scene", "fill in the missing part", "outpaint", "expand the picture", "continue the picture", "fill the empty area", "widen the picture", "complete the picture", "extend the background"]
POLITE = ["please {}", "{} please", "{}.", "{}!", "could you {}?", "now {}", "just {}", "{}, please", "i would like you to {}", "Please {}."]

for plain, more in ((RECOLOUR, phrases.RECOLOUR), (REMOVE, phrases.REMOVE), (ADD, phrases.ADD), (SKY_SAY, phrases.SKY_SAY)):
    plain += more
for plain, more in ((PLACE_WORDS, phrases.PLACES), (TIME, phrases.TIME), (SKY, phrases.SKY), (SKY_MORE, phrases.SKY_MORE), (WEATHER, phrases.WEATHER), (STYLE, phrases.STYLE)):
    for value in more:
        plain[value] += more[value]
for plain, say, names in (
    (TIME, phrases.TIME_SAY, phrases.TIME_NAMES), (WEATHER, phrases.WEATHER_SAY, phrases.WEATHER_NAMES), (STYLE, phrases.STYLE_SAY, phrases.STYLE_NAMES), (STYLE, phrases.STYLE_BE, phrases.STYLE_IS),
):
    for value in names:
        plain[value] += [sentence.format(n=name) for sentence in say for name in names[value]]
# By somebody who knew neither these lists nor the sentences that are held out; twice, as they are few beside the made ones.
SENTENCES = json.loads(Path(__file__).with_name("sentences.json").read_text())
for plain, kind in ((TIME, "time"), (SKY_MORE, "sky"), (WEATHER, "weather"), (STYLE, "style")):
    for value, said in SENTENCES[kind].items():
        plain[value] += 2 * said


def with_article(words):
    """"a red ball", "an orange kite"."""
    return ("an " if words[0] in "aeiou" else "a ") + words


def mumbled(rng, text):
    """With one or two words put in that change no meaning."""
    said = text.split(" ")
    for _ in range(rng.choice([1, 1, 2])):
        said.insert(rng.randrange(len(said) + 1), rng.choice(phrases.FILLERS))
    return " ".join(said)


def polite(rng, text):
    """The instruction as people type it: fillers, asides, courtesies, capital letters and full stops at random."""
    if text and rng.random() < 0.12:
        text = mumbled(rng, text)
    if text and rng.random() < 0.25:
        text = rng.choice(rng.choice([POLITE, phrases.ASIDES])).replace("{}", text)
    if text and rng.random() < 0.35:
        text = text[0].upper() + text[1:]
    return text
