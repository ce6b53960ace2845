from __future__ import annotations

import pytest
from support.generations import PlainEncoder

from sluiceway.delivery.patches import PatchEncoder
from sluiceway.dialects.base import Framing, Target
from sluiceway.errors import RequestError
from sluiceway.server.partial import PARTIAL, add_patches, wants_patches


@pytest.mark.parametrize(
    ("wish", "framing", "are_wanted"),
    [
        ("json", Framing.SSE, True),
        ("JSON", Framing.SSE, True),
        ("off", Framing.SSE, False),
        ("json", Framing.NDJSON, False),
        ("json", Framing.JSON, False),
    ],
)
def test_patches_are_for_readers_of_events_who_ask(wish: str, framing: Framing, *, are_wanted: bool) -> None:
    assert wants_patches(Target(headers={PARTIAL: wish}), framing) is are_wanted


def test_nobody_gets_them_unasked() -> None:
    assert not wants_patches(Target(), Framing.SSE)


def test_any_other_wish_is_refused() -> None:
    with pytest.raises(RequestError) as caught:
        wants_patches(Target(headers={PARTIAL: "yes"}), Framing.SSE)
    assert caught.value.field == "Sluiceway-Partial"


def test_who_wants_none_keeps_his_encoder() -> None:
    encoder = PlainEncoder()
    assert add_patches(encoder, are_wanted=False) is encoder
    assert isinstance(add_patches(encoder, are_wanted=True), PatchEncoder)
