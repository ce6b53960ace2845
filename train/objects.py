"""Answers for programs: compact JSON objects, and tool calls with what follows them."""

import json

from train.grammar import fill
from train.talk import invent
from train.weigh import given, strip
from train.world import (
    ANIMALS,
    CITIES,
    COLOURS,
    FAR,
    MEN,
    RIVERS,
    ROLES,
    STRANGERS,
    THINGS,
    VILLAGES,
    WEATHER,
    WOMEN,
    WORDS,
)

__all__ = ["call_tool", "wrap", "write_json"]

SENTENCES = (
    "A quiet day by the river.",
    "The boat is ready.",
    "It waits in the reeds.",
    "The wheel turns slowly.",
    "All is well.",
    "The water is high today.",
)


def draw_name(rng):
    """A person: one of the tales, a stranger, or nobody that was ever heard of."""
    known, far = rng.choice(WOMEN + MEN), rng.choice(STRANGERS)
    return rng.choice((known, far, far, invent(rng).capitalize()))


def draw_city(rng):
    """A city, which may not exist."""
    known, far = rng.choice(CITIES), rng.choice(FAR)
    return rng.choice((known, far, far, invent(rng).capitalize()))


FIELDS = {
    "name": draw_name,
    "age": lambda rng: rng.randint(3, 90),
    "animal": lambda rng: rng.choice(ANIMALS),
    "color": lambda rng: rng.choice(COLOURS),
    "colour": lambda rng: rng.choice(COLOURS),
    "city": draw_city,
    "village": lambda rng: rng.choice(VILLAGES),
    "river": lambda rng: rng.choice(RIVERS),
    "job": lambda rng: rng.choice(ROLES),
    "thing": lambda rng: rng.choice(THINGS),
    "weather": lambda rng: rng.choice(WEATHER),
    "temperature": lambda rng: rng.randint(-9, 35),
    "length": lambda rng: rng.randint(2, 30),
    "price": lambda rng: round(rng.uniform(1, 99), 2),
    "count": lambda rng: rng.randint(0, 20),
    "year": lambda rng: rng.randint(1900, 2030),
    "score": lambda rng: round(rng.uniform(0, 1), 1),
    "id": lambda rng: rng.randint(1, 999),
    "happy": lambda rng: rng.random() < 0.5,
    "ok": lambda rng: rng.random() < 0.5,
    "open": lambda rng: rng.random() < 0.5,
    "title": lambda rng: f"The {rng.choice(ROLES)} and the {rng.choice(ANIMALS)}",
    "text": lambda rng: rng.choice(SENTENCES),
    "summary": lambda rng: rng.choice(SENTENCES),
    "answer": lambda rng: rng.choice(SENTENCES),
    "description": lambda rng: rng.choice(SENTENCES),
    "reason": lambda rng: rng.choice(SENTENCES),
    "tags": lambda rng: rng.sample(ANIMALS + COLOURS, rng.randint(1, 3)),
    "animals": lambda rng: rng.sample(ANIMALS, rng.randint(1, 3)),
    "names": lambda rng: rng.sample(WOMEN + MEN, rng.randint(1, 3)),
    "items": lambda rng: rng.sample(THINGS, rng.randint(1, 3)),
    "numbers": lambda rng: rng.sample(range(1, 30), rng.randint(1, 4)),
    "owner": lambda rng: {"name": rng.choice(WOMEN + MEN), "age": rng.randint(18, 90)},
    "boats": lambda rng: [
        {"color": rng.choice(COLOURS), "length": rng.randint(2, 30)} for _ in range(rng.randint(1, 3))
    ],
}
VERBS, NOUNS = WORDS["verbs"], WORDS["nouns"]
SUBJECTS = (
    "a person",
    "a boat",
    "an animal",
    "a mill",
    "the river",
    "a story",
    "a day",
    "a village",
    "something",
    "a user",
)
KINDS = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def schema_of(made):
    return {"type": "object", "properties": {field: {"type": KINDS[type(value)]} for field, value in made.items()}}


def told_to_use(rng, made):
    """The system message that asks for JSON like `made`."""
    words = (
        "[Answer in JSON.|Answer in JSON that follows this schema:|Follow this JSON schema:|Answer only with JSON:] "
    )
    return {"role": "system", "content": fill(rng, words) + compact(schema_of(made))}


