"""Any zoo as JSON, cut anywhere, in each kind of class: what shows is always a part of what it comes to."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.typed_zoos import FAMILIES, Family, StructCat, StructDog, shown

from sluiceway.partial.events import Completed, Event, Grew
from sluiceway.partial.typed import TypedFeed, TypedModel

MODELS = {name: TypedModel[Any](family.zoo) for name, family in FAMILIES.items()}
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_cats = st.fixed_dictionaries({"kind": st.just("cat"), "name": _texts}, optional={"lives": st.integers(0, 9)})
_dogs = st.fixed_dictionaries({"kind": st.just("dog"), "name": _texts}, optional={"tricks": st.lists(_texts)})


def _mixed(fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(sorted(fields)).map(lambda keys: {key: fields[key] for key in keys})


_zoos = st.fixed_dictionaries(
    {"title": _texts, "pets": st.lists((_cats | _dogs).flatmap(_mixed), max_size=3)},
    optional={"opened": st.none() | st.dates().map(str), "other": _cats},
).flatmap(_mixed)


@st.composite
def cut_zoos(draw: st.DrawFn) -> list[str]:
    text = json.dumps(draw(_zoos), ensure_ascii=draw(st.booleans()), indent=draw(st.none() | st.just(1)))
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=9)))
    return [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]


def is_part(part: Any, whole: Any) -> bool:
    """Say whether a value can become another by growing."""
    if isinstance(whole, dict):
        return isinstance(part, dict) and all(key in whole and is_part(part[key], whole[key]) for key in part)
    if isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_part, part, whole))
    if isinstance(whole, str):
        return isinstance(part, str) and whole.startswith(part)
    return bool(part == whole)


@pytest.mark.parametrize("name", FAMILIES)
@given(cut_zoos())
def test_what_shows_is_part_of_the_end(name: str, pieces: list[str]) -> None:
    feed = TypedFeed(MODELS[name])
    seen = []
    for piece in pieces:
        feed.push(piece)
        seen.append(shown(feed.value))
    final = shown(feed.close())
    assert all(is_part(part, final) for part in seen)
    assert all(is_part(before, after) for before, after in itertools.pairwise(seen))
    assert len(seen[-1]["pets"]) == len(final["pets"])


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@given(cut_zoos())
def test_the_end_does_not_depend_on_the_cuts(family: Family, pieces: list[str]) -> None:
    whole = TypedFeed[Any](family.zoo)
    whole.push("".join(pieces))
    feed = TypedFeed[Any](family.zoo)
    for piece in pieces:
        feed.push(piece)
    assert feed.close() == whole.close()


@given(cut_zoos())
def test_events_tell_typed_values_and_whole_texts(pieces: list[str]) -> None:
    feed = TypedFeed(MODELS["msgspec"])
    events: list[Event] = [event for piece in pieces for event in feed.push(piece)]
    final = feed.close()
    title = "".join(event.text for event in events if isinstance(event, Grew) and event.path == ("title",))
    pets = [event.value for event in events if isinstance(event, Completed) and event.path[:1] == ("pets",)]
    assert title == final.title
    assert [pet for pet in pets if isinstance(pet, StructCat | StructDog)] == final.pets
    assert msgspec.json.decode(msgspec.json.encode(final), type=type(final)) == final
