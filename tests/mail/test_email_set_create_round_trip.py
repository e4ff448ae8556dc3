"""Whatever an Email was created of, Email/get answers it (RFC 8621 4.1, 4.6); other readers see it as well."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import MailHost
from tests.mail.composing import blob, create, get, stdlib, upload, wire

pytestmark = pytest.mark.rfc("8621", "4.6")

WORD = st.text("abcXYZ019äßя日 -_.,;:()\"'\\=?@<>[]%*+/", max_size=60).map(lambda text: " ".join(text.split()))
NAME = WORD.map(str.strip).filter(bool)
ATOM = st.text("abc019-", min_size=1, max_size=12)
EMAIL = st.builds(lambda local, domain: f"{local}@{domain}.example", ATOM, ATOM)
ADDRESSES = st.lists(st.fixed_dictionaries({"name": st.none() | NAME, "email": EMAIL}), min_size=1, max_size=4)
IDS = st.lists(EMAIL, min_size=1, max_size=5)
DATE = st.datetimes().filter(lambda when: 1900 < when.year < 9998).map(lambda when: f"{when:%Y-%m-%dT%H:%M:%S}-02:30")
DATE = DATE.map(lambda text: text.rjust(25, "0"))
RAW = st.lists(st.text("abcä;=", min_size=1, max_size=60), min_size=1, max_size=4).map("\r\n ".join)
URLS = st.lists(st.builds(lambda path: f"https://example.org/{path}", ATOM), min_size=1, max_size=3)
GROUPS = st.lists(st.fixed_dictionaries({"name": NAME, "addresses": ADDRESSES}), min_size=1, max_size=3)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("from", "sender", "to", "cc", "bcc", "replyTo", "header:X-People:asAddresses"), ADDRESSES),
        **dict.fromkeys(("messageId", "inReplyTo", "references", "header:X-Ids:asMessageIds"), IDS),
        **dict.fromkeys(("subject", "header:Comments:asText", "header:x-words:asText"), WORD),
        **dict.fromkeys(("sentAt", "header:X-When:asDate"), DATE),
        "header:X-Groups:asGroupedAddresses": GROUPS,
        "header:List-Post:asURLs": URLS,
        "header:X-Raw": RAW,
        "header:X-Raws:all": st.lists(RAW, max_size=3),
        "header:X-Texts:asText:all": st.lists(WORD, max_size=3),
        "header:X-Dates:asDate:all": st.lists(DATE, max_size=3),
    },
)

LINE = st.text("abc =.ä日\t\x00\x1b\r", max_size=90) | st.sampled_from(["From x", ".", "--", "-- ", "--=_", "x" * 1000])
TEXT = st.lists(LINE, max_size=8).map("\n".join)
OCTETS = st.binary(max_size=40) | TEXT.map(str.encode) | TEXT.map(lambda text: text.replace("\n", "\r\n").encode())
COMMON = {
    "name": st.none() | NAME,
    "disposition": st.sampled_from([None, "attachment", "inline", "x-own"]),
    "cid": st.none() | EMAIL,
    "language": st.none() | st.lists(st.sampled_from(["de", "en-GB"]), min_size=1, max_size=2),
    "location": st.none() | st.builds(lambda path: f"https://example.org/{path * 9}", ATOM),
    "header:X-Part:asText": st.none() | WORD,
}
TEXTS = st.fixed_dictionaries(
    {"value": TEXT, "type": st.sampled_from(["text/plain", "text/html", "text/x-own"]), **COMMON}
)
BLOBS = st.fixed_dictionaries(
    {
        "content": OCTETS,
        "type": st.sampled_from(["image/png", "text/plain", "application/pdf", "message/global"]),
        **COMMON,
    }
)
TREES = st.recursive(
    TEXTS | BLOBS,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["multipart/mixed", "multipart/alternative", "multipart/digest", "multipart/related"]),
         "subParts": st.lists(inner, min_size=1, max_size=3), **COMMON}
    ),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> MailHost:
    return MailHost(Path(tmp_path_factory.mktemp("host")))


@settings(max_examples=60)
@given(given=HEADERS)
def test_header_properties(host: MailHost, given: dict[str, Any]) -> None:
    created = create(host, **given)
    found = get(host, created, *given)
    assert {name: found[name] for name in given} == given
    raw = [header["name"] for header in get(host, created, "headers")["headers"]]
    count = sum(len(value) if name.endswith(":all") else 1 for name, value in given.items())
    assert len(raw) == count + 5 - ("messageId" in given) - ("sentAt" in given)
    message = stdlib(wire(host, created))
    assert len(message.items()) == len(raw)


def posted(host: MailHost, tree: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The tree as an EmailBodyPart; texts go to `values`, contents to blobs."""
    part = {name: value for name, value in tree.items() if name not in ("value", "content", "subParts")}
    if "value" in tree:
        part["partId"] = f"p{len(values)}"
        values[part["partId"]] = {"value": tree["value"]}
    elif "content" in tree:
        part["blobId"] = upload(host, tree["content"])
    else:
        part["subParts"] = [posted(host, each, values) for each in tree["subParts"]]
    return part


def check(host: MailHost, found: dict[str, Any], tree: dict[str, Any], values: dict[str, Any]) -> None:
    for name in ("type", *COMMON):
        assert found[name] == tree[name]
    if "subParts" in tree:
        assert found["partId"] is None and found["blobId"] is None
        assert len(found["subParts"]) == len(tree["subParts"])
        for inner, wanted in zip(found["subParts"], tree["subParts"], strict=True):
            check(host, inner, wanted, values)
        return
    content = blob(host, found["blobId"])
    assert len(content) == found["size"]
    if "content" in tree:
        assert content == tree["content"]
    else:
        value = values[found["partId"]]
        assert value == {"value": tree["value"].replace("\r\n", "\n"), "isEncodingProblem": False, "isTruncated": False}
        assert content.decode(found["charset"]).replace("\r\n", "\n") == value["value"]


def leaves(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [leaf for each in tree["subParts"] for leaf in leaves(each)] if "subParts" in tree else [tree]


def same(message: EmailMessage, tree: dict[str, Any]) -> None:
    """As Python's reader sees it."""
    parts = [part for part in message.walk() if not part.is_multipart()]
    for part, leaf in zip(parts, leaves(tree), strict=True):
        assert part.get_content_type() == leaf["type"] and (part.get_filename() or None) == leaf["name"]
        content = part.get_payload(decode=True)
        if "content" in leaf:
            assert content == leaf["content"]
        else:
            assert content.decode().replace("\r\n", "\n") == leaf["value"].replace("\r\n", "\n")


@settings(max_examples=60)
@given(tree=TREES)
def test_body_structure(host: MailHost, tree: dict[str, Any]) -> None:
    values: dict[str, Any] = {}
    created = create(host, bodyStructure=posted(host, tree, values), bodyValues=values)
    asked = ["partId", "blobId", "size", "type", "charset", *COMMON]
    found = get(host, created, "bodyStructure", "bodyValues", bodyProperties=asked)
    check(host, found["bodyStructure"], tree, found["bodyValues"])
    data = wire(host, created)
    assert max(map(len, data.split(b"\r\n"))) <= 998 and data.isascii()
    if not any(leaf["type"] == "message/global" for leaf in leaves(tree)):
        same(stdlib(data), tree)
