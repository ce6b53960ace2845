"""What each workload offers, and which figures are read from its result. Pure: nothing runs here."""

from collections.abc import Callable
from functools import partial

import msgspec

from bench.load import Load, LoadResult
from bench.plan import Scale, WorkloadName
from bench.redis import RedisUse

__all__ = ["load_of", "values_of", "warm_up_of"]

TOKEN_INTERVAL_US = 20_000  # 50 tokens/s per stream
ENDLESS_TOKENS = 10_000_000
GONE_AFTER_S = 1.5
SETTLE_S = 2.0
KEPT_AT_A_TIME = 50
UNARY_TOKENS = 20
RESUME = "Sluiceway-Resume: on"
ANTHROPIC_BODY = (
    '{"model":"%M","max_tokens":100000,"stream":true,"messages":[{"role":"user","content":"Tell me a story."}]}'
)
UNARY_BODY = '{"model":"%M","stream":false,"messages":[{"role":"user","content":"Tell me a story about a river."}]}'


def _plain(scale: Scale) -> Load:
    tokens = int(scale.seconds * 1e6 / TOKEN_INTERVAL_US)
    return Load(
        model=f"mock-{tokens}-{TOKEN_INTERVAL_US}-0", streams=scale.streams, ramp_s=1.0, limit_s=scale.seconds * 4
    )


def _transcode(scale: Scale) -> Load:
    return msgspec.structs.replace(
        _plain(scale), path="/v1/messages", body=ANTHROPIC_BODY, end_mark='"type":"message_stop"'
    )


def _saturation(scale: Scale) -> Load:
    return Load(
        model=f"mock-{ENDLESS_TOKENS}-{scale.saturation_interval_us}-0",
        streams=scale.saturation_streams,
        ramp_s=1.0,
        window_s=1.0 + SETTLE_S / 2,
        limit_s=SETTLE_S + max(scale.seconds * 0.6, 2.0),
    )


def _gone(scale: Scale) -> Load:
    # Each reader that hangs up is replaced by a new stream, so the load stays the same.
    return Load(
        model=f"mock-{ENDLESS_TOKENS}-{TOKEN_INTERVAL_US}-0-%I",
        streams=scale.streams,
        requests=0,
        ramp_s=1.0,
        window_s=GONE_AFTER_S,
        hang_up_every_s=0.011,
        hang_ups=scale.hang_ups,
        limit_s=GONE_AFTER_S + scale.hang_ups * 0.011 + 10,
    )


def _unary(scale: Scale, *, keep_alive: bool) -> Load:
    return Load(
        model=f"mock-{UNARY_TOKENS}-0-0",
        streams=16,
        requests=scale.unary_requests,
        body=UNARY_BODY,
        end_mark='"total_tokens"',
        keep_alive=keep_alive,
        limit_s=20.0,
    )


def _resume(scale: Scale) -> Load:
    return msgspec.structs.replace(_plain(scale), header=RESUME)


def _kept(scale: Scale) -> Load:
    # As long as the answers of the other workloads, and ten times as fast: what counts is what stays of them.
    tokens = int(scale.seconds * 1e6 / TOKEN_INTERVAL_US)
    load = Load(model=f"mock-{tokens}-{TOKEN_INTERVAL_US // 10}-0", streams=KEPT_AT_A_TIME)
    return msgspec.structs.replace(
        load, requests=scale.kept_answers, header=RESUME, ramp_s=0.1, limit_s=scale.seconds * 8
    )


def _single(scale: Scale) -> Load:
    return Load(model="mock-2-1000-0", streams=1, requests=scale.single_requests)


def _memory(scale: Scale) -> Load:
    return Load(model="mock-4-1000000-0", streams=scale.memory_streams, ramp_s=1.0)


LOADS: dict[WorkloadName, Callable[[Scale], Load]] = {
    "plain": _plain,
    "transcode": _transcode,
    "resume": _resume,
    "redis": _resume,
    "kept": _kept,
    "saturation": _saturation,
    "single": _single,
    "memory": _memory,
    "gone": _gone,
    "unary": partial(_unary, keep_alive=True),
    "unary_close": partial(_unary, keep_alive=False),
}


