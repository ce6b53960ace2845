"""Tales of the river: an opening, a plot with a turn, an end; and the many ways to ask for one.

Each tale has one cast (a person, an animal, a neighbour, a thing), drawn once, so that a name never changes. The
prompt tells some of the cast, and what it tells is always true in the tale.
"""

from train.grammar import blocks, fill
from train.world import ANIMALS, MEN, PRONOUNS, RARE, RIVERS, ROLES, THINGS, VILLAGES, WOMEN, a

__all__ = ["PLOTS", "ask", "draw_cast", "tell"]

PARTS = dict(blocks("tales.txt"))
SIZES = {
    "short": ("short ", "little ", "small ", "very short ", "quick ", "brief "),
    "middle": ("", "", "", "nice ", "good ", "bedtime ", "new ", "funny ", "beautiful "),
    "long": ("long ", "very long ", "longer ", "detailed "),
}
PLOTS = {head.split(" | ")[0]: (head.split(" | ")[1].split(", "), lines) for head, lines in blocks("plots.txt")}
WOMEN_ROLES = ("young girl", "old woman")
MEN_ROLES = ("young boy", "old man", "ferryman")


def draw_cast(rng):
    """The people and things of one tale, as slots."""
    role = rng.choice(ROLES)
    gender = "she" if role in WOMEN_ROLES else "he" if role in MEN_ROLES else rng.choice(("she", "he"))
    name = rng.choice(WOMEN if gender == "she" else MEN)
    neighbour = rng.choice([other for other in WOMEN + MEN if other != name])
    work = rng.choice([other for other in ROLES[:19] if other != role])
    animal = rng.choice(RARE if rng.random() < 0.25 else ANIMALS)
    cast = {"name": name, "role": role, "a_role": a(role), "animal": animal, "an_animal": a(animal)}
    cast |= {"thing": rng.choice(THINGS), "river": rng.choice(RIVERS), "village": rng.choice(VILLAGES)}
    cast |= {"neighbour": neighbour, "work": work} | PRONOUNS[gender]
    return cast | {slot.capitalize(): cast[slot].capitalize() for slot in ("they", "their")}


def lines_of(plot, size):
    """The lines of a plot that a tale of this size keeps."""
    return [line.removeprefix("+ ") for line in PLOTS[plot][1] if size != "short" or not line.startswith("+")]


def introduce(text, cast):
    """Say what the neighbour does where the neighbour is named first."""
    whole = f"{cast['neighbour']} the {cast['work']}"
    return text.replace("{friend}", whole, 1).replace("{friend}", cast["neighbour"])


def tell(rng, cast, size, plots):
    """The tale, as paragraphs: one for each plot."""
    opening = [rng.choice(PARTS["openings"]), rng.choice(PARTS["friends"])]
    if size != "short":
        opening.insert(rng.choice((1, 2)), rng.choice(PARTS["scenes"]))
    parts = [[*opening, *lines_of(plots[0], size)]]
    parts += [
        [link, *lines_of(plot, size)] for link, plot in zip(rng.sample(PARTS["links"], 3), plots[1:], strict=False)
    ]
    parts[-1].append(rng.choice(PARTS["endings"]))
    text = "\n\n".join(fill(rng, " ".join(part), cast) for part in parts)
    return introduce(text, cast)


def draw_plots(rng, size):
    plots = rng.sample(sorted(PLOTS), 3 if size == "long" else 1)
    return [plot for n, plot in enumerate(plots) if n == 0 or plot != "quarrel"]


def subject(rng, cast, plot):
    """What a prompt tells of the tale: nothing, or some of its cast, or its plot."""
    person = rng.choice(("{a_role}", "{a_role}", "{a_role} [named|called] {name}", "{name}", "{name} the {role}"))
    topic = rng.choice(PLOTS[plot][0])
    forms = ["", "{an_animal}", person, person + " and {an_animal}", "{an_animal} and " + person, topic]
    forms += [person + " and " + topic, person + ", {an_animal} and " + topic, "{an_animal} and " + topic]
    forms += ["[the|a] river", "{village}", "the river {river}", person + " and the {animal}"]
    return fill(rng, rng.choices(forms, (4, 5, 4, 8, 4, 12, 4, 3, 4, 1, 0.5, 0.5, 1))[0], cast)


def ask(rng, size=None):
    """A prompt for a tale, and the tale: (prompt, tale, cast)."""
    cast, size = draw_cast(rng), size or rng.choices(("short", "middle", "long"), (5, 4, 1.5))[0]
    plots = draw_plots(rng, size)
    about = subject(rng, cast, plots[0])
    sizes = SIZES[size] if size != "short" or rng.random() < 0.7 else SIZES["middle"]
    slots = {
        "size": rng.choice(sizes),
        "about": fill(rng, "[ about| about| about| of| with| on| in] " + about) if about else "",
    }
    slots["Size"] = slots["size"].capitalize()
    text = fill(rng, rng.choice(PARTS["wishes"]), slots)
    text = text[0].upper() + text[1:] if rng.random() < 0.8 else text[0].lower() + text[1:]
    return text + rng.choice((".", ".", "", "?", "!", ", please.")), tell(rng, cast, size, plots), cast
