from __future__ import annotations

import socket

import pytest

from sluiceway.engines.llama.address import LlamaAddress, reserve_port
from sluiceway.engines.secret import Secret


def test_it_is_a_base_url_on_this_machine_and_hides_its_key() -> None:
    address = LlamaAddress(4711, Secret("hush-hush"))
    assert address.base_url == "http://127.0.0.1:4711/v1"
    assert "hush" not in repr(address)


def test_a_reserved_port_is_kept_from_others_and_open_to_the_child() -> None:
    with reserve_port() as holder, socket.socket() as stranger, socket.socket() as child:
        with pytest.raises(OSError, match="in use"):
            stranger.bind(holder.getsockname())
        child.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        child.bind(holder.getsockname())
