"""More ways of saying it, beside the plain ones of `wording`: idioms, questions, wishes, other orders of words.

`{o}` stands for a thing, `{c}` for a colour, `{a}` for "a red ball", `{p}` for a place. The encoder reads meaning and not
sentences it knows only when it has met very many, so these are also mixed with asides and words that mean nothing.
"""

RECOLOUR = [
    "paint over the {o} so that it is {c}", "the {o} would look better in {c}", "let me see the {o} in {c}", "{c} please, for the {o}", "{c} for the {o}",
    "the {o} in {c}", "make that {o} {c}", "i'd like a {c} {o} instead", "i'd prefer the {o} {c}", "i want a {c} {o}, not a {d} one", "the {d} {o} should turn {c}",
    "have the {o} painted {c}", "the {o} needs to be {c}", "the {o} ought to be {c}", "the {o} must be {c}", "could the {o} be {c}?", "can the {o} be {c}?",
    "what if the {o} were {c}?", "what about a {c} {o} instead of the {d} one?", "try the {o} in {c}", "try {c} on the {o}", "use {c} for the {o}", "apply {c} to the {o}",
    "fill the {o} with {c}", "cover the {o} in {c}", "cover the {o} with {c} paint", "coat the {o} in {c} paint", "tint the {o} {c}", "stain the {o} {c}", "spray the {o} {c}",
    "give the {o} some {c} paint", "give the {o} a coat of {c}", "give the {o} a {c} look", "give me the {o} in {c}", "show the {o} in {c}", "show me a {c} {o} here instead",
    "switch the {o} to {c}", "switch the colour of the {o} to {c}", "swap the colour of the {o} for {c}", "alter the {o} to {c}", "alter the color of the {o} to {c}",
    "turn the color of the {o} into {c}", "turn the {o} from {d} to {c}", "change the {o} from {d} to {c}", "from {d} to {c}, the {o}", "the {o} from {d} to {c}",
    "the {o} isn't {c}, make it so", "the {o}: {c}", "{o}: {c}", "{o} colour {c}", "{o} -> {c}", "{c} {o}, please, not {d}", "render the {o} in {c}", "redo the {o} in {c}",
    "do the {o} in {c}", "colour of the {o}: {c}", "the {o}'s colour should be {c}", "the color of the {o} should be {c}", "set the {o} to {c}", "i think {c} suits the {o} better",
    "the {o} looks best in {c}", "{c} would be nicer for the {o}", "i would love the {o} to be {c}", "let the {o} become {c}", "make the colour of the {o} {c}", "make the {o} look {c}",
    "make it a {c} {o} instead", "the {d} {o} is boring, make it {c}", "i don't like the {d} {o}, make it {c}", "shade the {o} {c}", "brush the {o} with {c}", "wash the {o} in {c}",
]
REMOVE = [
    "the {o} has to go", "wipe out the {o}", "i would rather not see the {o}", "lose the {o}", "the {o} must go", "the {o} should go", "the {o} can go", "the {o} should not be there",
    "the {o} shouldn't be here", "there should be no {o}", "there should not be a {o}", "i don't want a {o} here", "i don't need the {o}", "we don't need the {o}", "no {o} please", "no more {o}",
    "not the {o}", "cut the {o}", "cut out the {o}", "cut the {o} out of the picture", "clean up the {o}", "clean away the {o}", "clear the {o}", "clear out the {o}", "strip out the {o}", "scrub the {o} out",
    "rub out the {o}", "paint out the {o}", "edit out the {o}", "leave out the {o}", "leave the {o} out", "omit the {o}", "exclude the {o}", "skip the {o}", "throw out the {o}", "throw the {o} away",
    "dump the {o}", "ditch the {o}", "discard the {o}", "banish the {o}", "kill the {o}", "pull out the {o}", "pick up the {o} and take it away", "move the {o} out of the picture", "take the {o} out of here",
    "take that {o} off", "take off the {o}", "get the {o} out of here", "get the {o} out of the picture", "let the {o} disappear", "let the {o} vanish", "have the {o} gone", "i want the {o} gone",
    "the {o} is in the way, remove it", "the {o} bothers me, delete it", "the {o} spoils it, take it away", "can you get rid of the {o}?", "can the {o} be removed?", "could the {o} be erased?",
    "show it without the {o}", "show the scene without a {o}", "the same without the {o}", "the picture minus the {o}", "imagine there is no {o}", "empty the place where the {o} is", "fill the place of the {o} with background",
    "i'd like it without the {o}", "what would it look like without the {o}?", "make the {d} {o} go away", "make the {o} go away", "the {d} {o} has to be removed", "remove that {o}", "remove {o}", "delete {o}", "erase that {d} {o}", "tidy away the {o}", "remove the {o} completely", "{o} away", "{o} gone", "do away with the {o}", "rid the picture of the {o}",
]
ADD = [
    "it needs {a}{p}", "how about {a}{p}", "how about {a}{p}?", "bring in {a}{p}", "i need {a}{p}", "we need {a}{p}", "it could use {a}{p}", "it could do with {a}{p}", "there could be {a}{p}", "i'd like {a}{p}",
    "i'd love to have {a}{p}", "i would like to see {a}{p}", "i want to see {a}{p}", "let me see {a}{p}", "let me have {a}{p}", "let's have {a}{p}", "let's put {a}{p}", "can i have {a}{p}?", "could we have {a}{p}?",
    "can there be {a}{p}?", "have {a}{p}", "have {a} appear{p}", "make {a} appear{p}", "let {a} appear{p}", "set {a}{p}", "set down {a}{p}", "stick {a}{p}", "pop {a}{p}", "drop {a}{p}", "position {a}{p}",
    "introduce {a}{p}", "append {a}{p}", "generate {a}{p}", "build {a}{p}", "make {a}{p}", "sketch in {a}{p}", "paint in {a}{p}", "draw in {a}{p}", "throw in {a}{p}", "throw {a} into the scene{p}",
    "fit {a}{p}", "give the scene {a}{p}", "give the picture {a}{p}", "the picture needs {a}{p}", "the scene should have {a}{p}", "something is missing: {a}{p}", "what is missing is {a}{p}", "also {a}{p}", "plus {a}{p}", "with {a}{p}",
    "and {a}{p}", "another thing: {a}{p}", "what about {a}{p}?", "imagine {a}{p}", "picture {a}{p}", "i imagine {a}{p}", "there is {a} missing{p}", "there must be {a}{p}", "there ought to be {a}{p}", "add in {a}{p}", "now with {a}{p}", "a new thing, {a}{p}",
    "add {a} to this{p}", "add {a} to the image{p}", "place {a} in the scene{p}", "put {a} into the picture{p}", "include {a} in the picture{p}", "include {a} somewhere{p}", "{a} would be nice{p}", "{a} would look good{p}", "{a} is needed{p}", "{a} please{p}",
]
PLACES = {
    "left": [" on the left hand side", " on the left-hand side", " in the left part", " in the left third", " over on the left", " towards the left", " near the left edge", " left of the middle", " left"],
    "middle": [" at the center", " at the centre", " in the very middle", " right in the middle", " in the middle of the picture", " in the center of the picture", " centrally", " halfway across"],
    "right": [" on the right hand side", " on the right-hand side", " in the right part", " in the right third", " over on the right", " towards the right", " near the right edge", " right of the middle", " over at the right"],
}
TIME = {
    "noon": ["let it be day again", "change it to a day scene", "let there be daylight", "i want daylight", "it should be noon", "show it by day", "show it in the daytime", "by daylight", "bring back the day", "the sun is high", "let the sun shine at noon", "high noon", "at noon", "at midday", "during the day", "make it bright day", "it is day now", "switch to day", "switch it to daytime", "turn the night into a bright day", "set the time to day", "daylight please", "full daylight", "a day version of this", "what does it look like at day?", "in the middle of the day", "let it be morning", "i want it to be day"],
    "sunset": ["show it at sunset time", "in the evening", "let it be evening", "evening please", "the sun goes down", "at twilight", "make it twilight", "the sun is setting", "at the end of the day", "evening mood", "a sunset mood", "in sunset light", "with a sunset", "in the light of the evening", "bathe it in evening light", "show it in the evening", "show me this at dusk", "let dusk fall", "as the sun sets", "when the sun sets", "set the time to sunset", "set it at sunset", "switch to evening", "switch it to sunset", "change it to an evening scene", "i want a sunset", "i want it to be evening", "late in the day", "warm evening sun", "low sun", "a dusk version of this", "during sunset", "sunset please"],
    "night": ["show it by night", "let it get dark outside, night", "by night", "let it be night", "let night fall", "night falls", "i want it to be night", "night please", "show it at night", "show me this at night", "in the dark of night", "in the moonlight", "by moonlight", "with the moon out", "under the moon", "under the stars", "set the time to night", "set it at night", "switch to night", "switch it to nighttime", "change it to a night scene", "in the middle of the night", "late at night", "during the night", "turn the day to night", "turn out the sun, make it night", "the sun is gone, it is night", "a night version of this", "what does it look like at night?", "nightfall", "it is night now", "make it a dark night", "night instead of day"],
}
SKY = {
    "blue": ["cloudless blue sky", "sunny sky", "fine blue sky", "deep blue sky", "fair sky"], "sunset": ["sky at sunset", "glowing sky", "orange evening sky", "golden sky", "burning sky", "sky like at sunset"],
    "starry": ["sky with stars", "dark sky with stars", "night sky with stars", "sky at night", "sparkling night sky"], "stormy": ["thunderous sky", "dark grey sky", "threatening sky", "overcast sky", "gloomy sky", "sky before a storm"], "pink": ["light pink sky", "pale pink sky", "candy pink sky", "sky in pink", "rose coloured sky"],
}
SKY_SAY = [
    "i want a {s}", "i'd like a {s}", "i need a {s}", "let there be a {s}", "let me see a {s}", "there should be a {s}", "show a {s}", "show it under a {s}", "under a {s}", "with a {s}", "use a {s}", "use a {s} instead", "set a {s}", "draw a {s}", "paint a {s}", "place a {s} behind it",
    "the sky should be a {s}", "the sky becomes a {s}", "let the sky become a {s}", "let the sky be a {s}", "sky: a {s}", "new sky: a {s}", "another sky, a {s}", "a different sky: a {s}", "how about a {s}?", "could it have a {s}?", "can i get a {s}?", "have a {s}", "have a {s} above", "put a {s} above it", "put a {s} there", "drop in a {s}", "insert a {s}", "replace what is above with a {s}", "substitute a {s} for the sky", "switch the sky to a {s}", "transform the sky into a {s}", "convert the sky to a {s}", "i prefer a {s}", "bring in a {s}",
]
SKY_MORE = {
    "blue": ["the sky should be blue", "a blue sky instead", "colour the sky blue", "let the sky be blue", "the sky in blue"], "sunset": ["the sky should glow like at sunset", "an orange sky instead", "the sky should be orange", "let the sky glow orange", "colour the sky like a sunset"],
    "starry": ["stars in the sky", "put stars in the sky", "the sky should be full of stars", "a thousand stars above", "let stars come out in the sky", "i want stars in the sky"], "stormy": ["the sky should look stormy", "a storm is brewing in the sky", "let the sky be grey", "the sky should be dark and stormy", "dark clouds all over the sky"],
    "pink": ["the sky should be pink", "let the sky be pink", "the sky in pink", "tint the sky pink", "dye the sky pink"],
}
WEATHER = {
    "rain": ["it is raining", "let the rain fall", "rain please", "i want rain", "with rain", "in the rain", "show it in the rain", "have it raining", "bring on the rain", "start raining", "pouring rain", "put some rain in", "rain falling", "give it rain", "wet weather", "turn the weather to rain", "it should be raining", "there should be rain"],
    "snowfall": ["snow is falling", "snow please", "i want snow falling", "with falling snow", "in falling snow", "it is snowing", "have it snowing", "let snow fall", "let the snow fall", "start snowing", "put some falling snow in", "give it snowfall", "turn the weather to snow", "it should be snowing", "there should be snow falling", "a snowfall", "snowflakes in the air", "show it while it snows"],
    "fog": ["fog please", "i want fog", "with fog", "in the fog", "in thick fog", "let fog roll in", "fog rolls in", "wrap it in fog", "wrap it in mist", "hide it in mist", "a foggy day", "a misty day", "put some fog in", "give it fog", "it should be foggy", "there should be fog", "make it hazy", "turn the weather to fog", "a veil of mist", "fill it with mist"],
    "clear": ["fine weather", "let the weather be clear", "the weather should be nice", "bring back good weather", "fair weather", "make the weather good again", "better weather", "dry weather", "turn the weather clear", "let it clear up"],
}
STYLE = {
    "bw": ["no colours", "without colour", "take the colour away", "strip the colours", "drain all colour", "lose the colours", "only grey tones", "in black and white", "like a black and white film", "show it in black and white", "b&w", "colourless", "as a monochrome picture", "i want it black and white", "grey only", "make it grayscale"],
    "sepia": ["in sepia", "brown tones", "brownish like an old photo", "a vintage brown photo", "old-time photo look", "make it look like an old photo", "a hundred years old", "aged photo", "give it an antique look", "nostalgic brown", "sepia please", "old brown photograph", "as a sepia print", "vintage sepia"],
    "warm": ["warm it up", "warmer tones", "make the picture feel warm", "a warm look", "more warmth", "give it a warm glow", "warmer light", "shift it to warm colours", "a warmer mood", "push the colours to warm", "warm up the colours", "it should feel warmer"],
    "cool": ["cool it down", "cooler tones", "make the picture feel cold", "a cold look", "cooler light", "shift it to cold colours", "a colder mood", "push the colours to blue tones", "cool down the colours", "it should feel colder", "make it bluish", "more blue in the tones", "a cool look"],
    "bright": ["light it up", "make it lighter", "it is too dark", "too dark, brighten it", "raise the brightness", "turn up the light", "lighten it", "brighten it up", "brighten everything", "increase the exposure", "expose it more", "a lighter picture", "more brightness", "give it more light"],
    "dark": ["dim it", "dim the light", "make it dimmer", "it is too bright", "too bright, darken it", "lower the brightness", "turn down the light", "reduce the brightness", "darken everything", "decrease the exposure", "expose it less", "a darker picture", "less brightness", "give it less light", "tone down the light"],
    "contrast": ["more contrast please", "raise the contrast", "add contrast", "give it more contrast", "turn up the contrast", "higher contrast", "high contrast", "make the contrast stronger", "it looks flat, add contrast", "punchier contrast", "crisper contrast", "deepen the contrast", "strong contrast"],
    "vivid": ["more colourful", "richer colours", "brighter colours", "bolder colours", "make the colors pop", "let the colours pop", "raise the saturation", "add saturation", "saturate the colours", "saturate it", "intense colours", "intensify the colours", "more intense colors", "more vibrant", "make it vibrant", "stronger colors please", "livelier colours", "turn up the colours"],
    "sketch": ["pencil drawing", "a pencil drawing of this", "in pencil", "as a sketch", "like a sketch", "a drawing in pencil", "make a sketch of it", "drawn by hand in pencil", "turn it into a drawing", "draw this with a pencil", "make it look sketched", "as if sketched with a pencil", "hand-drawn pencil style", "pencil style", "graphite drawing"],
    "watercolour": ["watercolor", "in watercolour", "as a watercolor", "paint it with watercolours", "watercolour style", "make it look like a watercolour", "like a watercolour painting", "a watercolour of this", "turn this into an aquarelle", "painted in watercolor", "soft watercolour washes", "as if painted with watercolours"],
    "poster": ["flat colours", "make it flat coloured", "only a few colours", "fewer colours", "like a screen print", "a screen print look", "posterised", "posterize", "apply a posterise effect", "a poster effect", "poster look", "as a poster", "limit the colours", "simplify the colours", "make it look like a poster", "a few flat tones"],
    "blur": ["blur it", "blur the whole picture", "blur the image", "make the picture blurry", "make everything blurry", "make it soft", "soften it", "soft focus", "unsharp", "make it fuzzy", "blurred", "a blurry picture", "defocus the picture", "everything out of focus"],
    "background": ["blur what is behind", "blur only the background", "keep the things sharp and blur the rest", "make the background soft", "soften the background", "a blurred background", "defocus the background", "background blur", "a blurry background please", "blur behind the subject", "the background should be blurry", "let the background blur", "only the background out of focus", "make the background fuzzy"],
}
# Names of a value, and sentences around them (`{n}`).
TIME_NAMES = dict(noon=["noon", "midday", "daytime", "day", "daylight", "bright day"], sunset=["sunset", "dusk", "evening", "twilight", "golden hour"], night=["night", "nighttime", "midnight", "late night"])
TIME_SAY = [
    "{n}", "make it {n}", "turn it into {n}", "change it to {n}", "change the time to {n}", "i want {n}", "i'd like {n}", "{n} please", "switch to {n}", "have it be {n}", "give me {n}", "it is {n}", "now it is {n}", "put it at {n}", "paint it at {n}",
    "draw it at {n}", "the time is {n}", "time: {n}", "during {n}", "at {n}", "{n} scene", "a {n} scene", "{n} instead", "with {n} light", "in {n} light", "use {n} light", "{n} lighting", "make it look like {n}", "it feels like {n}", "transform it to {n}",
    "convert this to {n}", "i need it at {n}", "could it be {n}?", "can it be {n}?", "what about {n}?", "how about {n}?", "imagine it at {n}", "try {n}", "move the time to {n}", "the picture at {n}", "this place at {n}", "relight it for {n}",
]
WEATHER_NAMES = dict(
    rain=["rain", "rainy weather", "heavy rain", "drizzle", "a rain shower", "raindrops", "rainfall"], snowfall=["falling snow", "snowfall", "snowflakes", "a snow flurry", "flakes of snow", "snowy weather"],
    fog=["fog", "mist", "haze", "thick fog", "misty haze", "foggy weather"], clear=["clear weather", "fine weather", "good weather", "nice weather", "fair weather"],
)
WEATHER_SAY = [
    "{n}", "add {n}", "i want {n}", "i'd like {n}", "with {n}", "in {n}", "put in {n}", "let there be {n}", "there should be {n}", "give it {n}", "change the weather to {n}", "switch the weather to {n}", "{n} please", "bring {n}", "have {n}", "show {n}", "show it in {n}",
    "paint {n}", "draw {n}", "the weather should be {n}", "set the weather to {n}", "include {n}", "it needs {n}", "how about {n}?", "what about {n}?", "{n} instead", "create {n}", "use {n}", "turn the weather into {n}", "fill the air with {n}", "imagine {n}", "there is {n}", "some {n}", "make it look like {n}",
]
STYLE_NAMES = dict(
    bw=["a black and white photo", "a grayscale picture", "a monochrome photo", "black and white", "grayscale", "shades of grey"], sepia=["a sepia photo", "sepia tones", "an old brown photo", "an antique photograph", "a vintage photo"],
    sketch=["a pencil sketch", "a pencil drawing", "a sketch", "a graphite drawing"], watercolour=["a watercolour painting", "a watercolor", "a watercolour", "an aquarelle"],
    poster=["a poster with few colours", "a posterised picture", "flat colours", "a few flat colours"], blur=["a blurry picture", "a soft blur", "a blurred image"], background=["a blurred background", "a blurry background", "a soft background", "bokeh"],
)
STYLE_SAY = [
    "{n}", "make it {n}", "turn it into {n}", "turn the picture into {n}", "i want {n}", "i'd like {n}", "convert it to {n}", "change it into {n}", "render it as {n}", "redo it as {n}", "as {n}", "like {n}", "in {n}", "with {n}", "give it {n}", "give me {n}", "make this look like {n}",
    "transform the photo into {n}", "show it as {n}", "{n} please", "{n} style", "{n} effect", "apply {n}", "could this be {n}?", "what about {n}?", "how about {n}?", "go for {n}", "use {n}",
]
STYLE_IS = dict(
    bw=["black and white", "grey", "monochrome", "colourless"], warm=["warmer", "warmer in tone", "warm"], cool=["cooler", "colder", "cooler in tone", "chilly"], bright=["brighter", "lighter", "less dark"], dark=["darker", "dimmer", "less bright"],
    contrast=["more contrasty", "higher in contrast", "punchier"], vivid=["more colourful", "more vivid", "more saturated", "more vibrant", "less dull"], blur=["blurry", "blurred", "softer", "out of focus"],
)
STYLE_BE = [
    "{n}", "make it {n}", "make the picture {n}", "make the image {n}", "make this photo {n}", "make everything {n}", "i want it {n}", "i'd like it {n}", "it should be {n}", "it needs to be {n}", "a bit {n}", "can it be {n}?", "could this be {n}?", "{n} please", "let it be {n}", "turn it {n}",
    "the picture should be {n}", "the whole thing {n}", "a {n} picture", "have it {n}", "get it {n}", "render it {n}", "the colours {n}", "all of it {n}",
]
ASIDES = [
    "hey, {}", "ok, {}", "okay {}", "hi, {}", "so, {}", "well, {}", "then {}", "and {}", "next, {}", "next {}", "first, {}", "maybe {}", "perhaps {}", "actually, {}", "let's {}", "would you {}?", "can you {}?", "can we {}?", "will you {}", "could we {}?", "try to {}", "i'd like to {}", "i want to {}",
    "i want you to {}", "i need you to {}", "we should {}", "you should {}", "you could {}", "go ahead and {}", "quickly {}", "kindly {}", "simply {}", "for me, {}", "in this picture, {}", "here, {}", "in the picture {}", "{} for me", "{} if you can", "{} if possible", "{}, thanks", "{} thank you", "{} now", "{} in this picture",
    "{} in the image", "{} here", "{}, that's all", "{} and nothing else", "{} but keep the rest", "{}, keep everything else", "{} and leave the rest alone", "{} instead", "{} this time", "{} again", "{} i think", "{} right now", "{}, ok?", "{}...", "{} :)", "{},", "\"{}\"", "- {}",
]
# Words that change no meaning; put in anywhere.
FILLERS = (
    "really very quite rather just simply maybe perhaps somehow kind of sort a bit little lot please thanks actually basically fully completely entirely totally whole all once too also well nicely quickly carefully "
    "slightly truly surely today here this that my our some somewhat thing picture image photo scene view shot guys friend dear think feel guess know believe said say tell told ask see look looks seen have has had do does did done go goes going come comes "
    "get gets got want wants like likes love wish hope prefer try could would should may might must will be being been is are was were as so such then than but or if when while where how what which who yes sure fine good nice great best better lovely pretty "
    "beautiful kindly possible easy quick new own same other one two more most much many for with from by at to of in on and the it its me us you we they i"
).split()
