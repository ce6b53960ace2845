"""What a dialect is: a frozen record of functions between one vendor's bytes and the canonical vocabulary.

There is nothing to inherit from. A decoder and an encoder are any objects of these shapes; one of each per answer.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec

from sluiceway.engine import Capabilities
from sluiceway.errors import RequestError, SluicewayError
from sluiceway.events import Event, Frame
from sluiceway.features import Rule
from sluiceway.fold import Completion
from sluiceway.request import Request, Tool
from sluiceway.usual import Around, Usual

__all__ = [
    "Decoder",
    "Dialect",
    "EncodeOptions",
    "Encoder",
    "Endpoint",
    "Forwarded",
    "Framing",
    "Keep",
    "Page",
    "ReaderSide",
    "Revisit",
    "Revisits",
    "Target",
    "UpstreamSide",
    "named_model",
    "outline",
]


class Framing(enum.Enum):
    """How an answer's payloads are set apart on the wire; the value is the content type."""

    SSE = "text/event-stream; charset=utf-8"
    NDJSON = "application/x-ndjson"
    JSON = "application/json"
    """One whole body: a non-streaming answer."""
    JSON_ARRAY = "application/json; charset=UTF-8"
    """One array that grows: Gemini's streams, unless they are asked for as events."""


class Decoder(Protocol):
    """Upstream bytes → frames; one per answer."""

    @property
    def usual(self) -> Usual | None:
        """The usual event, once it is known and while the input stands between two events."""
        ...

    def feed(self, data: bytes) -> list[Frame]:
        """Take a slice of the response body and return the frames it completes.

        Any split of the body gives the same frames. Never raises for what the bytes say: bytes that break the
        dialect end the answer in one last frame whose only event is a `StreamError` with the code of the error they
        earned, so that nothing that came before is lost. After a terminal frame further bytes are ignored.
        Linear in the whole body.
        """
        ...

    def close(self) -> list[Frame]:
        """Take the end of the body and return the last frames.

        They hold the ending if there was none yet: `StreamEnd` when every choice had finished, else `StreamError`.
        """
        ...


