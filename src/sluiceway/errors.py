"""Every error Sluiceway raises, as one tree.

::

    SluicewayError
    ├─ SettingsError            bad configuration, found at start
    ├─ RequestError             the client's request; names the field
    │   ├─ UnsupportedFeature   the dialect or engine cannot express it
    │   ├─ BodyTooLarge         the body passes the limit
    │   ├─ CursorExpired        what follows the cursor is no longer kept
    │   ├─ SchemaUnusable       the schema the answer is to follow cannot be used to check it
    │   └─ ModelNotFound        nobody serves that model
    ├─ ProtocolError            never raised itself
    │   ├─ LocalProtocolError   our own code broke the event order: a bug
    │   └─ RemoteProtocolError  the upstream's bytes are wrong
    │       └─ BufferLimitExceeded
    ├─ EngineError              the upstream failed
    │   ├─ UpstreamStatusError  it answered with an error status
    │   ├─ UpstreamFailed       it sent an error inside a stream
    │   ├─ UpstreamTimeout
    │   ├─ EngineUnavailable    it cannot be reached, or went away
    │   └─ SchemaViolation      its answer breaks the schema it is to follow; names the path
    ├─ JSONError                never raised itself: a text that should be JSON
    │   ├─ JSONInvalid          it is none
    │   │   └─ JSONTooLarge     it passes a limit
    │   └─ JSONIncomplete       it ended too early
    ├─ TypedInvalid             a JSON value is not of the type it should have; names the path
    ├─ ToolCallError            never raised itself: a tool call that must not be made
    │   ├─ ToolCallCut          it broke off
    │   └─ ToolCallInvalid      its arguments are wrong
    └─ DeliveryError
        ├─ ReaderTooSlow
        ├─ NobodyReads          the last reader left and none came back in time
        ├─ AnswerTooLarge       it outgrew what is kept of one answer while nobody read it
        ├─ ServerBusy           as many streams run as are allowed
        ├─ ServerDraining       the server is shutting down
        └─ LogUnavailable       what is kept of the answer cannot be reached now

Before the first byte an error is an HTTP status with the dialect's own error body; after it, one terminal error
event in that dialect. Cancellation is not an error: it ends a stream with a finish reason.
"""

from __future__ import annotations

__all__ = [
    "AnswerTooLarge",
    "BodyTooLarge",
    "BufferLimitExceeded",
    "CursorExpired",
    "DeliveryError",
    "EngineError",
    "EngineUnavailable",
    "JSONError",
    "JSONIncomplete",
    "JSONInvalid",
    "JSONTooLarge",
    "LocalProtocolError",
    "LogUnavailable",
    "ModelNotFound",
    "NobodyReads",
    "ProducerLost",
    "ProtocolError",
    "ReaderTooSlow",
    "RemoteProtocolError",
    "RequestError",
    "SchemaUnusable",
    "SchemaViolation",
    "ServerBusy",
    "ServerDraining",
    "SettingsError",
    "SluicewayError",
    "ToolCallCut",
    "ToolCallError",
    "ToolCallInvalid",
    "TypedInvalid",
    "UnsupportedFeature",
    "UpstreamFailed",
    "UpstreamStatusError",
    "UpstreamTimeout",
]

_EXCERPT_BYTES = 200


class SluicewayError(Exception):
    """The root of the tree.

    Attributes:
        code: a stable name for programs; it never changes once released.
        status: the HTTP status this error has before the first byte.
        retryable: whether the same request may succeed if sent again.
    """

    code: str = "internal_error"
    status: int = 500
    retryable: bool = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(SluicewayError):
    """A setting is wrong; found before anything is served."""

    code = "bad_settings"