def load_of(workload: WorkloadName, scale: Scale) -> Load:
    """What is offered in a workload."""
    return LOADS[workload](scale)


def warm_up_of(workload: WorkloadName, scale: Scale) -> Load:
    """The run before the run: every code path once, with few streams, so that memory has still to be taken."""
    load = load_of(workload, scale)
    if workload in ("single", "unary", "unary_close"):
        return msgspec.structs.replace(load, requests=100)
    streams = 20 if workload == "memory" else 100
    return msgspec.structs.replace(
        load,
        model="mock-50-10000-0",
        streams=streams,
        requests=None,
        ramp_s=0.1,
        window_s=0.0,
        hang_up_every_s=None,
        hang_ups=0,
        limit_s=20.0,
    )


def _quantile(sorted_values: list[float], quantile: float) -> float:
    return sorted_values[min(int(quantile * len(sorted_values)), len(sorted_values) - 1)]


def _gone_values(result: LoadResult, closed_at_us: dict[int, int]) -> dict[str, float]:
    waits_ms = sorted((closed_at_us[id_] - at_us) / 1e3 for id_, at_us in result.gone if id_ in closed_at_us)
    if not waits_ms:
        return {"gone_missing": float(len(result.gone))}
    return {
        "gone_p50_ms": _quantile(waits_ms, 0.5),
        "gone_p99_ms": _quantile(waits_ms, 0.99),
        "gone_missing": float(len(result.gone) - len(waits_ms)),
    }


def _stream_values(result: LoadResult) -> dict[str, float]:
    if not result.tokens:
        return {}
    return {
        "cpu_us_per_token": result.cpu_s * 1e6 / max(result.tokens, 1),
        "tokens_per_s": result.tokens / result.seconds,
        "delivery_p50_ms": result.delivery_ms.p50,
        "delivery_p99_ms": result.delivery_ms.p99,
        "ttft_p50_ms": result.ttft_ms.p50,
        "ttft_p99_ms": result.ttft_ms.p99,
    }


def _window_values(result: LoadResult) -> dict[str, float]:
    return {
        "cpu_us_per_token": result.window_cpu_s * 1e6 / max(result.window_tokens, 1),
        "cpu_cores": result.window_cpu_s / max(result.window_seconds, 0.001),
        "tokens_per_s": result.window_tokens / max(result.window_seconds, 0.001),
        "delivery_p50_ms": result.window_delivery_ms.p50,
        "delivery_p99_ms": result.window_delivery_ms.p99,
    }


def _redis_values(result: LoadResult, use: RedisUse | None) -> dict[str, float]:
    if use is None or not result.tokens:
        return {}
    return {
        "redis_cpu_us_per_token": use.cpu_s * 1e6 / result.tokens,
        "redis_commands_per_token": use.commands / result.tokens,
        "redis_kib_per_answer": use.memory_bytes / 1024 / max(result.started, 1),
    }


def values_of(
    workload: WorkloadName, result: LoadResult, closed_at_us: dict[int, int], redis: RedisUse | None = None
) -> dict[str, float]:
    """The figures of one run.

    Args:
        workload: what was offered.
        result: what the load measured.
        closed_at_us: when the upstream saw each unfinished stream's connection close, by request number.
        redis: what the run has used of its Redis, where it had one.
    """
    match workload:
        case "plain" | "transcode" | "resume" | "redis" | "single":
            return _stream_values(result) | _redis_values(result, redis)
        case "kept":
            return {"rss_kib_per_answer": (result.rss_max_kib - result.rss_start_kib) / max(result.started, 1)}
        case "saturation":
            return _window_values(result)
        case "memory":
            grown_kib = result.rss_max_kib - result.rss_start_kib
            return {"rss_kib_per_stream": grown_kib / max(result.started, 1), "rss_start_kib": result.rss_start_kib}
        case "gone":
            return _gone_values(result, closed_at_us)
        case "unary" | "unary_close":
            return {
                "cpu_us_per_request": result.cpu_s * 1e6 / max(result.requests, 1),
                "whole_p50_ms": result.whole_ms.p50,
                "whole_p99_ms": result.whole_ms.p99,
                "requests_per_s": result.requests / result.seconds,
            }
