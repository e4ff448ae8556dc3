"""jmapd.toml: types, bounds, templates, and errors that name the key."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.config import Config, ConfigError, from_dict, is_user_name, load, options, user_path

MIB = 1024 * 1024


def test_defaults_are_those_promised() -> None:
    limits = from_dict({}).limits
    assert (limits.max_size_upload, limits.max_concurrent_upload) == (256 * MIB, 8)
    assert (limits.max_size_request, limits.max_concurrent_requests) == (16 * MIB, 8)
    assert (limits.max_calls_in_request, limits.max_objects_in_get, limits.max_objects_in_set) == (64, 4096, 4096)
    assert from_dict({}) == Config()
    assert from_dict({}).protocol.strict is False


def test_every_option_says_what_it_is() -> None:
    for row in options():
        assert len(row.help) > 8, row.name


@pytest.mark.parametrize(
    ("given", "octets"),
    [
        (1048576, MIB),
        ("256 MiB", 256 * MIB),
        ("2GiB", 2048 * MIB),
        ("16 MB", 16_000_000),
        ("4096", 4096),
        ("8 kib", 8192),
    ],
)
def test_sizes(given: Any, octets: int) -> None:
    assert from_dict({"limits": {"max_size_upload": given}}).limits.max_size_upload == octets


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"path": {}}, r"\[path\]: no such section"),
        ({"paths": 3}, "paths: must be a section"),
        ({"paths": {"state": "/x"}}, r"paths\.state: no such option; .*state_dir"),
        ({"paths": {"state_dir": 3}}, r"paths\.state_dir: must be a string, is 3"),
        ({"paths": {"state_dir": "var"}}, r"paths\.state_dir: must be an absolute path"),
        ({"paths": {"mail": "/home/{name}"}}, r"paths\.mail: \{name\} is not known"),
        ({"server": {"base_url": "mail.example.org"}}, r"server\.base_url"),
        ({"server": {"base_url": "https://mail.example.org/?a"}}, r"server\.base_url"),
        ({"server": {"trusted_proxies": "127.0.0.1"}}, r"server\.trusted_proxies: must be a list"),
        ({"server": {"trusted_proxies": ["localhost"]}}, "'localhost' is no address"),
        ({"server": {"cors_origins": ["https://Webmail.example.org/"]}}, r"server\.cors_origins"),
        ({"server": {"cors_origins": [1]}}, r"server\.cors_origins: must be a list of strings"),
        ({"server": {"gzip": 1}}, r"server\.gzip: must be true or false, is 1"),
        ({"server": {"gzip_level": 10}}, r"server\.gzip_level: must be at least 1 and at most 9"),
        ({"mail": {"layout": "mbox"}}, r"mail\.layout: must be one of auto"),
        ({"mail": {"roles": {"sent": 1}}}, r"mail\.roles\.sent"),
        ({"mail": {"roles": {"post": "x"}}}, r"mail\.roles\.post: no such role"),
        ({"limits": {"max_size_upload": "much"}}, r"limits\.max_size_upload: must be a size"),
        ({"limits": {"max_size_upload": -1}}, r"limits\.max_size_upload: must be at least 1"),
        ({"limits": {"max_calls_in_request": True}}, r"limits\.max_calls_in_request: must be a whole number, is True"),
        ({"limits": {"max_calls_in_request": 1.5}}, r"limits\.max_calls_in_request"),
        ({"auth": {"cache_seconds": "5"}}, r"auth\.cache_seconds: must be a number"),
    ],
)
def test_errors_name_the_key(data: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        from_dict(data)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "jmapd.toml"
    with pytest.raises(ConfigError, match="No such file"):
        load(path)
    path.write_text("[paths\n")
    with pytest.raises(ConfigError, match="not TOML"):
        load(path)
    path.write_text("[mail]\nlayout = 5\n")
    with pytest.raises(ConfigError, match=rf"{path}: mail\.layout"):
        load(path)
    path.write_text("[auth]\ncache_seconds = 5\n[server]\nbase_url = 'https://mail.example.org/jmap/'\n")
    config = load(path)
    assert config.auth.cache_seconds == 5.0
    assert config.server.base_url == "https://mail.example.org/jmap"


@pytest.mark.parametrize(
    ("template", "user", "path"),
    [
        ("/home/{user}/Maildir", "alice", "/home/alice/Maildir"),
        ("/var/vmail/{domain}/{local}", "alice@example.org", "/var/vmail/example.org/alice"),
        ("/srv/mail", "alice", "/srv/mail"),
        ("/x/{local}", "alice", "/x/alice"),
        ("/x/{user}", "{local}@example.org", "/x/{local}@example.org"),
    ],
)
def test_templates(template: str, user: str, path: str) -> None:
    assert user_path(template, user) == Path(path)


@pytest.mark.parametrize("user", ["..", ".", "", "a/b", "a\0b", "alice", "alice@", "alice@..", "alice@.ssh"])
def test_no_name_leads_out_of_its_folder(user: str) -> None:
    with pytest.raises(ConfigError):
        user_path("/var/vmail/{domain}/{local}", user)
    assert user_path("", user) is None


@pytest.mark.parametrize("name", ["alice", "alice@example.org", "jürgen", "a b", "A-1_x+y"])
def test_names_that_are_fine(name: str) -> None:
    assert is_user_name(name)


@pytest.mark.parametrize("name", ["", " a", "a ", "#a", "a:b", "a\nb", "a\\b", "x" * 256, "a\u2028b"])
def test_names_that_are_not(name: str) -> None:
    assert not is_user_name(name)
