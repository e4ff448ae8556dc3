"""Real messages: each is parsed and summarised whole; another parser's part lists are compared where there are some.

expected_differences.json says for which files we choose otherwise, and why. It may only get shorter.
"""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from jmapd.formats.message import body
from jmapd.formats.message.header_forms import FORMS
from jmapd.formats.message.structure import parse
from jmapd.formats.message.summary import summarise
from tests.formats.describe import email

pytestmark = [pytest.mark.rfc("8621", "4.1"), pytest.mark.rfc("8621", "4.1.4")]

DIFFERENCES: dict[str, str] = json.loads(Path(__file__).with_name("expected_differences.json").read_text())


def messages(corpora: Path) -> list[Path]:
    found = [path for path in (corpora / "eml").rglob("*.eml") if path.is_file()]
    return found + [path for path in (corpora / "maildir").rglob("*") if path.is_file()]


def test_every_message_is_read_whole(corpora: Path) -> None:
    paths = messages(corpora)
    assert len(paths) > 3000
    for path in paths:
        raw = path.read_bytes()
        found = summarise(raw)
        orjson.dumps([found.record, found.texts, found.sort, found.header_names, found.thread_keys])
        assert len(found.record["preview"]) <= 256, path
        orjson.dumps(email(raw))


def test_every_header_field_has_all_forms(corpora: Path) -> None:
    for path in messages(corpora):
        for part in parse(path.read_bytes()).walk():
            for _, value in part.fields:
                orjson.dumps([form(value) for form in FORMS.values()])


def is_as_expected(raw: bytes, expected: dict[str, Any]) -> bool:
    root = parse(raw)
    parts = list(root.walk())
    numbers = {id(part): number for number, part in enumerate(parts)}
    names = ("text_body", "html_body", "attachments")
    for name, found in zip(names, body.body_lists(root), strict=True):
        if [numbers[id(part)] for part in found] != expected[name]:
            return False
    if len(parts) != len(expected["parts"]):
        return False
    for part, other in zip(parts, expected["parts"], strict=True):
        content = other["body"]
        text = content.get("Text", content.get("Html")) if isinstance(content, dict) else None
        if text is not None and body.body_value(part)["value"].strip() != text.replace("\r\n", "\n").strip():
            return False
    return True


def test_parts_and_texts_beside_another_parser(corpora: Path) -> None:
    folder = corpora / "eml" / "mail-parser"
    differing = set()
    for path in sorted(folder.rglob("*.json")):
        if not is_as_expected(path.with_suffix(".eml").read_bytes(), json.loads(path.read_text())):
            differing.add(str(path.relative_to(folder).with_suffix("")))
    assert sorted(differing - DIFFERENCES.keys()) == []
    assert sorted(DIFFERENCES.keys() - differing) == [], "no longer differ: take them out of the table"
