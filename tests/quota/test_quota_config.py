"""[quota] in jmapd.toml."""

from typing import Any

import pytest

from jmapd.config import ConfigError, from_dict

pytestmark = pytest.mark.rfc("9425", "4")


def test_one_rule_or_several_for_a_user() -> None:
    users = {"alice": "*:storage=1G", "bob": ["*:storage=1G", "Junk:ignore"]}
    assert from_dict({"quota": {"users": users}}).quota.users == users | {"alice": ["*:storage=1G"]}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"rules": ["1G"]}, r"quota\.rules: '1G' is no rule"),
        ({"rules": [1]}, r"quota\.rules: must be a list of strings"),
        ({"users": {"alice": ["*:storage=1Q"]}}, r"quota\.users\.alice: .*'Q' is no unit"),
        ({"users": {"alice": 5}}, r"quota\.users\.alice: must be a rule or a list"),
        ({"warn_percent": 100}, r"quota\.warn_percent"),
    ],
)
def test_errors(section: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        from_dict({"quota": section})
