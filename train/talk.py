"""Small talk, counting, lists, sums, echoes, small poems, and the polite answer to what the model does not know."""

from train.grammar import blocks, fill
from train.weigh import mark
from train.world import ANIMALS, MEN, RARE, RIVERS, ROLES, STRANGERS, THINGS, VILLAGES, WOMEN, a

__all__ = ["BLOCKS", "answer", "chat", "invent", "unknown"]


def read_block(head, lines):
    """A subject: how often it is asked about, (its terms, ways to ask, ways to answer)."""
    _, _, often = head.partition(", ")
    terms, asks, answers = ([line[2:] for line in lines if line.startswith(sign)] for sign in "=?!")
    return float(often or 1), (terms[0].split(", ") if terms else [], asks, answers)


BLOCKS = [read_block(head, lines) for head, lines in blocks("answers.txt")]
OFTEN, SUBJECTS = zip(*BLOCKS, strict=True)
SMALL_TALK = [(block[0].split(" / "), block[1].split(" / ")) for block in (lines for _, lines in blocks("talk.txt"))]
UNKNOWN = [
    (block[0].removeprefix("? ").split(" / "), block[1].removeprefix("! ").split(" / "))
    for block in (lines for _, lines in blocks("unknown.txt"))
]
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
NUMBERS += [f"twenty-{unit}" for unit in NUMBERS[:9]] + ["thirty"]
NEVER_HEARD = (
    "I do not know that; I am a very small model. [Ask me about streaming.|But I know rivers and mills.]",
    "That is not something I have learned. [I am a very small model.|Shall I tell you a tale?]",
)
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
POLITE += ("So {q}?", "Quick question: {q}?", "{Q}? I wonder.", "Do you know {q}?", "{Q}? Be brief.", "Well, {q}?")
TERM = "[what is|what is|what's|what does|whats] {t}[| mean| exactly| in short| for|, in one sentence]"
TERMS = (
    TERM,
    TERM,
    "[explain|define|describe|please explain] {t}[| for me| simply| in simple words| briefly]",
    "[can you|could you|please] explain [|what] {t}[| is| means]",
    "[tell me|I want to know|I wonder|show me] what {t} [is|means]",
    "[tell me|what do you know|I want to learn|what can you say|say something] about {t}",
    "[the meaning of|definition of|what is meant by|what do people mean by|what is the meaning of] {t}",
    "{t}",
    "I [do not|don't] [understand|know] {t}",
    "[why|when] [does {t} matter|is {t} important|would I need {t}]",
)


def scuff(rng, text):
    """Now and then a letter is lost, two change places, or nobody cared for capitals."""
    chance, at = rng.random(), rng.randrange(len(text))
    if chance < 0.04:
        return text[:at] + text[at + 1 :]
    if chance < 0.08:
        return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    return text.lower() if chance < 0.2 else text


def question(rng, terms, asks):
    """One of many ways to ask."""
    if terms and rng.random() < 0.4:
        return fill(rng, rng.choice(TERMS).replace("{t}", rng.choice(terms)))
    return fill(rng, rng.choice(asks))


def answer(rng):
    """A question about streaming or Sluiceway, and its answer."""
    terms, asks, answers = rng.choices(SUBJECTS, OFTEN)[0]
    asked = question(rng, terms, asks)
    whole = asked[0].upper() + asked[1:]
    asked = rng.choice(POLITE).replace("{q}", asked).replace("{Q}", whole)
    return scuff(rng, asked), fill(rng, rng.choice(answers))


def name_number(rng, n):
    """The number in digits or in words."""
    return NUMBERS[n - 1] if rng.random() < 0.5 else str(n)


def count_wish(rng, first, last):
    start = f"from {name_number(rng, first)} " if first > 1 or rng.random() < 0.25 else ""
    wish = (
        "[Count|Count|count|Please count|Can you count|Could you count|Count for me|Let us count|I want you to count|"
        "Can you please count|Now count|Try to count|Say the numbers|Write the numbers|List the numbers|Numbers|"
        "Hi, count|Counting] {start}[to|to|up to|up to|until|till] {last}[|||, please| please| for me| now| slowly]"
    )
    return fill(rng, wish, {"start": start, "last": name_number(rng, last)})


def count(rng):
    last = rng.randint(3, 30)
    first = rng.randint(2, last - 1) if rng.random() < 0.15 else 1
    if rng.random() < 0.08:
        wish = fill(rng, "[Count|Please count|Can you count] [back|down|backwards] from ") + name_number(rng, last)
        return wish + rng.choice((".", "", "?")), ", ".join(map(str, range(last, 0, -1))) + mark(".")
    wish = count_wish(rng, first, last)
    if rng.random() < 0.15:
        words = ", ".join(NUMBERS[first - 1 : last]).capitalize() + mark(".")
        return wish + fill(rng, " [in words|as words|with words|in letters][|.|?]"), words
    return wish + rng.choice((".", "", "?", "!")), ", ".join(map(str, range(first, last + 1))) + mark(".")


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
    x, y = rng.randint(0, 12), rng.randint(0, 12)
    names = str(x), str(y)
    if x and y and rng.random() < 0.15:
        names = NUMBERS[x - 1], NUMBERS[y - 1]
    wish = (
        "[What is|What is|How much is|what's|Add|Please add|What is the sum of|Calculate|Tell me|Can you add|"
        "Do you know|So,|] {x} [+|plus|and|plus] {y}[?|?||.| =|, please.| please]"
    )
    slots = {"x": names[0], "y": names[1], "X": str(x), "Y": str(y), "sum": mark(str(x + y))}
    return fill(rng, wish, slots).strip(), fill(rng, "[{X} plus {Y} is {sum}.|{X} + {Y} = {sum}]", slots)


def draw_word(rng):
    """A word of the tales, or one that means nothing."""
    return rng.choice(ECHOED) if rng.random() < 0.6 else invent(rng)


def echo(rng):
    words = " ".join(draw_word(rng) for _ in range(rng.randint(1, 5)))
    if rng.random() < 0.3:
        n = rng.randint(2, 5)
        word = draw_word(rng)
        return f"Say the word {word} {name_number(rng, n)} times.", " ".join([word] * n).capitalize() + mark(".")
    wish = "[Repeat after me: |Say: |Repeat: |Please say: |Say exactly this: |Echo: |Write: |Copy this: |say ]"
    return fill(rng, wish) + words, words


def greet(rng):
    """Someone says a name, and hears it again."""
    name = rng.choice(STRANGERS) if rng.random() < 0.7 else rng.choice(WOMEN + MEN)
    name = invent(rng).capitalize() if rng.random() < 0.2 else name
    wish = "[My name is|Hi, I am|Hello, I'm|I am|I am called|Call me|Hello, my name is|You can call me] {name}[.||!]"
    said = "[Nice to meet you|Hello|Good to meet you|Welcome], {name}! [I am the small model inside Sluiceway.|"
    return fill(rng, wish, {"name": name}), fill(rng, said + "Would you like a story?]", {"name": mark(name)})


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
        answers = NEVER_HEARD
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
    kinds = ((small, 9), (count, 12), (series, 1), (some, 2.5), (add, 9), (echo, 6), (greet, 2), (poem, 2))
    return rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](rng)
