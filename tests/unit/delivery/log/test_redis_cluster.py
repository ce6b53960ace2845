"""Who has which key."""

from __future__ import annotations

import pytest

from sluiceway.delivery.log.redis_cluster import Topology, decode_redirect
from sluiceway.delivery.log.redis_wire import Refusal, find_slot

HOME = ("home", 1)
KEY = b"123456789"  # slot 12739
ROWS: list[object] = [
    [0, 8191, [b"10.0.0.1", 7000, b"id"], [b"10.0.0.9", 7009]],
    [8192, 16383, [b"", 7001, b"id"]],
]


def told() -> Topology:
    topology = Topology(HOME)
    assert topology.learn(ROWS, HOME)  # type: ignore[arg-type]  # what a server says
    return topology


def test_without_a_cluster_everything_is_at_home() -> None:
    topology = Topology(HOME)
    assert not topology.learn(Refusal("ERR This instance has cluster support disabled"), HOME)
    assert not topology.is_cluster
    assert topology.find(KEY) == HOME
    assert topology.places() == [HOME]


def test_a_cluster_tells_its_slots_and_an_empty_host_is_whom_was_asked() -> None:
    topology = told()
    assert topology.is_cluster
    assert topology.find(KEY) == ("home", 7001)
    assert topology.places() == [("10.0.0.1", 7000), ("home", 7001)]


def test_rows_that_tell_nothing_are_passed_over() -> None:
    assert not Topology(HOME).learn([[1, 2], b"x"], HOME)


def test_a_slot_can_move() -> None:
    topology = told()
    topology.move(find_slot(KEY), ("new", 9))
    assert topology.find(KEY) == ("new", 9)


@pytest.mark.parametrize("slot", [-1, 16384])
def test_there_are_no_other_slots(slot: int) -> None:
    topology = told()
    topology.move(slot, ("new", 9))
    assert ("new", 9) not in topology.places()


def test_without_a_cluster_nothing_moves() -> None:
    topology = Topology(HOME)
    topology.move(1, ("new", 9))
    assert topology.find(KEY) == HOME


@pytest.mark.parametrize(
    ("text", "redirect"),
    [
        ("MOVED 3999 127.0.0.1:6381", (3999, ("127.0.0.1", 6381))),
        ("ASK 1 :7", (1, ("home", 7))),
        ("MOVED 3999", None),
        ("MOVED x 127.0.0.1:6381", None),
        ("MOVED 1 127.0.0.1:x", None),
    ],
)
def test_a_redirection_names_a_slot_and_a_place(text: str, redirect: object) -> None:
    assert decode_redirect(text, HOME) == redirect
