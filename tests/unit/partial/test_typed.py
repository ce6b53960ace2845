"""`TypedFeed`: true types while the text arrives, for every kind of class."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, assert_type

import msgspec
import pytest
from support.typed_zoos import FAMILIES, Family, StructCat, StructDog, StructZoo, shown

from sluiceway.errors import JSONIncomplete, JSONInvalid, TypedInvalid
from sluiceway.partial.events import MISSING, Completed, Grew, Restarted, Started
from sluiceway.partial.feed import JSONFeed
from sluiceway.partial.typed import TypedFeed, TypedModel

TOM = '{"kind":"cat","name":"Tom"}'
TEXT = '{"title":"The zoo","pets":[' + TOM + ',{"name":"Rex","kind":"dog","tricks":["sit"]}],"opened":"2024-02-03"}'
EVERY_KIND = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


class Person(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    age: Annotated[int, msgspec.Meta(ge=0)] = 0


def fed(model: Any, text: str, **options: Any) -> TypedFeed[Any]:
    feed = TypedFeed[Any](model, **options)
    feed.push(text)
    return feed


@EVERY_KIND
def test_a_root_is_there_and_empty_from_the_start(family: Family) -> None:
    assert shown(TypedFeed[Any](family.zoo).value) == {}


@EVERY_KIND
def test_strings_lists_and_objects_grow(family: Family) -> None:
    assert shown(fed(family.zoo, '{"title":"The z').value) == {"title": "The z"}
    pets = shown(fed(family.zoo, '{"title":"The zoo","pets":[{"kind":"cat","name":"T').value)["pets"]
    assert {key: value for key, value in pets[0].items() if key != "kind"} == {"name": "T"}


@EVERY_KIND
def test_what_has_its_type_only_when_complete_shows_only_then(family: Family) -> None:
    feed = fed(family.zoo, '{"opened":"2024-02-0')
    assert shown(feed.value) == {}
    feed.push('3"')
    assert shown(feed.value) == {"opened": dt.date(2024, 2, 3)}


@EVERY_KIND
def test_objects_stay_the_same_while_they_grow(family: Family) -> None:
    feed = fed(family.zoo, '{"pets":[{"kind":"cat",')
    zoo = feed.value
    pet = zoo["pets"][0] if isinstance(zoo, dict) else zoo.pets[0]
    feed.push('"name":"Tom"}]')
    assert shown(pet)["name"] == "Tom"
    assert feed.value is zoo


@EVERY_KIND
def test_a_tag_that_comes_late_is_waited_for(family: Family) -> None:
    feed = fed(family.zoo, '{"pets":[{"name":"Tom",')
    assert shown(feed.value) == {"pets": []}
    feed.push('"kind":"cat"')
    assert shown(feed.value)["pets"][0]["name"] == "Tom"


@EVERY_KIND
def test_an_object_inside_has_its_defaults_when_it_ends(family: Family) -> None:
    feed = fed(family.zoo, '{"pets":[' + TOM[:-1])
    assert "lives" not in shown(feed.value)["pets"][0]
    feed.push("}")
    assert shown(feed.value)["pets"][0].get("lives") == (9 if family.has_defaults else None)


@EVERY_KIND
def test_the_root_has_its_defaults_when_it_is_closed(family: Family) -> None:
    feed = fed(family.zoo, '{"title":"The zoo","pets":[]}')
    assert "opened" not in shown(feed.value)
    assert ("opened" in shown(feed.close())) is family.has_defaults


@EVERY_KIND
def test_the_end_is_what_the_whole_text_means(family: Family) -> None:
    feed = TypedFeed[Any](family.zoo)
    for character in TEXT:
        feed.push(character)
    final = feed.close()
    assert feed.value is final
    assert feed.close() is final
    assert final == fed(TypedModel[Any](family.zoo), TEXT).close()
    assert shown(final)["pets"][1]["tricks"] == ["sit"]


@EVERY_KIND
def test_a_missing_field_of_an_object_inside_is_an_error(family: Family) -> None:
    feed = fed(family.zoo, '{"pets":[{"kind":"cat"}')
    assert feed.error is not None
    assert (feed.error.path, feed.error.message) == (("pets", 0), "'name' is missing, at /pets/0")


@EVERY_KIND
def test_a_tag_that_nobody_has_is_an_error(family: Family) -> None:
    feed = fed(family.zoo, '{"pets":[{"kind":"cow"')
    assert feed.error is not None
    assert feed.error.message == "'cow' is none of 'cat', 'dog', at /pets/0/kind"


@EVERY_KIND
def test_a_missing_field_of_the_root_is_an_error_at_the_end(family: Family) -> None:
    feed = fed(family.zoo, '{"title":"The zoo"}')
    assert feed.error is None
    with pytest.raises(TypedInvalid):
        feed.close()
    assert feed.error is not None


@EVERY_KIND
def test_a_key_that_comes_again_starts_anew(family: Family) -> None:
    feed = TypedFeed[Any](family.zoo)
    events = feed.push('{"title":"A","title":"B","pets":[{"kind":"cat","name":"x","name":"y')
    assert Restarted(("title",)) in events
    assert shown(feed.value)["title"] == "B"
    assert shown(feed.value)["pets"][0]["name"] == "y"


def test_events_carry_typed_values() -> None:
    feed = TypedFeed(StructZoo)
    events = feed.push('{"title":"A","pets":[' + TOM + '],"opened":"2024-02-03"')
    assert events[:3] == [Started((), dict), Started(("title",), str), Grew(("title",), "A")]
    assert Completed(("pets", 0), StructCat("Tom")) in events
    assert events[-1] == Completed(("opened",), dt.date(2024, 2, 3))


def test_a_wrong_field_stops_the_value_and_is_told_at_the_end() -> None:
    feed = TypedFeed(Person)
    assert feed.push('{"name":"A","age":-1,')[-1] == Completed(("name",), "A")
    assert feed.error is not None
    assert feed.error.path == ("age",)
    assert feed.push('"name":"B"') == ()
    feed.push("}")
    with pytest.raises(TypedInvalid, match=r"Expected `int` >= 0, at /age"):
        feed.close()
    assert shown(feed.value) == {"name": "A"}


def test_a_wrong_field_may_stop_the_text() -> None:
    feed = TypedFeed(Person, fails_early=True)
    with pytest.raises(TypedInvalid, match=r"Expected `int`, got `str`, at /age") as caught:
        feed.push('{"name":"A","age":"old"')
    assert caught.value.events[-1] == Grew(("age",), "old")
    with pytest.raises(TypedInvalid):
        feed.push("}")


def test_text_that_is_no_json_leaves_what_was_good() -> None:
    feed = TypedFeed(Person)
    with pytest.raises(JSONInvalid) as caught:
        feed.push('{"name":"A",]')
    assert caught.value.events == (
        Started((), dict),
        Started(("name",), str),
        Grew(("name",), "A"),
        Completed(("name",), "A"),
    )
    assert feed.value.name == "A"


def test_a_text_that_is_cut_has_no_end() -> None:
    feed = fed(Person, '{"name":"A"')
    with pytest.raises(JSONIncomplete):
        feed.close()
    assert shown(feed.value) == {"name": "A"}


def test_what_is_complete_can_be_asked() -> None:
    feed = fed(Person, '{"name":"A","age":1')
    assert feed.complete_fields == {"name"}
    assert feed.is_complete(("name",))
    assert not feed.is_complete(("age",))
    assert (feed.open_path, feed.offset, feed.json) == (("age",), 19, {"name": "A"})
    assert TypedFeed(Person).complete_fields == frozenset()


def test_a_root_that_cannot_show_yet_is_no_value() -> None:
    feed = TypedFeed[Any](int | str)
    with pytest.raises(JSONIncomplete, match="no value shows yet"):
        _ = feed.value
    assert feed.json is MISSING
    feed.push('"a')
    assert feed.value == "a"


def test_a_root_list_shows_its_items() -> None:
    feed = TypedFeed(list[Person])
    feed.push('[{"name":"A"},{"name":"B')
    assert shown(feed.value) == [{"name": "A", "age": 0}, {"name": "B"}]


def test_a_string_that_does_not_show_may_grow() -> None:
    feed = TypedFeed[Any](dict[str, dt.date])
    feed.push('{"a":"2024-')
    assert feed.value == {}


def test_a_list_that_does_not_show_comes_whole() -> None:
    feed = TypedFeed(dict[str, set[int]])
    assert feed.push('{"a":[1,2]')[-1] == Completed(("a",), {1, 2})
    assert feed.value == {"a": {1, 2}}


def test_the_texts_own_rules_are_the_feeds() -> None:
    feed = fed(Person, '{"name":"A",', feed=JSONFeed(duplicate_keys="error"))
    with pytest.raises(JSONInvalid):
        feed.push('"name":"B"')
    assert TypedFeed(dict[str, int], feed=JSONFeed(empty={})).close() == {}


def test_editors_know_the_type() -> None:
    assert_type(TypedFeed(Person).value, Person)
    assert_type(TypedFeed(list[Person]).value, list[Person])
    union: TypedFeed[StructCat | StructDog] = TypedFeed(StructCat | StructDog)
    union.push('{"kind":"dog","name":"Rex"}')
    assert_type(union.close(), StructCat | StructDog)
    assert union.value == StructDog("Rex")