class Encoder(Protocol):
    """Frames → reader bytes; one per reader."""

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of one frame, possibly none; a frame of the same wire form gives its own bytes."""
        ...

    def heartbeat(self) -> bytes:
        """Return bytes that keep the connection alive and say nothing; empty when the framing has none."""
        ...

    def telling(self, usual: Usual) -> Around | None:
        """Return what stands around each text of the usual event of an open block, as this reader gets it.

        None when it counts or keeps what it tells, so that it has to see every event.
        """
        ...


class EncodeOptions(msgspec.Struct, frozen=True):
    """What the encoder needs to know of the request and the moment.

    Attributes:
        framing: how payloads are set apart.
        stream_id: Sluiceway's id of the generation; used where the upstream gave no id.
        model: the model asked for; used where the upstream named none.
        created_at_unix_s: Unix time; used where the upstream gave none.
        include_usage: whether a streaming reader asked for the usage report.
    """

    framing: Framing
    stream_id: str
    model: str
    created_at_unix_s: int
    include_usage: bool = False


class Target(msgspec.Struct, frozen=True):
    """What a request says beside its body.

    Attributes:
        path: the values of the placeholders in the endpoint's path.
        query: the query's parameters, of several with one name the last.
        headers: its header fields by lower-case name.
    """

    path: Mapping[str, str] = MappingProxyType({})
    query: Mapping[str, str] = MappingProxyType({})
    headers: Mapping[str, str] = MappingProxyType({})


def _tell_nothing(_options: EncodeOptions, _completion: Completion) -> bytes:
    return b""


class Keep(msgspec.Struct, frozen=True):
    """How one answer is kept, so that readers can come back to it.

    Attributes:
        request: what is asked of the engine instead: a stream, whatever its reader asked for.
        encoder: options → an encoder, anew for each reader; it holds no more of the request than encoders must know.
        name: what readers find the answer by, beside its id; empty for nothing else.
        is_background: it goes on to its end with or without readers; refused where that cannot be promised.
        snapshot: options, the answer as far as it goes → a body that tells it; without one, nobody asks for it.
        include_usage: whether its encoder is told that the reader asked for the usage report.
        has_revisits: whether readers find it where the dialect has them come back (`Revisits`).
        known: as much of what its reader asked for as encoders must know, from which the same is made elsewhere;
            None where that cannot be.
        is_told_at_once: the reader who asks gets such a body at once, and no stream.
    """

    request: Request
    encoder: Callable[[EncodeOptions], Encoder]
    name: str = ""
    is_background: bool = False
    snapshot: Callable[[EncodeOptions, Completion], bytes] = _tell_nothing
    is_told_at_once: bool = False
    include_usage: bool = True
    has_revisits: bool = True
    known: Request | None = None


class Revisit(msgspec.Struct, frozen=True):
    """What a reader who comes back asks for.

    Attributes:
        name: an answer's id, or its name.
        is_stream: whether it is to be followed; else it is told as far as it goes.
        after: the number, in the dialect's own count, of the last payload the reader has got; None for none of them.
    """

    name: str
    is_stream: bool = True
    after: int | None = None


class Revisits(msgspec.Struct, frozen=True):
    """Where readers come back to kept answers.

    Attributes:
        path: what is got to read one, with ``{id}`` in it.
        decode: such a request → what it asks for. Raises `RequestError`.
        stop_path: where one is stopped with ``POST``; empty for nowhere.
        number_of: a payload → its number in the dialect's own count; None where it has none.
        has_finished: whether answers can be read after their end; where not, they are not there any more.
        missing_status: the status for what is not there, 404 or 204.
        headers: header fields of every answer that streams.
    """

    path: str
    decode: Callable[[Target], Revisit]
    stop_path: str = ""
    number_of: Callable[[bytes], int | None] | None = None
    has_finished: bool = True
    missing_status: int = 404
    headers: tuple[tuple[str, str], ...] = ()


def _as_events(_target: Target) -> Framing:
    return Framing.SSE


def _keep_nothing(_request: Request) -> Keep | None:
    return None


def _no_strays(_body: bytes) -> list[str]:
    return []


def _nothing_at_once(_request: Request) -> list[Event]:
    return []


def outline(request: Request) -> Request:
    """Return what an encoder of any dialect must know of a request, in little memory: which tools it names."""
    tools = [
        Tool(tool.name, input_schema=None if tool.input_schema is None else {})
        for tool in request.tools
        if not tool.is_hosted
    ]
    return Request(
        request.model,
        [],
        stream=True,
        tools=tools,
        include_usage=request.include_usage,
        is_resumable=request.is_resumable,
        dialect=request.dialect,
    )


class Endpoint(msgspec.Struct, frozen=True):
    """One path at which readers ask for completions with ``POST``.

    Attributes:
        path: the path, with placeholders in braces: ``/v1beta/models/{model:path}:generateContent``.
        decode_request: the reader's body → request. Raises `RequestError` with the field's path.
        encoder: an encoder for one reader; the request is there to be looked at, not to be kept.
        framing: the framing of a stream whose reader's ``Accept`` leaves the choice to us.
        headers: header fields of every answer that streams.
        keep: request → how its answer is kept; None for an answer that lives and ends with its reader.
        outline: request → as much of it as an encoder must know, to be kept for readers that come back.
        at_once: request → the whole answer to one that asks nothing of a model, told as one body; nothing for all
            others. Upstreams of the same dialect are asked for such answers as for others.
    """

    path: str
    decode_request: Callable[[bytes, Target], Request]
    encoder: Callable[[EncodeOptions, Request], Encoder]
    framing: Callable[[Target], Framing] = _as_events
    headers: tuple[tuple[str, str], ...] = ()
    keep: Callable[[Request], Keep | None] = _keep_nothing
    outline: Callable[[Request], Request] = outline
    at_once: Callable[[Request], list[Event]] = _nothing_at_once


class _Named(msgspec.Struct):
    model: str


_NAMED = msgspec.json.Decoder(_Named)


def named_model(body: bytes) -> str:
    """Return the ``model`` that a body names.

    Raises:
        RequestError: it names none.
    """
    try:
        return _NAMED.decode(body).model
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RequestError("the body is not a JSON object that names a model", field="model") from None


class Forwarded(msgspec.Struct, frozen=True):
    """What becomes of a small request beside completions: it goes, as it is, to an upstream of the same dialect.

    Attributes:
        path: below the upstream's base URL.
        model_of: the body → the model it is about. Raises `RequestError`.
        answer: what the model's engine can do → the body of the answer where its upstream speaks another dialect;
            None where there is no answer without such an upstream.
    """

    path: str
    model_of: Callable[[bytes], str] = named_model
    answer: Callable[[Capabilities], bytes] | None = None


class Page(msgspec.Struct, frozen=True):
    """A body that is always the same."""

    body: bytes
    content_type: str = "application/json"


class ReaderSide(msgspec.Struct, frozen=True):
    """A dialect as it is served.

    Attributes:
        endpoints: where completions are asked for.
        encode_error: an error before the first byte → the body of the error response.
        models_path: where the list of models is asked for with ``GET``; empty when the dialect has none.
        models_header: the header field (lower case) by which this dialect's clients are known, where several dialects
            share that path; empty for the one that gets everybody else.
        encode_models: names of models → the body of that list.
        spelling: the dialect's own words for `sluiceway.features.FEATURES`, where they differ.
        strays: a body → the paths of what it says and is not read; see `sluiceway.dialects.strays`.
        error_type: the content type of the body of an error response.
        forwarded: paths beside completions whose requests go to an upstream of the same dialect.
        revisits: where readers come back to kept answers; None where nothing is kept.
        running_path: where the list of models in use is asked for with ``GET``; empty when the dialect has none.
        encode_running: names of models → the body of that list.
        pages: what is got with ``GET``, by path.
        absent: paths of the vendor's that are not served, and never will be, each with the reason.
    """

    endpoints: tuple[Endpoint, ...]
    encode_error: Callable[[SluicewayError], bytes]
    models_path: str = ""
    models_header: str = ""
    encode_models: Callable[[list[str]], bytes] = msgspec.json.encode
    spelling: Mapping[str, str] = MappingProxyType({})
    strays: Callable[[bytes], list[str]] = _no_strays
    error_type: str = "application/json"
    forwarded: Mapping[str, Forwarded] = MappingProxyType({})
    revisits: Revisits | None = None
    running_path: str = ""
    encode_running: Callable[[list[str]], bytes] = msgspec.json.encode
    pages: Mapping[str, Page] = MappingProxyType({})
    absent: Mapping[str, str] = MappingProxyType({})


class UpstreamSide(msgspec.Struct, frozen=True):
    """A dialect as it is spoken to upstreams.

    Attributes:
        path: request → what follows an upstream's base URL for it, percent-encoded.
        models_path: what follows it for the list of models.
        encode_request: request → the upstream's body. Raises `UnsupportedFeature`.
        decoder: a decoder for a streaming (True) or unary (False) answer; the second argument bounds one event, and
            for unary answers the whole body, in bytes.
        decode_error: the body of an upstream's error response → its message, empty when it has none.
        headers: the upstream's key, or an empty text → header lines that carry it, and those every request has.
        decode_models: the body of the upstream's list of models → their names. Raises `RemoteProtocolError`.
        rules: what becomes of `sluiceway.features.FEATURES` that the dialect cannot express.
    """

    path: Callable[[Request], str]
    models_path: str
    encode_request: Callable[[Request], bytes]
    decoder: Callable[[bool, int], Decoder]
    decode_error: Callable[[bytes], str]
    headers: Callable[[str], list[tuple[str, str]]]
    decode_models: Callable[[bytes], list[str]]
    rules: Mapping[str, Rule] = MappingProxyType({})


class Dialect(msgspec.Struct, frozen=True):
    """One vendor's wire format.

    Attributes:
        name: its name in settings, in `Frame.wire` and in docs.
        reader: how it is served; None when it is only spoken to upstreams.
        upstream: how it is spoken to upstreams; None when it is only served.
    """

    name: str
    reader: ReaderSide | None = None
    upstream: UpstreamSide | None = None
