from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.certificate import write_certificate

from sluiceway.dialects.registry import DIALECTS
from sluiceway.engines.secret import Secret
from sluiceway.errors import SettingsError
from sluiceway.server.settings import Settings
from sluiceway.server.sources import SCALARS, read_settings

Write = Callable[[str], Path]
UPSTREAMS = """\
[[upstreams]]
name = "a"
base_url = "http://a.test/v1"

[[upstreams]]
name = "b"
base_url = "http://b.test/v1"
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the configuration file and return its path."""

    def write_text(text: str) -> Path:
        path = tmp_path / "sluiceway.toml"
        path.write_text(text, "utf-8")
        return path

    return write_text


def complaint(
    flags: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None, config: Path | None = None
) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(flags or {}, environ or {}, config)
    return str(caught.value).replace(str(config), "FILE")


# Where values come from.


def test_without_any_source_the_defaults_hold() -> None:
    assert read_settings({}, {}) == Settings()


def test_flags_come_before_environment_before_file_before_defaults(write: Write) -> None:
    config = write("port = 1\nhost = 'file'\nlog_level = 'debug'\n")
    environ = {"SLUICEWAY_PORT": "2", "SLUICEWAY_HOST": "variable"}
    settings = read_settings({"port": "3", "host": None}, environ, config)
    told = (settings.port, settings.host, settings.log_level, settings.workers)
    assert told == (3, "variable", "debug", 1)


@pytest.mark.parametrize("name", [name for name in SCALARS if not name.startswith("tls_") and name != "redis"])
def test_every_single_value_has_a_flag_and_a_variable(name: str) -> None:
    text = {"host": "h", "log_level": "error", "guard": "stop"}.get(name, "7")
    by_flag, by_variable = read_settings({name: text}, {}), read_settings({}, {f"SLUICEWAY_{name.upper()}": text})
    for settings in (by_flag, by_variable):
        assert str(getattr(settings, name)) in {text, f"{text}.0"}


def test_the_url_of_a_redis_is_checked_and_shown_nowhere() -> None:
    settings = read_settings({"redis": "redis://:hush@h:1/2"}, {})
    assert settings.redis.reveal() == "redis://:hush@h:1/2"
    assert "hush" not in repr(settings)
    told = complaint({}, {"SLUICEWAY_REDIS": "http://:hush@h"})
    assert told.startswith("SLUICEWAY_REDIS: redis: a URL such as redis://host:6379/0")
    assert "hush" not in told


def test_a_certificate_and_its_key_come_together(tmp_path: Path) -> None:
    own = write_certificate(tmp_path)
    settings = read_settings({"tls_cert": own.cert}, {"SLUICEWAY_TLS_KEY": own.key})
    assert (settings.tls_cert, settings.tls_key) == (own.cert, own.key)
    alone = complaint({"tls_cert": own.cert})
    assert alone == "--tls-cert: tls_cert: tls_cert and tls_key need each other, and this one is alone"


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    own = write_certificate(tmp_path)
    told = complaint({"tls_cert": own.cert, "tls_key": own.cert})
    assert told.startswith("--tls-cert: tls_cert: this certificate and its key cannot be used")


def test_upstreams_are_given_by_flag_with_or_without_a_dialect() -> None:
    urls = ["http://a.test/v1", "openai_chat:https://b.test/v1"]
    first, second = read_settings({"upstream": urls}, {}).upstreams
    assert (first.name, first.base_url, first.dialect) == ("upstream", "http://a.test/v1", "openai_chat")
    assert (second.name, second.base_url, second.dialect) == ("upstream-2", "https://b.test/v1", "openai_chat")


def test_upstreams_are_given_by_variable_with_a_key() -> None:
    environ = {"SLUICEWAY_UPSTREAM": "http://a.test http://b.test", "SLUICEWAY_UPSTREAM_API_KEY": "sk-1"}
    upstreams = read_settings({}, environ).upstreams
    assert [upstream.api_key for upstream in upstreams] == [Secret("sk-1")] * 2


def test_an_upstream_by_flag_takes_the_place_of_the_files_engines(write: Write) -> None:
    config = write(UPSTREAMS + "[llama]\nmodel_path = 'm.gguf'\n")
    settings = read_settings({"upstream": ["http://c.test"]}, {}, config)
    assert ([upstream.base_url for upstream in settings.upstreams], settings.llama) == (["http://c.test"], None)


def test_no_upstream_flag_leaves_the_file_alone(write: Write) -> None:
    settings = read_settings({"upstream": []}, {}, write(UPSTREAMS))
    assert [upstream.name for upstream in settings.upstreams] == ["a", "b"]


def test_a_model_by_flag_keeps_the_files_other_options(write: Write) -> None:
    config = write("[llama]\nmodel_path = 'm.gguf'\nthreads = 2\n")
    llama = read_settings({"model": "n.gguf"}, {}, config).llama
    assert llama is not None
    assert (llama.model_path, llama.threads) == ("n.gguf", 2)


