"""Which answers are held to a JSON schema: those of models that the settings say so of, and those asked for with one.

Where both apply, the settings' schema counts: the model is not told of it, whatever the request says.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from sluiceway.delivery.guard import Plan
from sluiceway.delivery.outcome import GuardRecord
from sluiceway.errors import SchemaUnusable, SettingsError
from sluiceway.request import Request, ResponseFormatKind
from sluiceway.server.schemas import prepare_schema

__all__ = ["GuardMode", "GuardOptions", "Guards", "read_plan"]

GuardMode = Annotated[str, msgspec.Meta(pattern="^(off|report|stop)$")]
"""What is done about a violation: nothing, a note in log and metrics, or the answer is stopped."""

_log = logging.getLogger("sluiceway.guard")


class GuardOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schema that every answer of some models is held to.

    Attributes:
        models: their names; empty for all.
        schema_file: a file with the JSON schema.
        mode: what is done about a violation.
        strip_fence: whether a code fence and words around the document are allowed, and left out of account.
    """

    models: tuple[str, ...] = ()
    schema_file: str
    mode: GuardMode = "stop"
    strip_fence: bool = False


class Guards:
    """All guards of one server.

    Args:
        options: the settings' own.
        mode: what is done with answers that are asked for with a schema.

    Raises:
        SettingsError: a schema cannot be used.
    """

    def __init__(self, options: Sequence[GuardOptions], mode: GuardMode) -> None:
        self._mode = mode
        self._plans: dict[str, Plan | None] = {}
        for one in options:
            plan = None if one.mode == "off" else read_plan(one)
            for model in one.models or ("",):
                self._plans.setdefault(model, plan)

    def plan(self, request: Request) -> Plan | None:
        """Return what the answer to a request is held to, None for nothing.

        Raises:
            SchemaUnusable: the request's own schema cannot be used, and violations of it are to stop answers.
        """
        for name in (request.model, "") if self._plans else ():
            if name in self._plans:
                return self._plans[name]
        form = request.response_format
        if self._mode == "off" or form is None or form.kind is not ResponseFormatKind.JSON_SCHEMA or not form.schema:
            return None
        try:
            return _plan(form.schema, self._mode, strips=False)
        except SchemaUnusable as error:
            if self._mode == "stop":
                raise
            _log.info("an answer is not held to its schema: %s", error)
            return None


def read_plan(options: GuardOptions) -> Plan:
    """Return what `GuardOptions` ask for.

    Raises:
        SettingsError: the file cannot be read, or what it holds cannot be used.
    """
    try:
        schema = msgspec.json.decode(Path(options.schema_file).read_bytes())
        return _plan(schema, options.mode, strips=options.strip_fence)
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"the file {options.schema_file} cannot be read") from None
    except (msgspec.DecodeError, SchemaUnusable, RecursionError) as error:
        raise SettingsError(f"the schema in {options.schema_file} cannot be used: {error}") from None


def _plan(schema: object, mode: GuardMode, *, strips: bool) -> Plan:
    compiled, judge = prepare_schema(schema)
    return Plan(compiled, judge, stops=mode == "stop", strips=strips, report=_report)


def _report(record: GuardRecord) -> None:
    # Not the path: its names are the answer's.
    _log.warning("an answer breaks its schema: %s", record.keyword or "it is no JSON")