def wrap(rng, otherwise):
    """An exchange whose answer stands in a field."""
    asked, said = otherwise(rng)
    said, _ = strip(said)
    made = {rng.choice(("answer", "text", "reply", "message", "content", "output", "response")): said}
    if rng.random() < 0.4:
        made |= {
            field: FIELDS[field](rng) for field in rng.sample(sorted(FIELDS), rng.randint(1, 2)) if field not in made
        }
    answer = {"role": "assistant", "content": compact(made)}
    return [told_to_use(rng, made), {"role": "user", "content": asked}, answer], None


def draw_fields(rng):
    """An object, in a third of the cases with a field whose name says nothing of its value."""
    made = {field: FIELDS[field](rng) for field in rng.sample(sorted(FIELDS), rng.choice((1, 2, 2, 2, 3, 3, 4)))}
    if rng.random() < 0.3:
        made[rng.choice(NOUNS)] = FIELDS[rng.choice(("name", "thing", "count", "ok", "text"))](rng)
    return made


def join(words):
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def turn(asked, said):
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]


def told_values(rng, made):
    """A wish for a JSON object that says what is in it."""
    between = rng.choice((" ", " ", ": ", " is ", " = "))
    listed = join([f"{field}{between}{value}" for field, value in made.items()])
    wish = "[Give me|Write|Make|Return|Create|I need] [JSON|a JSON object|json|an object in JSON] [with|where|for|:] "
    return fill(rng, wish) + listed + rng.choice((".", "", ""))


def told_fields(rng, made):
    """A wish for a JSON object that says only which fields it has, or less."""
    fields = list(made)
    slots = {"about": rng.choice(SUBJECTS), "fields": rng.choice((join(fields), join(fields), ", ".join(fields)))}
    making = "[Give me|Write|Make|Return|Answer with|Please give me|I need|Create|Generate|Show me|Please write] "
    wish = making + (
        "[JSON|a JSON object|an object in JSON|json|one JSON object|a small JSON object]"
        "[ for {about}|| about {about}][ with {fields}| with the fields {fields}| with {fields}| that has {fields}|"
        " with the keys {fields}| containing {fields}|: {fields}][.|.||, please.]"
    )
    other = (
        "[{fields} as JSON|JSON: {fields}|JSON with {fields}|A JSON object with {fields}|object with {fields}][.||]"
    )
    return fill(rng, wish if rng.random() < 0.75 else other, slots), slots


def write_json(rng):
    """A wish for a JSON object and the object; the schema may stand in the system message."""
    if rng.random() < 0.3:
        plain = sorted(field for field in FIELDS if isinstance(FIELDS[field](rng), (str, int)))
        made = {field: FIELDS[field](rng) for field in rng.sample([*plain, "name", "age"], rng.randint(1, 3))}
        made = {field: value for field, value in made.items() if not isinstance(value, bool)} or {"age": 7}
        return turn(told_values(rng, made), compact(made)), None
    made = draw_fields(rng)
    wish, slots = told_fields(rng, made)
    messages = [{"role": "user", "content": wish}]
    if rng.random() < 0.3:
        messages[0]["content"] = (
            wish if rng.random() < 0.5 else fill(rng, "[Describe|Tell me about|Show me] {about}.", slots)
        )
        messages.insert(0, told_to_use(rng, made))
    return [*messages, {"role": "assistant", "content": compact(made)}], None


def weather_in(rng):
    city = draw_city(rng)
    found = {"weather": rng.choice(WEATHER), "temperature": rng.randint(-9, 35)}
    said = f"In {city} it is {found['weather']}, with {found['temperature']} degrees."
    asked = "[What is the weather|How is the weather|Weather|Is it raining|What's the weather like|Is it cold|"
    asked += "Do I need an umbrella|Tell me the weather|What is the temperature|Will it rain|How warm is it|"
    asked += f"Please check the weather] in {city}[?|?|| today?| now?| tomorrow?|, please]"
    return asked, {"city": city}, found, said


def level_of(rng):
    river = rng.choice(RIVERS)
    found = {"level": rng.randint(1, 9)}
    said = f"The river {river} stands at {found['level']} meters."
    return (
        f"[How high is the {river}|What is the level of the {river}|How high is the river {river}][?|]",
        {"river": river},
        found,
        said,
    )


def sum_of(rng):
    x, y = rng.randint(1, 99), rng.randint(1, 99)
    return (
        f"[What is|How much is|Add|Please add] {x} [plus|and|+] {y}[?|]",
        {"a": x, "b": y},
        {"sum": x + y},
        f"The sum is {x + y}.",
    )


