"""[identities]: what is refused, and what jmapd-check-config warns of."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.cli.check_config import inspect
from jmapd.config import ConfigError, from_dict

from .identities import Identities

pytestmark = pytest.mark.rfc("8621", "6")


@pytest.mark.parametrize(
    "given, named",
    [
        ({"domain": "no domain"}, "identities.domain"),
        ({"domain": "@example.org"}, "identities.domain"),
        ({"addresses": {"alice": "a@example.org"}}, "identities.addresses.alice"),
        ({"addresses": {"alice": ["nobody"]}}, "identities.addresses.alice"),
        ({"addresses": {"alice": ["a@example.org\r\nX: y"]}}, "identities.addresses.alice"),
        ({"addresses": {"a/b": ["a@example.org"]}}, "identities.addresses"),
        ({"alias_files": "/etc/aliases"}, "identities.alias_files"),
        ({"alias_files": ["aliases"]}, "identities.alias_files"),
        ({"alias_files": [""]}, "identities.alias_files"),
        ({"alias_files": [1]}, "identities.alias_files"),
    ],
)
def test_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=f"^{named}: "):
        from_dict({"identities": given})


def test_what_is_right() -> None:
    found = from_dict({"identities": {"domain": "Bücher.example", "addresses": {"a": ["*@a.example", '"a b"@c.d']}}})
    assert found.identities.domain == "bücher.example"


def warned(tmp_path: Path, **options: Any) -> list[str]:
    errors, warnings = inspect(Identities(tmp_path, **options).config)
    assert errors == []
    return [text for text in warnings if text.startswith("identities")]


def test_no_warnings(tmp_path: Path) -> None:
    assert warned(tmp_path) == []


@pytest.mark.parametrize(
    "options, text",
    [
        ({"domain": "localhost"}, "identities.domain: is not set, and addresses that end in @localhost"),
        ({"alias_files": ["/nowhere/aliases"]}, "identities.alias_files: [Errno 2] No such file"),
        ({"addresses": {"dave": ["dave@example.net"]}}, "identities.addresses: dave is no user"),
    ],
)
def test_warnings(tmp_path: Path, options: dict[str, Any], text: str) -> None:
    [found] = warned(tmp_path, **options)
    assert found.startswith(text)


def test_a_user_without_an_address(tmp_path: Path) -> None:
    host = Identities(tmp_path)
    users = Path(host.config.paths.users_file)
    users.write_text(users.read_text() + users.read_text().replace("alice:", "with space:"))
    found = [text for text in inspect(host.config)[1] if text.startswith("identities")]
    assert found == ["identities.addresses: with space has no address to send from"]
