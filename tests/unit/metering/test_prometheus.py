from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from sluiceway.metering.prometheus import CONTENT_TYPE, Exposition
from sluiceway.metering.timeline import ITL_BOUNDS_S, Timeline
from sluiceway.metering.totals import Labels, Totals
from sluiceway.usage import Usage

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
WHO = {"engine": "vllm", "dialect": "openai_chat"}


def read(page: bytes) -> Samples:
    families = text_string_to_metric_families(page.decode())
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def observed() -> Totals:
    totals, timeline = Totals(), Timeline(0.0)
    timeline.delivered(1, 0.2)
    timeline.delivered(1, 1.2)
    totals.of(Labels("vllm", "openai_chat")).observe(timeline, Usage(7, 20), "complete")
    return totals


def test_before_the_first_answer_only_the_open_streams_are_told() -> None:
    samples = read(Exposition(Totals(), lambda: 3).render())
    assert samples == {("sluiceway_streams_open", frozenset()): 3.0}


def test_the_page_is_read_when_it_is_asked_for() -> None:
    open_now = [1]
    exposition = Exposition(Totals(), lambda: open_now[0])
    exposition.render()
    open_now[0] = 2
    assert value(read(exposition.render()), "sluiceway_streams_open") == 2


def test_histograms_are_cumulated_to_infinity() -> None:
    samples = read(Exposition(observed(), lambda: 0).render())
    bounds = [*map(str, ITL_BOUNDS_S), "+Inf"]
    counts = [value(samples, "sluiceway_itl_seconds_bucket", le=bound, **WHO) for bound in bounds]
    assert counts == [0.0] * bounds.index("1.0") + [1.0] * (len(bounds) - bounds.index("1.0"))
    assert value(samples, "sluiceway_itl_seconds_count", **WHO) == 1
    assert value(samples, "sluiceway_itl_seconds_sum", **WHO) == 1.0


def test_ttft_and_rate_are_told() -> None:
    samples = read(Exposition(observed(), lambda: 0).render())
    assert value(samples, "sluiceway_ttft_seconds_sum", **WHO) == 0.2
    assert value(samples, "sluiceway_tokens_per_second_sum", **WHO) == 20.0


def test_tokens_and_ends_are_counters() -> None:
    samples = read(Exposition(observed(), lambda: 0).render())
    assert value(samples, "sluiceway_tokens_total", kind="input", **WHO) == 7
    assert value(samples, "sluiceway_tokens_total", kind="output", **WHO) == 20
    assert value(samples, "sluiceway_ends_total", reason="complete", **WHO) == 1


def test_the_content_type_is_prometheus_text() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")


def test_answers_held_to_a_schema_are_a_counter() -> None:
    totals = observed()
    totals.of(Labels("vllm", "openai_chat")).observe(Timeline(0.0), Usage(), "schema_violation", "invalid")
    samples = read(Exposition(totals, lambda: 0).render())
    assert value(samples, "sluiceway_guarded_total", outcome="invalid", **WHO) == 1
