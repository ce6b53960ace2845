"""The way to Redis: finds the server that has a key, waits for it a quarter of a second at most, and heals by itself.

A server that did not answer is left alone for a moment: what is asked of it meanwhile fails at once. Whoever asks
again later is the probe. Nothing is ever asked for but what may be asked twice, so a lost reply does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Sequence

import msgspec

from sluiceway.clock import Clock
from sluiceway.delivery.log.redis_address import Place, RedisAddress
from sluiceway.delivery.log.redis_cluster import Topology, decode_redirect
from sluiceway.delivery.log.redis_node import Node
from sluiceway.delivery.log.redis_scripts import APPEND, CANCEL, LISTEN, OPEN, Script
from sluiceway.delivery.log.redis_wire import Refusal, Reply, encode_command, encode_words
from sluiceway.errors import EngineUnavailable, LogUnavailable

__all__ = ["Command", "Evaluation", "Outcome", "RedisLink", "evaluate"]

_log = logging.getLogger("sluiceway.replicas")

_REPLY_S = 0.25
_CONNECT_S = 2.0
_REST_S = 0.25
"""How long a server that did not answer is left alone."""
_MAX_REDIRECTS = 4
_ILL = {"LOADING", "CLUSTERDOWN", "MASTERDOWN", "READONLY"}
"""Refusals of a server that is there and cannot do its work."""
_SCRIPTS = (OPEN, APPEND, LISTEN, CANCEL)
_LOAD = [encode_command(b"SCRIPT", b"LOAD", script.text) for script in _SCRIPTS]
_SLOTS = encode_command(b"CLUSTER", b"SLOTS")
_ASKING = encode_command(b"ASKING")


class Command(msgspec.Struct, frozen=True, gc=False):
    """A command, and the key by which its server is found.

    Attributes:
        key: one of its keys.
        data: its bytes.
    """

    key: bytes
    data: bytes


Outcome = Reply | LogUnavailable
"""What became of a command."""


def evaluate(script: Script, keys: Sequence[bytes], *arguments: bytes) -> Command:
    """Return the command that runs a script."""
    return Evaluation(script, keys).command(*arguments)


class Evaluation:
    """A script that is run again and again with the same keys.

    Args:
        script: the script.
        keys: the keys.
    """

    __slots__ = ("_count", "_head", "_key")

    def __init__(self, script: Script, keys: Sequence[bytes]) -> None:
        words = (b"EVALSHA", script.digest, b"%d" % len(keys), *keys)
        self._key = keys[0]
        self._count = len(words)
        self._head = encode_words(*words)

    def command(self, *arguments: bytes) -> Command:
        """Return the command that runs it."""
        count = self._count + len(arguments)
        return Command(self._key, b"*%d\r\n%b%b" % (count, self._head, encode_words(*arguments)))


class RedisLink:
    """Connections to one Redis, or to a cluster.

    Args:
        address: where it is.
        clock: time.
        on_heal: told when a server answers again.
    """

    def __init__(self, address: RedisAddress, clock: Clock, on_heal: Callable[[], None]) -> None:
        self._address = address
        self._clock = clock
        self._on_heal = on_heal
        self._context = address.context()
        self._topology = Topology(address.places[0])
        self._nodes: dict[Place, Node] = {}
        self._connecting: dict[Place, asyncio.Lock] = {}
        self._rests_until: dict[Place, float] = {}
        self._well_since: dict[Place, float] = {}
        self._learned_at = -math.inf

    async def open(self) -> None:
        """Find a server.

        Raises:
            EngineUnavailable: there is none, or it lets us not in.
        """
        for place in self._address.places:
            self._topology = Topology(place)
            try:
                async with asyncio.timeout(_CONNECT_S):
                    (reply,) = await (await self._node(place)).ask([_SLOTS], _CONNECT_S)
            except (OSError, TimeoutError, LogUnavailable) as error:
                problem = f"Redis cannot be used at {place[0]}:{place[1]}: {_reason(error)}"
                continue
            self._well_since[place] = self._clock.time()
            self._topology.learn(reply, place)
            return
        raise EngineUnavailable(problem)

    async def close(self) -> None:
        """End every connection. Idempotent."""
        for node in self._nodes.values():
            node.close()
        self._nodes.clear()

    def well_for_s(self, key: bytes) -> float:
        """Return for how long the server of ``key`` has answered; 0 while it does not."""
        place = self._topology.find(key)
        return max(0.0, self._clock.time() - self._well_since.get(place, math.inf))

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """Run commands, those of one server in their row, and return what became of each."""
        if not self._topology.is_cluster:
            return await self._run_at(self._topology.find(b""), commands) if commands else []
        by_place: dict[Place, list[int]] = {}
        for number, command in enumerate(commands):
            by_place.setdefault(self._topology.find(command.key), []).append(number)
        outcomes: list[Outcome] = [None] * len(commands)

        async def run_some(place: Place, numbers: list[int]) -> None:
            told = await self._run_at(place, [commands[number] for number in numbers])
            for number, outcome in zip(numbers, told, strict=True):
                outcomes[number] = outcome

        await asyncio.gather(*(run_some(place, numbers) for place, numbers in by_place.items()))
        return outcomes

    async def subscribe(self, channel: bytes, on_message: Callable[[bytes], None]) -> None:
        """Pass on the messages of a sharded channel until the connection breaks, or the channel moves.

        Raises:
            OSError: nobody is there.
            LogUnavailable: it lets us not in.
        """

        def take(reply: Reply) -> None:
            match reply:
                case [b"smessage", _, bytes(message)]:
                    on_message(message)
                case Refusal() | [b"sunsubscribe", *_]:
                    node.close()
                case _:
                    pass

        place = self._topology.find(channel)
        async with asyncio.timeout(_CONNECT_S):
            node = await Node.connect(place, self._address, self._context, take)
        try:
            node.say(encode_command(b"SSUBSCRIBE", channel))
            await node.lost
        finally:
            node.close()
            await self._learn(place)

    async def _run_at(self, place: Place, commands: Sequence[Command], redirects: int = 0) -> list[Outcome]:
        now = self._clock.time()
        if self._rests_until.get(place, 0.0) > now:
            return [LogUnavailable("Redis does not answer")] * len(commands)
        try:
            node = self._nodes.get(place)
            if node is None or not node.is_open:
                async with asyncio.timeout(_REPLY_S):
                    node = await self._node(place)
            replies = await node.ask([command.data for command in commands], _REPLY_S)
            refusals = [reply for reply in replies if isinstance(reply, Refusal)]
            if refusals:
                kinds = {refusal.kind for refusal in refusals}
                if "NOSCRIPT" in kinds:
                    replies = await self._ask_again(node, commands)
                _check_health(kinds)
        except (OSError, TimeoutError, LogUnavailable) as error:
            self._note_ill(place, error)
            await self._learn(place)
            return [LogUnavailable(f"Redis does not answer: {_reason(error)}")] * len(commands)
        self._note_well(place)
        if not refusals:
            return [*replies]
        return [
            await self._follow(place, command, reply, redirects) if isinstance(reply, Refusal) else reply
            for command, reply in zip(commands, replies, strict=True)
        ]

    async def _ask_again(self, node: Node, commands: Sequence[Command]) -> list[Reply]:
        """Have the server learn the scripts, and ask once more: what it has done already changes nothing."""
        replies = await node.ask([*_LOAD, *(command.data for command in commands)], _REPLY_S)
        return replies[len(_LOAD) :]

    async def _follow(self, place: Place, command: Command, refusal: Refusal, redirects: int) -> Outcome:
        redirect = decode_redirect(refusal.text, place) if refusal.kind in {"MOVED", "ASK"} else None
        if redirect is None or redirects >= _MAX_REDIRECTS:
            return LogUnavailable(f"Redis says: {refusal.text}")
        slot, there = redirect
        if refusal.kind == "MOVED":
            self._topology.move(slot, there)
            return (await self._run_at(there, [command], redirects + 1))[0]
        # The first of the two is answered with OK, or not at all.
        outcomes = await self._run_at(there, [Command(b"", _ASKING), command], redirects + 1)
        return outcomes[1]

    async def _node(self, place: Place) -> Node:
        node = self._nodes.get(place)
        if node is not None and node.is_open:
            return node
        async with self._connecting.setdefault(place, asyncio.Lock()):
            node = self._nodes.get(place)
            if node is None or not node.is_open:
                node = self._nodes[place] = await Node.connect(place, self._address, self._context)
            return node

    async def _learn(self, ill: Place) -> None:
        """Ask the others of a cluster who has the slots now."""
        now = self._clock.time()
        if not self._topology.is_cluster or now - self._learned_at < _REST_S:
            return
        self._learned_at = now
        for place in [*self._topology.places(), *self._address.places]:
            if place == ill or self._rests_until.get(place, 0.0) > now:
                continue
            with contextlib.suppress(OSError, TimeoutError, LogUnavailable):
                async with asyncio.timeout(_REPLY_S):
                    node = await self._node(place)
                (reply,) = await node.ask([_SLOTS], _REPLY_S)
                if self._topology.learn(reply, place):
                    return

    def _note_ill(self, place: Place, error: Exception) -> None:
        if self._well_since.pop(place, None) is not None:
            _log.warning("Redis at %s:%s does not answer: %s", *place, _reason(error))
        self._rests_until[place] = self._clock.time() + _REST_S
        node = self._nodes.pop(place, None)
        if node is not None:
            node.close()

    def _note_well(self, place: Place) -> None:
        if place not in self._well_since:
            self._well_since[place] = self._clock.time()
            if self._rests_until.pop(place, None) is not None:
                _log.warning("Redis at %s:%s answers again", *place)
                self._on_heal()


def _check_health(refusals: set[str]) -> None:
    if refusals & _ILL:
        raise LogUnavailable(f"Redis says {', '.join(refusals & _ILL)}")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "it takes too long"
    return error.message if isinstance(error, LogUnavailable) else str(error)
