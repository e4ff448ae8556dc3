"""Real and broken messages of the corpora: each is indexed and fetched whole, without an error."""

import os
from pathlib import Path

import pytest

from tests.mail.email_properties import BODY_PART, STORED

pytestmark = [pytest.mark.rfc("8621", "4.1"), pytest.mark.rfc("8621", "4.2")]

ROOT = (
    Path(os.environ.get("JMAPD_CORPORA") or Path(__file__).parents[2] / ".." / "shared" / "corpora").resolve() / "eml"
)
SOURCES = sorted(path.name for path in ROOT.iterdir() if path.is_dir()) if ROOT.is_dir() else []

BODY_PROPERTIES = [*BODY_PART, "header:Content-Type:asText", "header:Content-ID:asMessageIds"]
FROM_FILE = ["headers", "bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments"]
FORMS = [
    "header:From",
    "header:From:asAddresses:all",
    "header:From:asGroupedAddresses:all",
    "header:To:asGroupedAddresses:all",
    "header:Cc:asAddresses:all",
    "header:Subject:asText:all",
    "header:Date:asDate:all",
    "header:Message-ID:asMessageIds:all",
    "header:References:asMessageIds:all",
    "header:Received:all",
    "header:List-Id:asText",
    "header:List-Unsubscribe:asURLs",
    "header:X-Mailer:asText:all",
    "header:X-Mailer:asDate",
    "header:X-Mailer:asURLs",
    "header:X-Mailer:asAddresses",
]
PAIRS = {
    "from": "header:From:asAddresses:all",
    "subject": "header:Subject:asText:all",
    "sentAt": "header:Date:asDate:all",
    "messageId": "header:Message-ID:asMessageIds:all",
    "references": "header:References:asMessageIds:all",
    "cc": "header:Cc:asAddresses:all",
}


@pytest.mark.parametrize("source", SOURCES)
def test_fetched_whole(mailhost, source):
    files = sorted(file for file in (ROOT / source).rglob("*.eml") if file.is_file())
    assert files
    digests = set()
    for file in files:
        data = file.read_bytes()
        mailhost.deliver(data)
        digests.add(data.replace(b"\r\n", b"\n"))
    ids = mailhost.ids()
    while len(ids) < len(more := mailhost.ids()):  # a request answers with what is indexed by then
        ids = more
    assert len(digests) <= len(ids) <= len(files)
    for start in range(0, len(ids), 50):
        emails = fetch(mailhost, ids[start : start + 50])
        for email in emails:
            check(email)


def fetch(mailhost, ids):
    """All there is of these messages."""
    arguments = {
        "ids": ids,
        "properties": STORED + FROM_FILE + FORMS,
        "bodyProperties": BODY_PROPERTIES,
        "fetchAllBodyValues": True,
    }
    answer = mailhost.call("Email/get", arguments)
    assert answer["notFound"] == []
    assert len(answer["list"]) == len(ids)
    return answer["list"]


def check(email):
    """What holds for any message."""
    assert sorted(email) == sorted(STORED + FROM_FILE + FORMS)
    # RFC 8621 4.1.3: the same value by the two ways, one from the index, one from the file.
    for name, header in PAIRS.items():
        assert email[name] == (email[header] or [None])[-1], (email["id"], name)
    assert len(email["preview"]) <= 256
    parts = list(leaves(email["bodyStructure"]))
    ids = [part["partId"] for part in parts]
    assert len(set(ids)) == len(ids)
    assert all(part["blobId"] and part["size"] >= 0 for part in parts)
    shown = email["textBody"] + email["htmlBody"] + email["attachments"]
    assert {part["partId"] for part in shown} == set(ids)  # each part can be reached by the simple lists
    assert set(email["bodyValues"]) == {part["partId"] for part in parts if part["type"].startswith("text/")}
    assert not any(value["isTruncated"] for value in email["bodyValues"].values())


def leaves(part):
    """The parts that are not multipart/*."""
    if part["type"].startswith("multipart/"):
        assert part["partId"] is part["blobId"] is None
        for child in part["subParts"]:
            yield from leaves(child)
    else:
        assert part["subParts"] is None
        yield part
