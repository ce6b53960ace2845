"""The people, animals and things that the texts are about, and the small words that go with them."""

from train.grammar import blocks

__all__ = [
    "ANIMALS",
    "CITIES",
    "COLOURS",
    "FAR",
    "MEN",
    "PRONOUNS",
    "RARE",
    "RIVERS",
    "ROLES",
    "STRANGERS",
    "THINGS",
    "VILLAGES",
    "WEATHER",
    "WOMEN",
    "WORDS",
    "a",
]

WORDS = {kind: " ".join(lines).split(", ") for kind, lines in blocks("world.txt")}
WOMEN, MEN, ROLES = WORDS["women"], WORDS["men"], WORDS["roles"]
ANIMALS, RARE, THINGS = WORDS["animals"], WORDS["rare"], WORDS["things"]
FAR, STRANGERS = WORDS["far"], WORDS["strangers"]
RIVERS, VILLAGES = WORDS["rivers"], WORDS["villages"]
CITIES, COLOURS, WEATHER = [*WORDS["cities"], *VILLAGES], WORDS["colours"], WORDS["weather"]
PRONOUNS = {
    "she": {"they": "she", "them": "her", "their": "her", "themself": "herself"},
    "he": {"they": "he", "them": "him", "their": "his", "themself": "himself"},
}


def a(noun):
    """The noun with its article."""
    return ("an " if noun[0] in "aeiou" and not noun.startswith("unicorn") else "a ") + noun