def test_a_model_needs_no_file() -> None:
    llama = read_settings({}, {"SLUICEWAY_MODEL": "n.gguf"}).llama
    assert llama is not None
    assert llama.model_path == "n.gguf"


# Keys.


def test_a_key_may_come_from_a_variable_or_a_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-file\n")
    third = "[[upstreams]]\nbase_url = 'http://c.test'\napi_key_env = 'KEY'\n"
    config = write(f"{UPSTREAMS}api_key_file = '{tmp_path / 'key'}'\n{third}")
    keys = [upstream.api_key for upstream in read_settings({}, {"KEY": "sk-env"}, config).upstreams]
    assert keys == [Secret(), Secret("sk-file"), Secret("sk-env")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("api_key_env = 'KEY'", "upstreams[1].api_key_env: the variable KEY is not set"),
        ("api_key_file = '/nowhere/key'", "upstreams[1].api_key_file: the file /nowhere/key cannot be read"),
    ],
)
def test_a_key_that_is_not_there_is_named(write: Write, line: str, what: str) -> None:
    assert complaint(config=write(UPSTREAMS + line)) == f"FILE:8: {what}"


def test_no_complaint_shows_a_key() -> None:
    environ = {"SLUICEWAY_UPSTREAM": "ftp://a.test", "SLUICEWAY_UPSTREAM_API_KEY": "sk-secret"}
    assert "sk-secret" not in complaint(environ=environ)


# What is wrong, and where.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 'x'", "FILE:1: port: expected `int`, got `str`"),
        ("\nport = 0", "FILE:2: port: expected `int` >= 1"),
        ("host = 'h'\nprot = 1", "FILE:2: prot: object contains unknown field `prot`"),
        (UPSTREAMS + "idle = 1", "FILE:8: upstreams[1].idle: object contains unknown field `idle`"),
        (
            UPSTREAMS + "dialect = 'latin'",
            f"FILE:8: upstreams[1].dialect: the dialect 'latin' is none of {', '.join(DIALECTS)}",
        ),
        (UPSTREAMS.replace('"b"', '"a"'), "FILE:6: upstreams[1].name: another upstream has the name 'a'"),
        (UPSTREAMS.replace("http://b", "b"), "FILE:7: upstreams[1].base_url: a URL begins with http:// or https://"),
        ("[[upstreams]]\nname = 'a'", "FILE:1: upstreams[0]: object missing required field `base_url`"),
        ("[[upstreams]]\nbase_url = 'http://a'\napi_key = 5", "FILE:3: upstreams[0].api_key: a secret is a string"),
        ("upstreams = ['x']", "FILE:1: upstreams[0]: expected `object`, got `str`"),
        ("upstreams = 5", "FILE:1: upstreams: expected `array`, got `int`"),
        ("llama = 5", "FILE:1: llama: expected `object | null`, got `int`"),
        ("tls_cert = '/nowhere.pem'\ntls_key = 'k'", "FILE:1: tls_cert: there is no file /nowhere.pem"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line_and_key(write: Write, text: str, told: str) -> None:
    assert complaint(config=write(text)) == told


def test_what_cannot_be_found_in_the_file_has_no_line(write: Write) -> None:
    config = write('"up\\u0073treams" = [{}]\n')
    assert complaint(config=config).startswith("FILE: upstreams[0]: ")


def test_a_mistake_in_a_flag_names_the_flag(write: Write) -> None:
    assert complaint({"drain_s": "soon"}, {}, write("drain_s = 1")).startswith("--drain-s: drain_s: ")
    assert complaint({"upstream": ["ftp://a"]}).startswith("--upstream: upstreams[0].base_url: ")
    assert complaint({"upstream": ["latin:http://a"]}).startswith("--upstream: upstreams[0].dialect: ")


def test_a_mistake_in_a_variable_names_the_variable(write: Write) -> None:
    environ = {"SLUICEWAY_PORT": "99999"}
    assert complaint({}, environ, write("port = 1")) == "SLUICEWAY_PORT: port: expected `int` <= 65535"
    assert complaint({}, {"SLUICEWAY_UPSTREAM": "a"}).startswith("SLUICEWAY_UPSTREAM: upstreams[0].base_url: ")


def test_the_flag_is_blamed_when_both_are_given() -> None:
    assert complaint({"port": "x"}, {"SLUICEWAY_PORT": "y"}).startswith("--port: ")


def test_a_file_that_is_no_toml_is_told(write: Write) -> None:
    assert complaint(config=write("port = ")).startswith("FILE: no valid TOML: ")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in complaint(config=tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    assert "cannot be read" in complaint(config=binary)


def test_a_schema_that_cannot_be_used_is_told_with_its_line(write: Write, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('{"type":"object"}')
    bad.write_text('{"type":"thing"}')
    table = "[[guards]]\nmodels = ['m']\nschema_file = '{}'\n"
    assert len(read_settings({}, {}, write(table.format(good))).guards) == 1
    config = write(table.format(good) + table.format(bad))
    with pytest.raises(SettingsError, match=r":6: guards\[1\]\.schema_file: the schema in .*bad\.json cannot"):
        read_settings({}, {}, config)
