"""Messages of our own beside all that an Email says of them (tests/golden/messages)."""

import json
from pathlib import Path

import pytest

from tests.formats.describe import email, header

pytestmark = pytest.mark.rfc("8621", "4.1")

FOLDER = Path(__file__).parents[1] / "golden" / "messages"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.eml")))
def test_email(name: str) -> None:
    expected = json.loads((FOLDER / f"{name}.json").read_text())
    assert email((FOLDER / f"{name}.eml").read_bytes()) == expected


@pytest.mark.rfc("8621", "4.1.3")
@pytest.mark.parametrize(
    ("name", "prop", "value"),
    [
        ("plain", "header:subject", " Plain\r\n\ttext"),
        ("plain", "header:Cc:asGroupedAddresses", [{"name": "undisclosed-recipients", "addresses": []}]),
        ("plain", "header:X-None", None),
        ("plain", "header:X-None:asText:all", []),
        ("newsletter", "header:List-Unsubscribe:asURLs", ["mailto:leave@example.org", "https://example.org/leave"]),
        ("newsletter", "header:List-Id:asText", "News <news.example.org>"),
        ("newsletter", "header:Subject:asText:all", ["Neue Bücher im März"]),
        ("broken", "header:Message-ID:asMessageIds", None),
        ("broken", "header:Subject", " caf\ufffd =?utf-8?q?un finished?= =?utf-8?q?x?=y"),
        ("broken", "header:Date:asDate:all", [None]),
    ],
)
def test_header_properties(name: str, prop: str, value: object) -> None:
    assert header((FOLDER / f"{name}.eml").read_bytes(), prop) == value
