"""Ways of asking for a motion, per kind; the plain ones, which stand in `motions`, come first there.

Built from sentences around names and directions: the encoder reads meaning only when it has met very many.
"""

SIDEWAYS = [
    "pan {d}", "pan to the {d}", "the camera pans {d}", "the camera pans to the {d}", "the camera moves {d}", "the camera moves to the {d}", "the camera goes {d}", "the camera goes to the {d}", "the camera glides {d}", "the camera slides to the {d}", "the camera turns {d}",
    "the camera swings {d}", "camera to the {d}", "camera {d}", "move the camera {d}", "move the camera to the {d}", "slide the camera {d}", "turn the camera to the {d}", "pan the camera {d}", "shift the view to the {d}", "shift the view {d}", "look {d}", "look to the {d}", "turn {d}", "turn to the {d}",
    "truck {d}", "the view slides {d}", "the view moves to the {d}", "a pan to the {d}", "a slow pan {d}", "slow pan to the {d}", "pan slowly to the {d}", "sweep {d}", "sweep to the {d}", "scroll {d}", "camera pan {d}", "camera moving {d}", "panning {d}", "panning to the {d}", "slide {d}", "travel {d}",
    "show more of the {d}", "show what is on the {d}", "dolly to the {d}", "the shot pans {d}", "the picture pans {d}", "let the camera move {d}", "let the camera pan to the {d}", "make the camera go {d}", "have the camera slide {d}", "the camera should move {d}", "the camera looks to the {d}", "go {d} with the camera",
]
UPRIGHT = [
    "pan {d}", "tilt {d}", "the camera tilts {d}", "the camera pans {d}", "the camera moves {d}", "the camera goes {d}", "the camera glides {d}", "the camera slides {d}", "the camera looks {d}", "camera {d}", "move the camera {d}", "tilt the camera {d}", "pan the camera {d}", "slide the camera {d}", "turn the camera {d}",
    "camera tilt {d}", "camera pan {d}", "look {d}", "look further {d}", "tilting {d}", "panning {d}", "slow tilt {d}", "a slow tilt {d}", "a slow pan {d}", "slow pan {d}", "tilt slowly {d}", "pan slowly {d}", "the view moves {d}", "the view slides {d}", "shift the view {d}", "sweep {d}", "scroll {d}", "pedestal {d}", "crane {d}",
    "the shot tilts {d}", "a tilt {d}", "{d}wards", "camera moving {d}", "slide {d}", "travel {d}", "let the camera move {d}", "let the camera tilt {d}", "make the camera go {d}", "have the camera move {d}", "the camera should look {d}", "{d} with the camera", "show what is further {d}",
]
CAMERA = {
    "zoom in": [
        "zooming in", "zoom in on it", "zoom in on the picture", "zoom in on the middle", "zoom closer", "get closer", "go closer", "come closer", "move in", "slow push in", "dolly in", "the camera dollies in", "the camera pushes in", "the camera comes closer", "the camera gets closer", "the camera goes in", "camera moves in", "camera zoom in",
        "zoom the camera in", "approach", "approach the scene", "step closer", "fly in", "fly into the picture", "bring it closer", "magnify slowly", "move the camera forward", "the camera moves forward", "the camera approaches", "go forward", "closer and closer", "a slow zoom in", "a gentle zoom in", "smooth zoom in", "let the camera zoom in", "make the camera move closer",
        "have the camera push in", "the view gets closer", "the shot tightens", "zoom into the scene", "zoom towards the middle", "walk towards it", "draw nearer", "move nearer", "make everything grow larger",
    ],
    "zoom out": [
        "zooming out", "zoom out of it", "zoom out of the picture", "zoom out from the middle", "zoom away", "get further away", "go away from it", "go back", "move out", "move back", "slow pull back", "dolly out", "the camera dollies out", "the camera pulls out", "the camera moves away", "the camera goes back", "the camera backs away", "camera moves out", "camera zoom out",
        "zoom the camera out", "step back", "fly out", "fly away from the picture", "shrink slowly", "move the camera backward", "the camera moves backward", "the camera retreats", "go backward", "further and further away", "a slow zoom out", "a gentle zoom out", "smooth zoom out", "let the camera zoom out", "make the camera move away", "have the camera pull back",
        "the view gets wider", "the shot widens", "show more around it", "widen the view", "walk away from it", "make everything grow smaller", "reveal more of the surroundings",
    ],
    "pan left": SIDEWAYS, "pan right": SIDEWAYS, "pan up": [*UPRIGHT, "the camera rises", "raise the camera", "lift the camera", "the camera climbs"], "pan down": [*UPRIGHT, "the camera sinks", "lower the camera", "the camera descends"],
}
UP = ["{n} rises", "{n} goes up", "{n} comes up", "{n} climbs", "{n} moves up", "{n} is rising", "{n} rises slowly", "{n} rises into the sky", "{n} climbs higher", "{n} moves upwards", "let {n} rise", "let {n} go up", "make {n} rise", "make {n} go up", "have {n} come up", "{n} should rise", "move {n} up", "raise {n}", "lift {n}", "{n} slowly going up", "{n} rising", "i want {n} to rise", "{n} up", "up goes {n}"]
DOWN = ["{n} sinks", "{n} goes down", "{n} comes down", "{n} moves down", "{n} is sinking", "{n} sinks slowly", "{n} sinks lower", "{n} drops", "{n} dips", "{n} moves downwards", "let {n} sink", "let {n} go down", "make {n} sink", "make {n} go down", "have {n} come down", "{n} should go down", "move {n} down", "lower {n}", "{n} slowly going down", "{n} sinking", "i want {n} to go down", "{n} down", "down goes {n}"]
SETS = ["{n} sets", "{n} is setting", "let {n} set", "make {n} set", "{n} sets slowly", "{n} setting", "{n} sinks to the horizon", "{n} disappears below the horizon"]
FLIES_UP = ["{n} flies up", "{n} floats up", "{n} ascends", "{n} lifts off", "{n} takes off", "{n} floats upwards", "let {n} fly up", "make {n} float up", "{n} flies higher"]
FLIES_DOWN = ["{n} descends", "{n} lands", "{n} floats down", "{n} is landing", "let {n} land", "make {n} land", "{n} floats downwards", "{n} flies lower", "{n} comes back to the ground"]
GOES = ["{n} {v} {d}", "{n} {v} to the {d}", "{n} {v} towards the {d}", "{n} slowly {v} to the {d}", "{n} {v} off to the {d}"]
PUSHED = ["move {n} {d}", "move {n} to the {d}", "let {n} go {d}", "let {n} move to the {d}", "make {n} go {d}", "make {n} move to the {d}", "have {n} move {d}", "{n} should go to the {d}", "{n} should move {d}", "i want {n} to go {d}", "send {n} to the {d}", "{n} to the {d}", "{n} moving {d}", "{n} going to the {d}"]
FALLS = ["{n} falls", "{n} is falling", "let {n} fall", "make {n} fall", "{n} comes down", "falling {n}", "{n} falls gently", "{n} falls from the sky", "there is {n} falling", "{n} falling", "i want {n} to fall", "have {n} fall", "{n} should fall", "with {n} falling"]


