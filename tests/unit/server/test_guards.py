from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from sluiceway.delivery.guard import Plan
from sluiceway.delivery.outcome import GuardRecord, Outcome
from sluiceway.errors import SchemaUnusable, SettingsError
from sluiceway.request import Request, ResponseFormat, ResponseFormatKind
from sluiceway.server.guards import GuardOptions, Guards, read_plan

SCHEMA: dict[str, object] = {"type": "object", "required": ["name"]}
UNUSABLE: dict[str, object] = {"$ref": "http://127.0.0.1:9/"}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(SCHEMA))
    return str(path)


def asked(schema: dict[str, object] | None = None, model: str = "m") -> Request:
    form = ResponseFormat(ResponseFormatKind.JSON_SCHEMA, "x", schema) if schema is not None else None
    return Request(model, [], response_format=form)


def planned(guards: Guards, request: Request) -> Plan:
    plan = guards.plan(request)
    assert plan is not None
    return plan


def test_a_model_may_have_a_schema_it_is_not_told_of(file: str) -> None:
    guards = Guards([GuardOptions(models=("m", "n"), schema_file=file, strip_fence=True)], "off")
    plan = planned(guards, asked())
    assert (plan.stops, plan.strips) == (True, True)
    assert plan.judge({}) is not None
    assert guards.plan(asked(model="n")) is plan
    assert guards.plan(asked(model="other")) is None


def test_a_schema_without_models_is_for_all_others(file: str) -> None:
    options = [
        GuardOptions(schema_file=file, mode="report"),
        GuardOptions(models=("m",), schema_file=file),
        GuardOptions(models=("free",), schema_file=file, mode="off"),
    ]
    guards = Guards(options, "stop")
    assert not planned(guards, asked(model="any")).stops
    assert planned(guards, asked(model="m")).stops
    assert guards.plan(asked(SCHEMA, model="free")) is None


@pytest.mark.parametrize(("mode", "stops"), [("off", None), ("report", False), ("stop", True)])
def test_what_was_asked_for_with_a_schema_is_held_to_it_if_the_settings_say_so(mode: str, stops: bool | None) -> None:
    plan = Guards([], mode).plan(asked(SCHEMA))
    assert (plan and plan.stops) is stops


@pytest.mark.parametrize("form", [None, ResponseFormat(ResponseFormatKind.JSON_OBJECT)])
def test_what_was_asked_for_without_one_is_held_to_none(form: ResponseFormat | None) -> None:
    assert Guards([], "stop").plan(Request("m", [], response_format=form)) is None


def test_a_clients_schema_that_cannot_be_used_is_refused_where_it_must_hold() -> None:
    with pytest.raises(SchemaUnusable):
        Guards([], "stop").plan(asked(UNUSABLE))
    assert Guards([], "report").plan(asked(UNUSABLE)) is None


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps(UNUSABLE), "[" * 5000])
def test_a_file_without_a_usable_schema_is_a_wrong_setting(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"bad\.json"):
        read_plan(GuardOptions(schema_file=str(path)))


def test_a_file_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        Guards([GuardOptions(schema_file=str(tmp_path / "none.json"))], "off")


def test_a_violation_is_logged_without_the_answers_words(file: str, caplog: pytest.LogCaptureFixture) -> None:
    plan = read_plan(GuardOptions(schema_file=file))
    assert plan.report is not None
    with caplog.at_level(logging.WARNING):
        plan.report(GuardRecord(Outcome.INVALID, "/secret", "maxLength"))
        plan.report(GuardRecord(Outcome.INVALID, "/secret", ""))
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["maxLength", "it is no JSON"]