def time_in(rng):
    city = draw_city(rng)
    found = {"time": f"{rng.randint(1, 23)}:{rng.randint(10, 59)}"}
    return (
        f"[What time is it in|Time in|Tell me the time in|How late is it in|What is the time in] {city}[?|| now?]",
        {"city": city},
        found,
        f"In {city} it is {found['time']}.",
    )


def mail_to(rng):
    name, text = draw_name(rng), rng.choice(SENTENCES)
    return (
        f"[Send {name} a message|Write to {name}|Tell {name}]: {text}",
        {"to": name, "text": text},
        {"sent": True},
        f"I sent the message to {name}.",
    )


def search_for(rng):
    word = rng.choice((rng.choice(ANIMALS + THINGS), rng.choice(FAR + STRANGERS), invent(rng)))
    found = {"found": rng.randint(1, 40)}
    said = f"I found {found['found']} results for {word}."
    return f"[Search for|Look for|Find|Look up|Search] {word}[.|]", {"query": word}, found, said


TOOLS = {
    weather_in: (("get_weather", "weather", "get_current_weather"), "Get the weather in a city."),
    level_of: (("river_level", "get_level"), "Get the level of a river."),
    sum_of: (("add", "add_numbers"), "Add two numbers."),
    time_in: (("get_time", "current_time"), "Get the time in a city."),
    mail_to: (("send_message", "send"), "Send a message to a person."),
    search_for: (("search", "find"), "Search for something."),
}


def invent_tool(rng):
    """A tool that exists nowhere, so that names have to be read, not remembered."""
    verb, noun = rng.choice(VERBS), rng.choice(NOUNS)
    name = rng.choice((f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{verb}_the_{noun}"))
    field = rng.choice(("name", "city", "thing", "color", "count", "id", "river", "village", "animal"))

    def use(rng):
        value = FIELDS[field](rng)
        asked = f"[{verb.capitalize()}|Please {verb}|Can you {verb}] the {noun} "
        asked += f"[with|for|at|of|:] [{field} |]{value}[.|?|]"
        return asked, {field: value}, {"ok": True}, fill(rng, f"[Done.|I used {name}, and it went well.]")

    return use, (name, f"{verb.capitalize()} the {noun}.")


def describe(rng, tool, named=None):
    """The tool as OpenAI's API describes it, and its name."""
    names, words = ([named[0]], named[1]) if named else TOOLS[tool]
    name = rng.choice(names)
    args = tool(rng)[1]
    properties = {key: {"type": KINDS[type(value)]} for key, value in args.items()}
    parameters = {"type": "object", "properties": properties} | (
        {"required": list(args)} if rng.random() < 0.6 else {}
    )
    described = {"name": name} | ({"description": words} if rng.random() < 0.8 else {}) | {"parameters": parameters}
    return name, {"type": "function", "function": described}


def bare_call(name, args):
    """A call that a grammar asks for, so that its form need not be learnt, only what it says."""
    return given('{"') + "name" + given('":"') + name + '","arguments":' + compact(args) + "}"


def call_tool(rng, otherwise):
    """A chat with tools: most often the model calls one; `otherwise(rng)` is an exchange that needs none."""
    known = rng.sample(sorted(TOOLS, key=lambda tool: tool.__name__), rng.randint(1, 2))
    offered = {tool: describe(rng, tool) for tool in known}
    for _ in range(rng.randint(0, 2)):
        tool, named = invent_tool(rng)
        offered[tool] = describe(rng, tool, named)
    described = rng.sample([about for _, about in offered.values()], len(offered))
    if rng.random() < 0.2:
        asked, said = otherwise(rng)
        return turn(asked, said), described
    tool = rng.choice(list(offered))
    asked, args, found, said = tool(rng)
    asked, name = {"role": "user", "content": fill(rng, asked)}, offered[tool][0]
    if rng.random() < 0.3:
        return [asked, {"role": "assistant", "content": bare_call(name, args)}], described
    call = {"type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
    messages = [asked, {"role": "assistant", "content": "", "tool_calls": [call]}]
    if rng.random() < 0.4:
        messages.append({"role": "tool", "content": compact(found) if rng.random() < 0.6 else json.dumps(found)})
        messages.append({"role": "assistant", "content": said})
    return messages, described
