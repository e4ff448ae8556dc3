"""Dovecot's notation of quota rules."""

import pytest

from jmapd.formats.quota_rule import MESSAGES, STORAGE, Rules, parse


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("*:storage=1", 1024),
        ("*:storage=5B", 5),
        ("*:bytes=5", 5),
        ("*:bytes=5k", 5120),
        ("*:storage=2M", 2 << 20),
        ("*:storage=2MB", 2 << 20),
        ("?:storage=1G:messages=7", 1 << 30),
        ("*:storage=1T", 1 << 40),
        ("*:storage=0", None),
        ("*:messages=1", None),
    ],
)
def test_of_the_account(text: str, octets: int | None) -> None:
    assert Rules([text]).limit(STORAGE) == octets


def test_more_or_less_for_a_mailbox() -> None:
    rules = Rules(
        ["*:storage=1000B:messages=100", "Trash:storage=+10%:messages=+5", "Junk*:storage=-100B", "a?c:storage=50B"]
    )
    found = {name: rules.limit(STORAGE, name) for name in ("INBOX", "Trash", "Trash/Old", "Junk/Old", "abc", "ac")}
    assert found == {"INBOX": 1000, "Trash": 1100, "Trash/Old": 1000, "Junk/Old": 900, "abc": 1050, "ac": 1000}
    assert rules.limit(MESSAGES, "Trash") == 105 and rules.limit(MESSAGES, "INBOX") == 100
    assert Rules(["*:storage=1B", "x:storage=-2B"]).limit(STORAGE, "x") == 0
    assert Rules(["Trash:storage=+1G"]).limit(STORAGE, "Trash") is None


def test_the_first_that_names_a_limit_counts() -> None:
    rules = Rules(["*:storage=2B", "*:storage=1B:messages=3", "A:ignore", "A:storage=+1B", "inbox:storage=+1B"])
    assert (rules.limit(STORAGE), rules.limit(MESSAGES)) == (2, 3)
    assert rules.ignores("A") and not rules.ignores("B") and rules.limit(STORAGE, "INBOX") == 3


@pytest.mark.parametrize(
    "text",
    ["", "storage=1G", "*:", ":storage=1G", "*:storage", "*:storage=", "*:storage=1X", "*:storage=+1G", "*:storage=10%",
     "*:ignore", "*:backend=x", "*:size=1", "Trash:storage=++1", "*:storage=1.5G", "*:storage=1G:", "*:storage=KB"],
)  # fmt: skip
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match=r"rule|limit|amount|unit|ignored"):
        parse(text)
