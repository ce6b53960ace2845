import subprocess
import sys
from pathlib import Path

import pytest

from bench.processes import cpu_s, tree_pids
from bench.systems import SERVE, nginx_config, serve_command


def test_nginx_forwards_every_read_and_keeps_its_upstream_connections(tmp_path: Path) -> None:
    config = nginx_config(8080, 9100, tmp_path, None)
    for rule in ("proxy_buffering off;", "worker_processes 1;", 'proxy_set_header Connection "";'):
        assert rule in config
    assert "user" not in config.split("daemon", 1)[0]


def test_the_servers_command_comes_from_the_same_python() -> None:
    command = serve_command(SERVE, 8080, 9100)
    assert command[0] == str(Path(sys.executable).with_name("sluiceway"))
    assert command[-1] == "http://127.0.0.1:9100/v1"


def test_cpu_is_counted_for_another_process() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        assert tree_pids(process.pid) == [process.pid]
        assert cpu_s([process.pid]) > 0.0


def test_a_process_that_is_gone_has_no_cpu_clock() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    with pytest.raises(OSError, match="Invalid argument"):
        cpu_s([process.pid])
