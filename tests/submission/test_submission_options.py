"""[submission]: what an admin may say of extensions, and what clients are told then (RFC 8621 1.3.2)."""

from typing import Any

import pytest

from jmapd.config import ConfigError, from_dict
from jmapd.datatypes.submission.extensions import announced

pytestmark = pytest.mark.rfc("8621", "1.3.2")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("extensions", ["SIZE\r\nX"]),
        ("extensions", [""]),
        ("extensions", [" DSN"]),
        ("extensions", ["-"]),
        ("extensions", [1]),
        ("extensions", "DSN"),
        ("max_recipients", 0),
        ("max_delayed_send", -1),
        ("undo_seconds", -1),
        ("max_size", "big"),
        ("keep_days", 0),
        ("may_not_send", "eve"),
        ("command", ["/usr/sbin/sendmail", "-t"]),
        ("command", ["/usr/sbin/sendmail", "-t", "{recipients}"]),
        ("command", ["/usr/sbin/sendmail", "--to={recipients}"]),
    ],
)
def test_options_that_cannot_be(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"submission.{name}"):
        from_dict({"submission": {name: value}})


def test_options_that_can() -> None:
    given = {
        "extensions": ["MT-PRIORITY MIXER", "DSN"],
        "undo_seconds": 30,
        "max_size": "1 MiB",
        "may_not_send": ["eve"],
    }
    config = from_dict({"submission": given}).submission
    assert (config.extensions, config.max_size, config.undo_seconds) == (["MT-PRIORITY MIXER", "DSN"], 1 << 20, 30.0)


@pytest.mark.parametrize(
    ("lines", "longest", "expected"),
    [
        ([], 0, {}),
        (["dsn"], 0, {"DSN": []}),
        (["SIZE", "MT-PRIORITY  MIXER A"], 0, {"MT-PRIORITY": ["MIXER", "A"], "SIZE": ["99"]}),
        (["SIZE 1"], 60, {"FUTURERELEASE": ["60"], "SIZE": ["99"]}),
        (["FUTURERELEASE 5 x"], 0, {}),
    ],
)
def test_what_is_announced(lines: list[str], longest: int, expected: dict[str, list[str]]) -> None:
    """Messages are held by us, whatever the server that takes our mail can do."""
    assert announced(lines, longest, 99) == expected