class RequestError(SluicewayError):
    """The client's request is wrong.

    Args:
        message: what is wrong, for a person.
        field: the path of the offending field in the dialect's own words, such as ``messages[0].role``.
    """

    code = "invalid_request"
    status = 400

    def __init__(self, message: str, *, field: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        if status is not None:
            self.status = status


class UnsupportedFeature(RequestError):
    """The request is well formed, but the dialect or the engine cannot express it."""

    code = "unsupported_feature"


class BodyTooLarge(RequestError):
    """The request body is larger than ``max_body_bytes``."""

    code = "body_too_large"
    status = 413


class CursorExpired(RequestError):
    """What follows the cursor is no longer kept."""

    code = "cursor_expired"
    status = 410


class SchemaUnusable(RequestError):
    """The schema that the answer is to follow is none, is too large, or needs something beside itself."""

    code = "schema_unusable"


class ModelNotFound(RequestError):
    """No engine serves the model that was asked for."""

    code = "model_not_found"
    status = 404


class ProtocolError(SluicewayError):
    """Somebody broke a protocol; which side says the subclass."""

    code = "protocol_error"


class LocalProtocolError(ProtocolError):
    """Our own code broke the event order or an encoder's contract: a bug in Sluiceway."""

    code = "local_protocol_error"


class RemoteProtocolError(ProtocolError):
    """The upstream's bytes are not what its dialect allows.

    Args:
        message: which rule was broken.
        dialect: the dialect the bytes should have been in.
        offset: bytes of the response body before the offending place; 0 where unknown.
        excerpt: the offending bytes, cut to 200.
    """

    code = "upstream_protocol_error"
    status = 502
    retryable = True

    def __init__(self, message: str, *, dialect: str = "", offset: int = 0, excerpt: str = "") -> None:
        super().__init__(message)
        self.dialect = dialect
        self.offset = offset
        self.excerpt = excerpt[:_EXCERPT_BYTES]


class BufferLimitExceeded(RemoteProtocolError):
    """One event or line from the upstream is larger than the limit."""

    code = "upstream_event_too_large"
    retryable = False


class EngineError(SluicewayError):
    """The engine could not give, or go on giving, an answer."""

    code = "engine_error"
    status = 502
    retryable = True


class UpstreamStatusError(EngineError):
    """The upstream answered with an error status.

    Args:
        status: its status, kept as ours.
        message: its own words where its body had some.
        body: the first bytes of its body.
        retry_after: its ``Retry-After`` header as it came, or None.
    """

    code = "upstream_error"

    def __init__(self, status: int, message: str, *, body: bytes = b"", retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = status in {408, 409, 429} or status >= 500
        self.body = body
        self.retry_after = retry_after


class UpstreamFailed(EngineError):
    """The upstream reported an error inside a stream it had answered with 200.

    Args:
        message: its own words.
        upstream_code: its own error code or type, as text; empty when it gave none.
    """

    code = "upstream_failed"

    def __init__(self, message: str, *, upstream_code: str = "") -> None:
        super().__init__(message)
        self.upstream_code = upstream_code


class UpstreamTimeout(EngineError):
    """The upstream did not connect, begin, go on or end in time; ``phase`` says which.

    Args:
        phase: ``connect``, ``first_token``, ``idle`` or ``total``.
        limit_s: the setting that was passed, in seconds.
    """

    code = "upstream_timeout"
    status = 504

    def __init__(self, phase: str, limit_s: float) -> None:
        super().__init__(f"the upstream passed its {phase} limit of {limit_s:g} s")
        self.phase = phase
        self.limit_s = limit_s


class EngineUnavailable(EngineError):
    """The engine cannot be reached, or went away in mid-answer."""

    code = "engine_unavailable"
    status = 503


class SchemaViolation(EngineError):
    """The answer breaks the schema it has to follow; it was stopped there.

    Args:
        message: what is wrong, for a person.
        pointer: the JSON Pointer of the value that is wrong; empty for the whole document.
        keyword: the schema's keyword that it breaks; empty where the text is no JSON.
    """

    code = "schema_violation"

    def __init__(self, message: str, *, pointer: str, keyword: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.keyword = keyword


class ProducerLost(EngineError):
    """The process that had the answer from its engine is gone, or taken for gone; nobody else can go on with it."""

    code = "producer_lost"


class JSONError(SluicewayError):
    """A text that should be JSON, such as the arguments of a tool call, is not.

    Args:
        message: which rule was broken.
        offset: the number of characters before the place.
        open_path: the keys and indices of the innermost value under way, or None where there is none.
    """

    code = "json_error"
    status = 502
    retryable = True

    def __init__(self, message: str, *, offset: int, open_path: tuple[str | int, ...] | None = None) -> None:
        super().__init__(message)
        self.offset = offset
        self.open_path = open_path


class JSONInvalid(JSONError):
    """The character at ``offset`` makes the text the beginning of no JSON text.

    Args:
        message: which rule was broken.
        offset: the number of characters before the offending one.
        open_path: the keys and indices of the innermost value under way, or None where there is none.
        events: what the same push had found before it.
    """

    code = "json_invalid"

    def __init__(
        self,
        message: str,
        *,
        offset: int,
        open_path: tuple[str | int, ...] | None = None,
        events: tuple[object, ...] = (),
    ) -> None:
        super().__init__(f"{message}, at character {offset}", offset=offset, open_path=open_path)
        self.reason = message
        self.events = events


class JSONTooLarge(JSONInvalid):
    """The text passes a limit: of its length, its depth or the length of one number."""

    code = "json_too_large"
    retryable = False


class JSONIncomplete(JSONError):
    """The text ended before its value did.

    Args:
        message: what was missing.
        offset: the length of the text in characters.
        open_path: the keys and indices of the innermost value under way, or None where none had begun.
        value: what there is of the value.
    """

    code = "json_incomplete"

    def __init__(
        self, message: str, *, offset: int, open_path: tuple[str | int, ...] | None = None, value: object = None
    ) -> None:
        super().__init__(message, offset=offset, open_path=open_path)
        self.value = value


class TypedInvalid(SluicewayError):
    """A JSON value is not of the type it should have.

    Args:
        message: what is wrong.
        path: the keys and indices of the value; ``()`` for the whole.
        events: what the same push had found before it.
    """

    code = "typed_invalid"
    status = 502
    retryable = True

    def __init__(self, message: str, *, path: tuple[str | int, ...] = (), events: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.path = path
        self.events = events


class ToolCallError(SluicewayError):
    """A tool call that must not be made, with what there is of it.

    Args:
        message: what is wrong.
        arguments: what there is of its arguments.
        text: their text as it came, cut to what is kept of one.
    """

    code = "tool_call_error"
    status = 502
    retryable = True

    def __init__(self, message: str, *, arguments: object = None, text: str = "") -> None:
        super().__init__(message)
        self.arguments = arguments
        self.text = text


class ToolCallCut(ToolCallError):
    """The call broke off: its arguments may look whole and are not meant so.

    Args:
        message: what is wrong.
        reason: ``length``, ``content_filter``, ``cancelled``, ``error`` or ``incomplete``.
        arguments: what there is of its arguments.
        text: their text as it came, cut to what is kept of one.
    """

    code = "tool_call_cut"

    def __init__(self, message: str, *, reason: str, arguments: object = None, text: str = "") -> None:
        super().__init__(message, arguments=arguments, text=text)
        self.reason = reason


class ToolCallInvalid(ToolCallError):
    """The call's arguments are no JSON object, or not what its tool takes; the cause says more."""

    code = "tool_call_invalid"


class DeliveryError(SluicewayError):
    """An answer could not be delivered."""

    code = "delivery_error"


class ReaderTooSlow(DeliveryError):
    """The reader took nothing for ``reader_stall_s`` while something waited for it."""

    code = "reader_too_slow"


class NobodyReads(DeliveryError):
    """The last reader left, and none came back in time."""

    code = "nobody_reads"


class AnswerTooLarge(DeliveryError):
    """The answer outgrew what is kept of one while nobody read it."""

    code = "answer_too_large"


class ServerBusy(DeliveryError):
    """As many streams run as ``max_streams`` allows."""

    code = "server_busy"
    status = 503
    retryable = True


class ServerDraining(DeliveryError):
    """The server is shutting down and takes, or continues, no streams."""

    code = "server_draining"
    status = 503
    retryable = True


class LogUnavailable(DeliveryError):
    """What is kept of the answer cannot be reached now, by this process.

    Args:
        message: why.
        retry_after: the ``Retry-After`` header to answer with.
    """

    code = "log_unavailable"
    status = 503
    retryable = True

    def __init__(self, message: str, *, retry_after: str | None = "1") -> None:
        super().__init__(message)
        self.retry_after = retry_after
