"""Streams to take apart: recorded ones, whose usual events are repeated until there are enough of them."""

from pathlib import Path

import msgspec

from sluiceway.dialects.base import Decoder, Dialect
from sluiceway.dialects.registry import DIALECTS
from sluiceway.events import Frame, TextDelta, UsageReport

__all__ = ["RECORDINGS", "Recording", "Stream", "frames_of", "new_decoder", "record"]

CORPORA = Path(__file__).parents[1] / "tests" / "corpora"
MAX_EVENT_BYTES = 1 << 20


class Recording(msgspec.Struct, frozen=True):
    """One recorded answer: what it is called in the table, the dialect it is in, and where it is kept."""

    title: str
    dialect: str
    path: str


class Stream(msgspec.Struct, frozen=True):
    """An answer as it arrives, one event after the other."""

    recording: Recording
    events: list[bytes]


_PYDANTIC = "pydantic-ai/models"

RECORDINGS = (
    Recording(
        "openai_chat", "openai_chat", f"openai-chat/{_PYDANTIC}/test_groq/test_groq_model_thinking_part_iter.0.sse"
    ),
    Recording(
        "openai_chat, padded",
        "openai_chat",
        "openai-chat/pydantic-ai/cassettes/test_prefect/test_run_stream_in_flow.0.sse",
    ),
    Recording("openai_completions", "openai_completions", "openai-completions/openai.sse"),
    Recording(
        "openai_responses",
        "openai_responses",
        f"openai-responses/{_PYDANTIC}/test_openai_responses/test_openai_responses_compact_stateful_mode_stream.0.sse",
    ),
    Recording(
        "anthropic", "anthropic", f"anthropic/{_PYDANTIC}/test_anthropic/test_anthropic_mcp_servers_stream.0.sse"
    ),
    Recording(
        "gemini",
        "gemini",
        f"gemini/{_PYDANTIC}/test_google/test_google_model_file_search_grounding_gemini_3_True_.3.sse",
    ),
    Recording("ollama", "ollama", "ollama/langchaingo/TestClient_GenerateChatStream.ndjson"),
)
"""What vendors send for plain text. OpenAI itself pads each event with random text; compatible servers do not."""


def new_decoder(dialect: Dialect) -> Decoder:
    """A decoder of one streaming answer."""
    assert dialect.upstream is not None
    return dialect.upstream.decoder(True, MAX_EVENT_BYTES)  # noqa: FBT003 - a dialect's signature


def frames_of(stream: Stream) -> list[Frame]:
    """What a stream says, event by event."""
    decoder = new_decoder(DIALECTS[stream.recording.dialect])
    return [frame for event in stream.events for frame in decoder.feed(event)] + decoder.close()


def record(recording: Recording, events: int) -> Stream:
    """The recorded answer with its longest run of text repeated, in turn, until it has so many events."""
    body = (CORPORA / recording.path).read_bytes()
    frames = new_decoder(DIALECTS[recording.dialect]).feed(body)
    start, end = _longest_run([_is_usual(frame) for frame in frames])
    raws = [frame.raw for frame in frames]
    run = raws[start : max(end - 1, start + 1)]  # the last one may say why the answer ended
    missing = max(events - len(raws), 0)
    more = [run[number % len(run)] for number in range(missing)]
    return Stream(recording, raws[: end - 1] + more + raws[end - 1 :])


def _is_usual(frame: Frame) -> bool:
    """Whether a frame says text, and nothing else but counts."""
    kinds = {type(event) for event in frame.events}
    return TextDelta in kinds and kinds <= {TextDelta, UsageReport}


def _longest_run(are_usual: list[bool]) -> tuple[int, int]:
    longest = (0, 0)
    start = 0
    for position, is_usual in enumerate([*are_usual, False]):
        if not is_usual:
            longest = max(longest, (start, position), key=lambda run: run[1] - run[0])
            start = position + 1
    return longest