def said(sentences, names, **words):
    return [s.format(n=n, **words) for s in sentences for n in names]


def going(names, verbs, to):
    return [s.format(n=n, v=v, d=to) for s in GOES for n in names for v in verbs] + said(PUSHED, names, d=to)


SUN, MOON, BALLOONS = ["the sun"], ["the moon"], ["the balloon", "the hot air balloon", "the hot-air balloon"]
BALLS, BOATS = ["the ball", "the beach ball", "the sphere"], ["the boat", "the ship", "the sailboat", "the sailing boat"]
CARS, CLOUDS = ["the car", "the vehicle", "the automobile"], ["the clouds", "clouds", "all clouds"]
SAIL, DRIVE, DRIFT = ["sails", "moves", "goes", "drifts", "glides", "floats", "is sailing", "heads"], ["drives", "moves", "goes", "rolls", "races", "is driving", "travels", "heads"], ["drift", "move", "float", "glide", "go", "fly", "pass", "travel"]
SCENE = {
    "sun up": [*said(UP, SUN), "a sunrise", "let there be a sunrise", "the sun comes up over the horizon", "dawn breaks"], "sun down": [*said(DOWN + SETS, SUN), "sunset", "a sunset", "let there be a sunset"],
    "moon up": [*said(UP, MOON), "moonrise"], "moon down": [*said(DOWN + SETS, MOON), "moonset"],
    "clouds left": [*going(CLOUDS, DRIFT, "left"), "the wind blows the clouds to the left", "wind from the right moves the clouds"],
    "clouds right": [*going(CLOUDS, DRIFT, "right"), "the wind blows the clouds to the right", "the clouds go by", "drifting clouds", "moving clouds", "the clouds pass by", "the clouds float by", "let the clouds drift", "make the clouds move", "animate the clouds"],
    "boat left": [*going(BOATS, SAIL, "left"), "sail the boat to the left"], "boat right": [*going(BOATS, SAIL, "right"), "sail the boat to the right", "the boat sails", "the boat sails away", "let the boat sail", "make the boat move"],
    "car left": [*going(CARS, DRIVE, "left"), "drive the car to the left"], "car right": [*going(CARS, DRIVE, "right"), "drive the car to the right", "the car drives", "the car drives away", "let the car drive", "make the car move"],
    "bounce": said(["{n} bounces", "{n} hops", "{n} jumps", "{n} is bouncing", "{n} bounces up and down", "{n} jumps up and down", "{n} springs up", "bounce {n}", "let {n} bounce", "make {n} bounce", "make {n} jump", "make {n} hop", "have {n} bounce", "{n} bouncing", "{n} should bounce", "i want {n} to bounce", "let {n} jump up and down"], BALLS),
    "balloon up": said(UP + FLIES_UP, BALLOONS), "balloon down": said(DOWN + FLIES_DOWN, BALLOONS),
    "snow": [*said(FALLS, ["snow", "the snow", "snowflakes"]), "it snows", "it is snowing", "let it snow", "make it snow", "a snowfall", "gentle snowfall", "snow drifts down", "flakes come down", "it starts to snow", "it should snow"],
    "rain": [*said(FALLS, ["rain", "the rain", "raindrops"]), "it rains", "it is raining", "let it rain", "make it rain", "a rain shower", "rainfall", "rain pours down", "drops come down", "it starts to rain", "it should rain"],
    "still": ["do not move", "keep still", "no movement", "stay still", "freeze", "a frozen moment", "everything stands still", "motionless", "static", "a static shot", "keep everything still", "the camera does not move", "nothing changes", "no camera move", "let nothing move", "make it stand still"],
}
