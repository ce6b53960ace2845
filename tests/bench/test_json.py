from __future__ import annotations

import json

import pytest

from bench.json.contenders import CONTENDERS, Contender
from bench.json.documents import KINDS, deltas_of, document
from bench.json.measure import Scale, measure


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chars", [1_000, 10_000])
def test_a_document_is_json_of_about_its_size_in_deltas(kind: str, chars: int) -> None:
    text = document(kind, chars)
    assert json.loads(text)
    assert abs(len(text) - chars) < 500
    assert "".join(deltas_of(text)) == text


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.title)
def test_everybody_takes_a_whole_document(contender: Contender) -> None:
    push = contender.start()
    for delta in deltas_of(document("mixed", 500)):
        push(delta)


def test_a_small_run_finds_every_figure() -> None:
    findings = measure(Scale(rounds=1, passes=3, sizes=(1_000,)), lambda _: None)
    titles = {contender.title for contender in CONTENDERS}
    assert all(set(findings.us[kind]["1000"]) == titles for kind in KINDS)
    assert all(findings.times[kind]["1000"][CONTENDERS[0].title] == 1 for kind in KINDS)
    assert [len(closer.tenths) for closer in findings.closer] == [10, 10]
