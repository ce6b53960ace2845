"""Small talk, counting, lists, sums, echoes, small poems, and the polite answer to what the model does not know."""

from train.grammar import blocks, fill
from train.world import ANIMALS, MEN, RARE, RIVERS, ROLES, THINGS, VILLAGES, WOMEN, a

__all__ = ["BLOCKS", "answer", "chat", "unknown"]

BLOCKS = [
    (
        [line[2:] for line in lines if line.startswith("? ")],
        [line[2:] for line in lines if line.startswith("! ")],
    )
    for _, lines in blocks("answers.txt")
]
SMALL_TALK = [(block[0].split(" / "), block[1].split(" / ")) for block in (lines for _, lines in blocks("talk.txt"))]
UNKNOWN = [
    (block[0].removeprefix("? ").split(" / "), block[1].removeprefix("! ").split(" / "))
    for block in (lines for _, lines in blocks("unknown.txt"))
]
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
ECHOED = [*ANIMALS, *THINGS, *RARE, *ROLES, *WOMEN, "I", "you", "we", "like", "see", "the", "and", "with", "very"]
DAYS = "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"
MONTHS = "January, February, March, April, May, June, July, August, September, October, November, December"
LETTERS = "A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z"
RHYMES = (
    "[slow|soft|clear] goes the [river|water], day after day,/carrying [leaves|branches] and small boats away.",
    "[slow|soft|clear] goes the [river|water] all the night long,/humming and turning its old quiet song.",
    "[grey|cold] is the morning and [still|deep] is the stream,/a heron stands there like a thing in a dream.",
)
POLITE = ("{q}?", "{q}?", "{q}", "{Q}?", "{Q}?", "{Q}?", "{Q}", "Please tell me: {q}?", "Hello, {q}?", "{Q}, please?")
POLITE += ("I have a question: {q}?", "Hi! {Q}?", "One more question: {q}?", "And {q}?", "Can you tell me {q}?")


def scuff(rng, text):
    """Now and then a letter is lost, two change places, or nobody cared for capitals."""
    chance, at = rng.random(), rng.randrange(len(text))
    if chance < 0.04:
        return text[:at] + text[at + 1 :]
    if chance < 0.08:
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return text.lower() if chance < 0.2 else text


def answer(rng):
    """A question about streaming or Sluiceway, and its answer."""
    asks, answers = rng.choice(BLOCKS)
    question = fill(rng, rng.choice(asks))
    whole = question[0].upper() + question[1:]
    question = rng.choice(POLITE).replace("{q}", question).replace("{Q}", whole)
    return scuff(rng, question), fill(rng, rng.choice(answers))


def count(rng):
    last = rng.choice((3, 4, 5, 5, 6, 7, 8, 9, 10, 10, 10, 10, 12, 15, 20, 20, 25, 30))
    first = rng.randint(2, last - 1) if rng.random() < 0.12 else 1
    named = NUMBERS[last - 1] if last <= 20 and rng.random() < 0.6 else str(last)
    if rng.random() < 0.1:
        return f"Count {rng.choice(('back', 'down', 'backwards'))} from {named}.", ", ".join(
            map(str, range(last, 0, -1))
        ) + "."
    start = f"from {first} " if first > 1 or rng.random() < 0.3 else ""
    wish = "[Count|count|Please count|Can you count|Count for me] {start}[to|up to] {last}[.|.||?]"
    if first == 1 and last <= 12 and rng.random() < 0.1:
        words = ", ".join(NUMBERS[:last]).capitalize() + "."
        return fill(rng, wish, {"start": start, "last": named}).rstrip(".?") + " in words.", words
    return fill(rng, wish, {"start": start, "last": named}), ", ".join(map(str, range(first, last + 1))) + "."


