"""Whatever a client sends as an Email is made, or refused with a SetError; nothing in it fails (RFC 8620 5.3)."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import MailHost
from tests.mail.composing import record, upload, wire

pytestmark = pytest.mark.rfc("8620", "5.3")

PART_NAMES = [
    "partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location", "subParts",
    "headers", "header:Content-Type", "header:Content-Type:asText:all", "header:Content-ID", "header:X:asAddresses",
    "header:Content-Disposition", "header:Subject", "header:Date:asDate", "header:", "header:X:all", "",
]  # fmt: skip
NAMES = [
    "from", "to", "subject", "messageId", "sentAt", "headers", "header:X", "header:X:all", "header:Message-ID",
    "header:To:asGroupedAddresses", "header:MIME-Version", "header:Date", "keywords", "receivedAt", "bodyStructure",
    "textBody", "htmlBody", "attachments", "bodyValues",
]  # fmt: skip
STRINGS = st.sampled_from(
    ["", "t", "h", "BLOB", "text/plain", "text/html", "multipart/mixed", "multipart/digest", "message/rfc822", "utf-8",
     "inline", "a@example.org", " multipart/mixed; boundary=x; charset=y; a=b", " text/plain;;charset", "\r\n x", "\0",
     "2020-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "é" * 500, "x" * 1200, '"', ";", "=?utf-8?q?=00?="]
) | st.text(max_size=8)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 5) | STRINGS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PART_NAMES, "value", "isTruncated", "name", "email", "addresses"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
BASES = st.sampled_from([{"partId": "t"}, {"partId": "h"}, {"blobId": "BLOB"}, {"subParts": [{"partId": "h"}]}, {}])


def changed(base: st.SearchStrategy[dict[str, Any]], names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """With up to three properties of any kind."""
    more = st.dictionaries(st.sampled_from(names), VALUES, max_size=3)
    return st.builds(lambda one, two: one | two, base, more)


PARTS = changed(BASES, PART_NAMES)
LISTS = st.lists(PARTS, max_size=3)
BODIES = st.one_of(
    st.builds(lambda part: {"bodyStructure": part}, PARTS),
    st.builds(lambda parts: {"bodyStructure": {"subParts": parts}}, LISTS),
    st.builds(lambda parts: {"textBody": [{"partId": "t"}], "attachments": parts}, LISTS),
    st.builds(lambda text, html: {"textBody": [text], "htmlBody": [html]}, PARTS, PARTS),
)
TEXTS = st.just({"bodyValues": {"t": {"value": "x"}, "h": {"value": "é\r"}}})
EMAILS = st.builds(lambda one, two: one | two, TEXTS, BODIES) | changed(TEXTS, NAMES)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> MailHost:
    return MailHost(Path(tmp_path_factory.mktemp("host")))


def with_blob(value: Any, blob_id: str) -> Any:
    if isinstance(value, dict):
        return {name: with_blob(member, blob_id) for name, member in value.items()}
    if isinstance(value, list):
        return [with_blob(member, blob_id) for member in value]
    return blob_id if value == "BLOB" else value


@settings(max_examples=150)
@given(email=EMAILS)
def test_made_or_refused(host: MailHost, email: dict[str, Any]) -> None:
    blob_id = upload(host, b"From: a@example.org\n\nx")
    answer = host.call("Email/set", {"create": {"k": record(host, **with_blob(email, blob_id))}})
    if answer["created"]:
        wire(host, answer["created"]["k"])
        return
    error = answer["notCreated"]["k"]
    assert error["type"] in ("invalidProperties", "blobNotFound") and (error.get("properties") or error.get("notFound"))
    assert all(name.split("/")[0] in email for name in error.get("properties", ()))
    assert not list(host.root.rglob("tmp/*"))
