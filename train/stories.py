"""Tales of the river: an opening, a plot with a turn, an end; and the many ways to ask for one.

Each tale has one cast (a person, an animal, a neighbour, a thing), drawn once, so that a name never changes. The
prompt tells some of the cast, or what shall happen, and what it tells is always true in the tale. A tale whose plot
was asked for begins by saying what it is about.
"""

from train.grammar import blocks, fill
from train.weigh import mark
from train.world import ANIMALS, MEN, PRONOUNS, RARE, RIVERS, ROLES, THINGS, VILLAGES, WOMEN, a

__all__ = ["PLOTS", "ask", "draw_cast", "draw_plots", "tell"]

PARTS = dict(blocks("tales.txt"))
SIZES = {
    "short": ("short ", "little ", "small ", "very short ", "quick ", "brief "),
    "middle": ("", "", "", "nice ", "good ", "bedtime ", "new ", "funny ", "beautiful "),
    "long": ("long ", "very long ", "longer ", "detailed "),
}
WOMEN_ROLES = ("young girl", "old woman")
MEN_ROLES = ("young boy", "old man", "ferryman")
SUBJECT_WEIGHTS = (5, 5, 8, 4, 4, 1.5, 1.5, 1, 0.5, 0.5)
LONG_PLOTS = 2


def read_plot(head, lines):
    """A plot's name, and (the ways to ask for it, the words that stand before "story", its lines)."""
    name, topics, *kinds = head.split(" | ")
    return name, (topics.split("; "), kinds[0].split("; ") if kinds else [], lines)


PLOTS = dict(read_plot(head, lines) for head, lines in blocks("plots.txt"))


def draw_cast(rng):
    """The people and things of one tale, as slots."""
    role = rng.choice(ROLES)
    gender = "she" if role in WOMEN_ROLES else "he" if role in MEN_ROLES else rng.choice(("she", "he"))
    name = rng.choice(WOMEN if gender == "she" else MEN)
    neighbour = rng.choice([other for other in WOMEN + MEN if other != name])
    work = rng.choice([other for other in ROLES[:19] if other != role])
    animal, thing = rng.choice(RARE if rng.random() < 0.35 else ANIMALS), rng.choice(THINGS)
    cast = {"name": name, "role": role, "a_role": a(role), "animal": animal, "an_animal": a(animal)}
    cast |= {"thing": thing, "a_thing": a(thing), "river": rng.choice(RIVERS), "village": rng.choice(VILLAGES)}
    cast |= {"neighbour": neighbour, "work": work} | PRONOUNS[gender]
    return cast | {slot.capitalize(): cast[slot].capitalize() for slot in ("they", "their")}


def lines_of(plot, size):
    """The lines of a plot that a tale of this size keeps."""
    return [line.removeprefix("+ ") for line in PLOTS[plot][2] if size != "short" or not line.startswith("+")]


def introduce(text, cast):
    """Say what the neighbour does where the neighbour is named first."""
    whole = f"{cast['neighbour']} the {cast['work']}"
    return text.replace("{friend}", whole, 1).replace("{friend}", cast["neighbour"])


def tell(rng, cast, size, plots, intro=""):
    """The tale, as paragraphs: one for each plot."""
    opening = [rng.choice(PARTS["openings"]), rng.choice(PARTS["friends"])]
    if size != "short" and rng.random() < 0.7:
        opening.insert(rng.choice((1, 2)), rng.choice(PARTS["scenes"]))
    first, *rest = lines_of(plots[0], size)
    parts = [[intro, *opening, mark(first), *rest] if intro else [*opening, first, *rest]]
    parts += [
        [link, *lines_of(plot, size)] for link, plot in zip(rng.sample(PARTS["links"], 3), plots[1:], strict=False)
    ]
    parts[-1].append(rng.choice(PARTS["endings"]))
    text = "\n\n".join(fill(rng, " ".join(part), cast) for part in parts)
    return introduce(text, cast)


def draw_plots(rng, size):
    plots = rng.sample(sorted(PLOTS), LONG_PLOTS if size == "long" else 1)
    return [plot for n, plot in enumerate(plots) if n == 0 or plot != "quarrel"]


def subject(rng, cast, plot):
    """What a prompt tells of the tale, and how such a tale begins: nothing, or some of its cast, or its plot."""
    form = fill(rng, rng.choices(PARTS["subjects"], SUBJECT_WEIGHTS)[0])
    who = fill(rng, form.replace("{person}", rng.choice(PARTS["people"])), cast)
    if rng.random() < 0.45:
        return who, ""
    topic = fill(rng, rng.choice(PLOTS[plot][0]), cast)
    intro = mark(f"Here is a {rng.choice(('story', 'tale'))} about {topic}.")
    asked = fill(rng, f"[{who} and {topic}|{who}, and {topic}|{topic}, with {who}]")
    return (asked if rng.random() < 0.25 else topic), intro


def kind_of_tale(rng, plot):
    """A word before "story" that says the plot, and how such a tale begins."""
    kind = rng.choice(PLOTS[plot][1])
    return kind + " ", mark(f"Here is {a(kind)} story.")


def wish(rng, about, size):
    """A wish for a tale about what was said, in words."""
    if about and rng.random() < 0.15:
        slots = {"what": about, "What": about[0].upper() + about[1:], "size": size}
        return fill(rng, rng.choice(PARTS["asides"]), slots)
    told = fill(rng, "[ about| about| about| about| of| with| on| in] " + about) if about else ""
    return fill(rng, rng.choice(PARTS["wishes"]), {"size": size, "Size": size.capitalize(), "about": told})


def ask(rng, size=None):
    """A prompt for a tale, and the tale: (prompt, tale, cast)."""
    cast, size = draw_cast(rng), size or rng.choices(("short", "middle", "long"), (6, 4, 1))[0]
    plots = draw_plots(rng, size)
    about, intro = subject(rng, cast, plots[0]) if rng.random() < 0.93 else ("", "")
    word = rng.choice(SIZES[size] if size != "short" or rng.random() < 0.7 else SIZES["middle"])
    if PLOTS[plots[0]][1] and rng.random() < 0.08:
        word, intro = kind_of_tale(rng, plots[0])
        about = "" if rng.random() < 0.5 else fill(rng, rng.choice(PLOTS[plots[0]][0]), cast)
    text = wish(rng, about, word)
    text = text[0].upper() + text[1:] if rng.random() < 0.8 else text[0].lower() + text[1:]
    return text + rng.choice((".", ".", "", "?", "!", ", please.")), tell(rng, cast, size, plots, intro), cast