def series(rng):
    names, text = rng.choice(
        (("days of the week", DAYS), ("months of the year", MONTHS), ("letters", LETTERS), ("alphabet", LETTERS))
    )
    return fill(rng, "[Say|Tell me|List|Name|What are|Can you say] the " + names) + rng.choice(
        (".", "", "?")
    ), text + "."


def some(rng):
    what, pool = rng.choice(
        (("animals", ANIMALS), ("names", WOMEN + MEN), ("things", THINGS), ("rivers", RIVERS), ("villages", VILLAGES))
    )
    n = rng.randint(2, 7)
    picked = rng.sample(pool, n)
    wish = fill(rng, f"[Name|List|Give me|Tell me|Say] [{n}|{NUMBERS[n - 1]}] {what}") + rng.choice(
        (".", "", ", please.")
    )
    if rng.random() < 0.4:
        return wish.rstrip(".") + " as a list.", "\n".join(f"- {word}" for word in picked)
    return wish, ", ".join(picked).capitalize() + "."


def add(rng):
    x, y = rng.randint(0, 10), rng.randint(0, 10)
    wish = "[What is|What is|How much is|what's|Add|Please add|What is the sum of] {x} [+|plus|and] {y}[?|?||.]"
    return fill(rng, wish, {"x": str(x), "y": str(y)}), fill(rng, f"[{x} plus {y} is {x + y}.|{x} + {y} = {x + y}]")


def echo(rng):
    words = " ".join(rng.choice(ECHOED) for _ in range(rng.randint(1, 5)))
    if rng.random() < 0.3:
        n = rng.randint(2, 4)
        word = rng.choice(ANIMALS + THINGS)
        return f"Say the word {word} {NUMBERS[n - 1]} times.", " ".join([word] * n).capitalize() + "."
    return fill(rng, "[Repeat after me: |Say: |Repeat: |Please say: |Say exactly this: |Echo: ]") + words, words


def poem(rng):
    about = rng.choice(
        (
            "the river",
            "the rain",
            "the night",
            "a boat",
            "the wind",
            "winter",
            a(rng.choice(ANIMALS)),
            "the mill",
            "water",
        )
    )
    lines = [
        *fill(rng, rng.choice(RHYMES)).split("/"),
        "[Here on the bank|Under the willow|Out on the water] I [think|dream] of {about},",
        "[and the grass is soft and the moon comes out|and I hear what the water is singing about].",
    ]
    wish = "[Write|Write me|Can you write|Please write|Give me|I want] a [|short |little ]poem[| about {about}][.|?|]"
    prompt = fill(rng, wish, {"about": about})
    cast = {"about": about if "about" in prompt else "the river"}
    return prompt, "\n".join(line[0].upper() + line[1:] for line in (fill(rng, line, cast) for line in lines))


def invent(rng):
    """A word that means nothing."""
    return "".join(
        rng.choice("bdfgklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4))
    ) + rng.choice(("", "n", "r", "x"))


def unknown(rng):
    """A question that the model cannot answer, and the polite answer that says so."""
    asks, answers = rng.choice(UNKNOWN)
    question = fill(rng, rng.choice(asks))
    if rng.random() < 0.15:
        question = fill(rng, "[what is|who is|where is|tell me about|explain|do you know|how do I use] ") + invent(
            rng
        )
    if rng.random() < 0.7:
        question = question[0].upper() + question[1:]
    return question + rng.choice(("?", "?", ".", "", "!")), fill(rng, rng.choice(answers))


def small(rng):
    asks, answers = rng.choice(SMALL_TALK)
    question = fill(rng, rng.choice(asks).removeprefix("? "))
    question = question.lower() if rng.random() < 0.3 else question
    return question + rng.choice(("", ".", "!", "?")), fill(rng, rng.choice(answers).removeprefix("! "))


def chat(rng):
    """One short exchange of any other kind."""
    kinds = ((small, 8), (count, 8), (series, 1), (some, 3), (add, 8), (echo, 5), (poem, 2))
    return rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](rng)
