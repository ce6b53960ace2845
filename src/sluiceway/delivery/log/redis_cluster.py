"""Who has which key: one server for all of them, or a cluster's nodes by slot. Pure."""

from __future__ import annotations

from sluiceway.delivery.log.redis_address import Place
from sluiceway.delivery.log.redis_wire import SLOTS, Reply, find_slot

__all__ = ["Topology", "decode_redirect"]


class Topology:
    """Where keys are.

    Args:
        home: where everything is, until a cluster says otherwise.
    """

    __slots__ = ("_home", "_slots")

    def __init__(self, home: Place) -> None:
        self._home = home
        self._slots: list[Place] = []

    @property
    def is_cluster(self) -> bool:
        """Whether a cluster has told its slots."""
        return bool(self._slots)

    def find(self, key: bytes) -> Place:
        """Return where a key is."""
        return self._slots[find_slot(key)] if self._slots else self._home

    def places(self) -> list[Place]:
        """Return every server there is."""
        return list(dict.fromkeys(self._slots)) or [self._home]

    def move(self, slot: int, place: Place) -> None:
        """Take note that one slot is elsewhere."""
        if self._slots and 0 <= slot < SLOTS:
            self._slots[slot] = place

    def learn(self, reply: Reply, asked: Place) -> bool:
        """Take a cluster's word: the reply to ``CLUSTER SLOTS`` of the server ``asked``.

        Returns:
            Whether it told of any slot.
        """
        # [[0, 5460, [b"127.0.0.1", 30001, b"<id>", []], …replicas], …]
        slots = [self._home] * SLOTS
        is_told = False
        for row in reply if isinstance(reply, list) else []:
            match row:
                case [int(first), int(last), [host, int(port), *_], *_]:
                    told = host.decode() if isinstance(host, bytes) and host else asked[0]
                    slots[first : last + 1] = [(told, port)] * (last + 1 - first)
                    is_told = True
                case _:
                    continue
        if is_told:
            self._slots = slots[:SLOTS]
        return is_told


def decode_redirect(text: str, asked: Place) -> tuple[int, Place] | None:
    """Return the slot and the place that a redirection names; None for one that names none.

    Args:
        text: ``MOVED 3999 127.0.0.1:6381``.
        asked: the server that said so.
    """
    words = text.split()
    if len(words) < 3 or not words[1].isdecimal():
        return None
    host, _, port = words[2].rpartition(":")
    return (int(words[1]), (host or asked[0], int(port))) if port.isdecimal() else None
