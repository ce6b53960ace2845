"""The push parser: characters in, a value that grows, and what happened to it.

It refuses what is no JSON at the first character that shows it, and repairs nothing.

Source: RFC 8259.

Theory. Between two characters the parser is in one state, and each state has a step, which reads as far as the state
reaches and returns where it stopped. No character is looked at twice, except those of an escape that was cut (11 at
most). A step that meets a wrong character behind good ones first keeps the good ones and stops there, so what is told
before an error does not depend on how the text was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar, Final

from sluiceway.errors import JSONInvalid, JSONTooLarge
from sluiceway.partial.bulk import MAX_REMEMBERED_KEYS, WholeReader, tell_whole
from sluiceway.partial.events import Event, Grew, Path
from sluiceway.partial.numbers import FRACTION, INTEGER, MINUS, START, WHOLE, read_number, whole_number
from sluiceway.partial.patterns import below
from sluiceway.partial.runs import run_of
from sluiceway.partial.strings import LoneSurrogates, lone_half, plain_run, read_escape, short_escape
from sluiceway.partial.value import GrowingValue

__all__ = ["Scanner"]

_VALUE, _FIRST_ITEM, _FIRST_KEY, _NEXT_KEY, _KEY, _COLON, _STRING, _NUMBER, _LITERAL, _AFTER, _FAILED = range(11)

_SPACES = " \t\n\r"
_behind_spaces = run_of("[ \t\n\r]")
_ENDS_A_NUMBER = " \t\n\r,]}"
_LITERALS: Final = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_NOT_A_NUMBER: Final = {"N": ("NaN", float("nan")), "I": ("Infinity", float("inf"))}
_WORTH_C_CHARS = 64
"""So much text ahead that a value may be whole in it and the C scanner pays."""
_WHOLE_TRIES = 4
"""How many values of one push may turn out not to be whole: the bound of what is read in vain."""


class Scanner(GrowingValue):
    """The state of one text, and the steps through it.

    Args:
        shows_open_numbers: whether a number is shown before it has ended.
        allows_repeated_keys: whether a key may come twice in an object.
        allows_nan: whether ``NaN`` and the infinities are numbers.
        lone_surrogates: what becomes of half a pair that stands alone.
        max_depth: how many containers may lie in each other.
        max_chars: how many characters the text may have.
        max_number_chars: how many characters a number may have.
    """

    __slots__ = (
        "_allows_nan",
        "_allows_repeated_keys",
        "_carry",
        "_failure",
        "_is_plain",
        "_key_text",
        "_keys",
        "_literal",
        "_lone_surrogates",
        "_max_chars",
        "_max_depth",
        "_max_number_chars",
        "_number",
        "_room",
        "_shows_open_numbers",
        "_stage",
        "_start",
        "_state",
        "_trouble",
        "_whole_tries",
        "_word",
    )

    def __init__(
        self,
        *,
        shows_open_numbers: bool,
        allows_repeated_keys: bool,
        allows_nan: bool,
        lone_surrogates: LoneSurrogates,
        max_depth: int,
        max_chars: int,
        max_number_chars: int,
    ) -> None:
        super().__init__()
        self._shows_open_numbers = shows_open_numbers
        self._allows_repeated_keys = allows_repeated_keys
        self._allows_nan = allows_nan
        self._lone_surrogates = lone_surrogates
        self._max_depth = max_depth
        self._max_chars = max_chars
        self._max_number_chars = max_number_chars
        self._room = max_chars  # how many more characters may come
        self._start = 0  # the offset of the first character of the text at hand
        self._state = _VALUE
        self._carry = ""  # an escape that is not whole
        self._trouble = ("", 0)  # why a character does not belong in a string, and its index
        self._is_plain = False  # inside a value's string, with nothing carried and nobody to call
        self._key_text = ""
        self._keys: dict[str, str] = {}  # equal keys share one string, as those of json.loads do
        self._number = ""
        self._stage = START
        self._word = ""  # what is missing of a literal
        self._literal: object = None
        self._failure: JSONInvalid | None = None
        self._whole_tries = 0

    @property
    def offset(self) -> int:
        """How many characters were taken; after an error, how many were good."""
        return self._failure.offset if self._failure else self._max_chars - self._room

    @property
    def open_path(self) -> Path | None:
        """The path of the innermost value that has begun and has not ended; None when there is none."""
        if self._failure:
            return self._failure.open_path
        if self._state in (_STRING, _NUMBER, _LITERAL):
            return self._path
        return self._base if self._stack else None

    def push(self, text: str) -> Sequence[Event]:
        """Take the next characters and return what they did, in order.

        Raises:
            JSONInvalid: they do not go on with a JSON text. What was good before them stays, and the error holds
                their events; from then on every push raises.
        """
        # Most deltas are text inside a string. What needs a second look is not printable, a quote or a backslash.
        if self._is_plain and text.isprintable() and '"' not in text and "\\" not in text and text:
            room = self._room - len(text)
            if room >= 0:
                self._room = room
                holder = self._holder
                key = self._key
                grown = holder[key]
                holder[key] = None  # see _grow, whose work this is
                grown += text
                holder[key] = grown
                return (Grew(self._path, text),) if self._is_heard else ()
        return self._scan(text)

    def _scan(self, text: str) -> Sequence[Event]:
        room = self._room
        self._start = self._max_chars - room
        self._room = room - len(text)
        is_too_long = self._room < 0
        if is_too_long:
            text = text[:room]
        if self._carry:
            self._start -= len(self._carry)
            text = self._carry + text
            self._carry = ""
        index = 0
        end = len(text)
        if end > _WORTH_C_CHARS:
            self._whole_tries = _WHOLE_TRIES
        while index < end:
            index = _STEPS[self._state](self, text, index)
        if is_too_long:
            if self._failure:
                self._failed()
            raise self._too_large("the text is too long", end)
        return self._settle()

    def _settle(self) -> Sequence[Event]:
        """Come to rest between two pushes: show what may be shown, and tell what happened."""
        if self._state == _STRING:
            self._is_plain = not self._carry and not (self._patterns and self._is_heard)
        else:
            self._is_plain = False
            if self._state == _NUMBER and self._shows_open_numbers:
                self._show_number()
        events = self._events
        if events:
            self._events = []
            if self._patterns:
                self._tell(events)
        return events

    def _end_text(self) -> None:
        """Take the end of the text, which ends a number that is all of it."""
        if self._state == _NUMBER and not self._stack and self._stage in WHOLE:
            self._start = self.offset
            self._end_number(self._number, self._stage, 0)
            self._settle()

    # The steps. Each looks at its commonest next characters too: to return and be called again takes as long as three
    # such looks.

    def _value(self, text: str, index: int) -> int:
        letter = text[index]
        if self._whole_tries and len(text) - index > _WORTH_C_CHARS and letter in '"{[':
            end = self._read_whole(text, index)
            if end:
                return end
        if letter == '"':
            part, index, is_closed = self._read_string(text, index + 1)
            self._add_string(part)
            if is_closed:
                self._end_string()
                self._state = _AFTER
            else:
                self._state = _STRING
            return index
        if letter in "-0123456789":
            return self._begin_number(text, index)
        if letter in "{[":
            return self._begin(text, index)
        if letter in _SPACES:
            return _skip(text, index)
        return self._begin_literal(text, index)

    def _read_whole(self, text: str, index: int) -> int:
        """Read the value at ``index`` in one step if it is whole. Return the index behind it; 0 if it is not."""
        reader = WholeReader(
            self._keys,
            allows_nan=self._allows_nan,
            allows_half_pairs=self._lone_surrogates is LoneSurrogates.KEEP,
            max_number_chars=self._max_number_chars,
        )
        found = reader.read(text, index, self._max_depth - len(self._stack))
        if not found:
            self._whole_tries -= 1
            return 0
        value, end = found
        self._open()
        self._fill(value)
        nodes = self._nodes
        if nodes is None or self._is_heard or nodes:
            self._events += tell_whole(value, self._path, below(nodes, self._key) if nodes and self._path else nodes)
        self._state = _AFTER
        return end

    def _begin(self, text: str, index: int) -> int:
        if len(self._stack) >= self._max_depth:
            raise self._too_large("the text is nested too deeply", index)
        if text[index] == "{":
            self._begin_container({})
            self._state = _FIRST_KEY
        else:
            self._begin_container([])
            self._state = _FIRST_ITEM
        return index + 1

    def _first_item(self, text: str, index: int) -> int:
        if text[index] == "]":
            return self._end(index)
        if text[index] in _SPACES:
            return _skip(text, index)
        self._state = _VALUE
        return self._value(text, index)

    def _first_key(self, text: str, index: int) -> int:
        if text[index] == "}":
            return self._end(index)
        return self._next_key(text, index)

    def _end(self, index: int) -> int:
        self._end_container()
        self._state = _AFTER
        return index + 1

    def _next_key(self, text: str, index: int) -> int:
        letter = text[index]
        if letter == '"':
            self._state = _KEY
            return index + 1
        if letter in _SPACES:
            return _skip(text, index)
        raise self._invalid("a key in quotes was expected", index)

    def _in_key(self, text: str, index: int) -> int:
        part, end, is_closed = self._read_string(text, index)
        if end == index:
            raise self._invalid(*self._trouble)
        index = end
        whole = self._key_text
        self._key_text = ""  # see _grow
        whole += part
        if not is_closed:
            self._key_text = whole
            return index
        if not self._allows_repeated_keys and whole in self._holder:
            raise self._invalid("a key comes a second time in its object", index - 1)
        known = self._keys.get(whole)
        if known is None:
            known = whole
            if len(self._keys) < MAX_REMEMBERED_KEYS:
                self._keys[whole] = whole
        self._key = known
        self._state = _COLON
        return self._colon(text, index) if index < len(text) else index

    def _colon(self, text: str, index: int) -> int:
        letter = text[index]
        if letter == ":":
            self._state = _VALUE
            return _skip_one(text, index + 1)
        if letter in _SPACES:
            return _skip(text, index)
        raise self._invalid("a colon was expected", index)

    def _after(self, text: str, index: int) -> int:
        letter = text[index]
        if letter in _SPACES:
            return _skip(text, index)
        if not self._stack:
            raise self._invalid("the value had ended before", index)
        is_object = type(self._holder) is dict
        if letter == ",":
            if is_object:
                self._state = _NEXT_KEY
            else:
                self._key += 1
                self._state = _VALUE
            return _skip_one(text, index + 1)
        if letter == ("}" if is_object else "]"):
            return self._end(index)
        raise self._invalid(f"a comma or {'}' if is_object else ']'} was expected", index)

    def _failed(self, _text: str = "", _index: int = 0) -> int:
        failure = self._failure
        assert failure is not None
        raise type(failure)(failure.reason, offset=failure.offset, open_path=failure.open_path)

    # Strings.

    def _in_string(self, text: str, index: int) -> int:
        part, end, is_closed = self._read_string(text, index)
        if end == index:
            raise self._invalid(*self._trouble)
        if part:
            self._grow(part)
        if is_closed:
            self._end_string()
            self._state = _AFTER
        return end

    def _read_string(self, text: str, index: int) -> tuple[str, int, bool]:
        """Read on in a string.

        Returns:
            What it says, the index behind it, and whether that is behind its end. Where a character does not belong
            in a string it stops and notes the trouble, which is raised when a step begins there: what came before it
            is told.
        """
        end = plain_run(text, index).end()
        if end == len(text):
            return text[index:], end, False
        if text[end] == '"':
            return text[index:end], end + 1, True
        return self._read_escaped(text, index, end)

    def _read_escaped(self, text: str, index: int, end: int) -> tuple[str, int, bool]:
        parts = [text[index:end]]
        length = len(text)
        while end < length:
            if text[end] == '"':
                return "".join(parts), end + 1, True
            index = end
            short = short_escape(text[index : index + 2])
            if short:
                parts.append(short)
                end += 2
            else:
                try:
                    part, end = self._read_special(text, index)
                except JSONInvalid as error:
                    self._trouble = error.reason, error.offset
                    break
                if end == index:
                    self._carry = text[index:]
                    return "".join(parts), length, False
                parts.append(part)
            index = end
            end = plain_run(text, index).end()
            if end > index:
                parts.append(text[index:end])
        return "".join(parts), end, False

    def _read_special(self, text: str, index: int) -> tuple[str, int]:
        letter = text[index]
        if letter == "\\":
            return read_escape(text, index, self._lone_surrogates)
        if letter < " ":
            raise JSONInvalid("a control character in a string is written as an escape", offset=index)
        return lone_half(letter, index, self._lone_surrogates), index + 1

    # Numbers and literals.

    def _begin_number(self, text: str, index: int) -> int:
        self._open()
        found = whole_number(text, index)
        if found and found.end() - index <= self._max_number_chars:
            end = found.end()
            self._end_number(found.group(), FRACTION if found.group(1) else INTEGER, end)
            return end
        self._state = _NUMBER
        self._number = ""
        self._stage = START
        return self._in_number(text, index)

    def _in_number(self, text: str, index: int) -> int:
        end, self._stage = read_number(text, index, self._stage)
        if end > index:
            room = self._max_number_chars - len(self._number)
            if end - index > room:
                raise self._too_large("the number is too long", index + room)
            self._number += text[index:end]
        if end < len(text):
            self._behind_number(text, end)
        return end

    def _behind_number(self, text: str, index: int) -> None:
        stage = self._stage
        if text[index] in _ENDS_A_NUMBER and stage in WHOLE:
            self._end_number(self._number, stage, index)
        elif text[index] == "I" and stage == MINUS and self._allows_nan:
            self._expect("Infinity", float("-inf"))
        else:
            raise self._invalid("that is no number", index)

    def _end_number(self, number: str, stage: int, index: int) -> None:
        try:
            value = int(number) if stage <= INTEGER else float(number)
        except ValueError:  # it has more digits than the interpreter turns into an integer
            raise self._too_large("the number is too long", index) from None
        self._end_scalar(value)
        self._state = _AFTER

    def _show_number(self) -> None:
        """Show an open number as far as it is one, as jiter does; its key or item goes while it is none.

        Behind a key that came before it waits: were the key taken out, it would come back in another place.
        """
        is_repeated = type(self._holder) is dict and self._key in self._holder and not self._is_shown
        if self._stage not in WHOLE or is_repeated:
            self._hide_number()
            return
        with suppress(ValueError):  # it has too many digits, as its end will tell
            self._fill(int(self._number) if self._stage <= INTEGER else float(self._number))
            self._is_shown = True

    def _hide_number(self) -> None:
        if self._is_shown:
            del self._holder[self._key]
            self._is_shown = False

    def _begin_literal(self, text: str, index: int) -> int:
        letter = text[index]
        word = _LITERALS.get(letter) or (_NOT_A_NUMBER.get(letter) if self._allows_nan else None)
        if word is None:
            raise self._invalid("a value was expected", index)
        self._open()
        self._expect(*word)
        return self._in_literal(text, index)

    def _expect(self, word: str, value: object) -> None:
        self._state = _LITERAL
        self._word, self._literal = word, value

    def _in_literal(self, text: str, index: int) -> int:
        word = self._word
        part = text[index : index + len(word)]
        if part == word:
            self._end_scalar(self._literal)
            self._state = _AFTER
        elif word.startswith(part):
            self._word = word[len(part) :]
        else:
            good = next(count for count, pair in enumerate(zip(part, word, strict=False)) if pair[0] != pair[1])
            raise self._invalid("that is no literal of JSON", index + good)
        return index + len(part)

    # Errors.

    def _invalid(self, reason: str, index: int) -> JSONInvalid:
        return self._fail(JSONInvalid, reason, index)

    def _too_large(self, reason: str, index: int) -> JSONInvalid:
        return self._fail(JSONTooLarge, reason, index)

    def _fail(self, kind: type[JSONInvalid], reason: str, index: int) -> JSONInvalid:
        offset, path = self._start + index, self.open_path
        self._failure = kind(reason, offset=offset, open_path=path)
        self._state = _FAILED
        self._is_plain = False
        self._hide_number()  # it never was one
        events, self._events = self._events, []
        self._tell(events)
        return kind(reason, offset=offset, open_path=path, events=tuple(events))

    steps: ClassVar[tuple[Callable[[Scanner, str, int], int], ...]] = (
        _value,
        _first_item,
        _first_key,
        _next_key,
        _in_key,
        _colon,
        _in_string,
        _in_number,
        _in_literal,
        _after,
        _failed,
    )
    """In the order of the states."""


def _skip(text: str, index: int) -> int:
    return _behind_spaces(text, index).end()


def _skip_one(text: str, index: int) -> int:
    return index + 1 if index < len(text) and text[index] == " " else index


_STEPS = Scanner.steps  # as a module's name it is found faster: 3 % of a push of one character
