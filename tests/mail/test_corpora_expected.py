"""Email/get and Email/parse beside the answers that another server is known to give for the same messages.

Its opinion is not the law: DIFFERENCES has what we answer otherwise, and why. It may only get shorter.
"""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

pytestmark = [pytest.mark.rfc("8621", "4.2"), pytest.mark.rfc("8621", "4.9")]

ROOT = Path(os.environ.get("JMAPD_CORPORA") or Path(__file__).parents[2] / ".." / "shared" / "corpora").resolve()
FOLDER = ROOT / "eml" / "stalwart-jmap"
CASES = sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("email_[gp]*/*.json"))
# Each server's own; sizes are those of the wire form here and of the file, with LF, there.
NOT_COMPARED = {"id", "blobId", "threadId", "mailboxIds", "keywords", "receivedAt", "size"}
LIMIT = 100  # the maxBodyValueBytes that the expected answers were made with

COMMENT = "RFC 8621 4.1.2.3: a comment is the name only when there is no display-name; they append it"
QUOTED = "RFC 8621 4.1.2.3: white space at the ends of a quoted-string's content is removed"
NAMES = "RFC 8621 4.1.3: field names as they are in the message; they spell well-known ones in their own way"
CUT = "RFC 8621 4.1.4 leaves previews to the server, up to 256 characters; theirs end sooner, with dots"
ENRICHED = "RFC 8621 4.2: fetchAllBodyValues means any text/* part, text/enriched too"
MEDIA = "RFC 8621 4.1.4: inline images and sounds are in textBody and htmlBody, so not in attachments"
INLINE = "RFC 8621 4.1.4: the only attachment has Content-Disposition: inline"
LISTS = [f":as{form}Addresses{which}" for form in ("", "Grouped") for which in ("", ":all")]
HEADERS = (
    {"from": COMMENT, "to": QUOTED}
    | {f"header:From{form}": COMMENT for form in LISTS}
    | {f"header:To{form}": QUOTED for form in LISTS}
    | {f"header:X-AddressesGroup-Single{form}": COMMENT for form in LISTS}
)
DIFFERENCES: dict[str, dict[str, str]] = {
    "email_get/headers": HEADERS,
    "email_get/message_attachment": {"hasAttachment": INLINE},
    "email_get/multipart_mixed": {
        "bodyStructure": f"{NAMES}. RFC 8621 4.1.4: no charset for what is not text/*",
        "bodyValues": ENRICHED,
        "textBody": MEDIA,
        "htmlBody": MEDIA,
        "attachments": MEDIA,
        "preview": CUT,
    },
    "email_get/multipart_related": {
        "bodyStructure": f"{NAMES}. RFC 8621 4.1.2.1: a Raw value keeps the space at its end",
        "preview": CUT,
    },
    "email_get/single_part": {"preview": CUT},
    "email_parse/attachment": {"to": COMMENT, "bodyStructure": NAMES, "attachments": MEDIA, "preview": CUT},
    "email_parse/headers": HEADERS,
}


@pytest.mark.parametrize("case", CASES)
def test_expected(mailhost, case):
    expected = json.loads((FOLDER / f"{case}.json").read_text())
    answer = ask(mailhost, case, expected)
    ours, theirs = comparable(answer), comparable(expected)
    found = {name for name in theirs if ours.get(name) != theirs[name]}
    assert found == set(DIFFERENCES.get(case, ()))


def ask(mailhost, case, expected):
    """The Email as we answer it, with the properties that are expected."""
    properties = [name for name in expected if name not in NOT_COMPARED]
    arguments = {
        "properties": properties,
        "bodyProperties": sorted(set(part_properties(expected))),
        "fetchAllBodyValues": True,
        "maxBodyValueBytes": LIMIT,
    }
    mailhost.deliver((FOLDER / f"{case}.eml").read_bytes())
    if case.startswith("email_get"):
        [email] = mailhost.call("Email/get", {"ids": mailhost.ids(), **arguments})["list"]
        return email
    [outer] = mailhost.call("Email/get", {"ids": mailhost.ids(), "properties": ["blobId", "attachments"]})["list"]
    blob_id = outer["blobId"]
    if "attachment" in case:
        blob_id = next(part["blobId"] for part in outer["attachments"] if part["type"] == "message/rfc822")
    [email] = mailhost.call("Email/parse", {"blobIds": [blob_id], **arguments})["parsed"].values()
    return email


def part_properties(email):
    """The body properties that some part of the expected answer has."""
    parts = [email.get("bodyStructure") or {}]
    for name in ("textBody", "htmlBody", "attachments"):
        parts += email.get(name) or ()
    for part in parts:
        parts += part.get("subParts") or ()
        yield from part


def comparable(email):
    """Without what is null, without ids; parts are numbered in their order, for each server numbers as it likes.

    Also alike: Dates of one moment, line ends in Raw values, white space in previews, dots where a value was cut.
    """
    numbers: dict[str, int] = {}
    for name in ("bodyStructure", "textBody", "htmlBody", "attachments"):
        for part in part_ids(email.get(name) or {}):
            numbers.setdefault(part, len(numbers))
    out = stripped(email, numbers)
    for name, value in out.items():
        if name == "bodyValues":
            out[name] = {numbers[key]: uncut(each) for key, each in value.items()}
        elif name == "preview":
            out[name] = " ".join(value.split())
        elif name == "sentAt" or ":asDate" in name:
            dates = value if isinstance(value, list) else [value]
            out[name] = [date and datetime.fromisoformat(date).timestamp() for date in dates]
    return out


def uncut(body_value):
    """A cut value without its last octets, which are where servers differ."""
    if body_value["isTruncated"]:
        return body_value | {"value": body_value["value"].removesuffix("...")[: LIMIT * 9 // 10]}
    return body_value


def part_ids(value):
    """The ids of all parts in a part or a list of parts, in order."""
    if isinstance(value, list):
        for part in value:
            yield from part_ids(part)
    else:
        if value.get("partId") is not None:
            yield value["partId"]
        yield from part_ids(value.get("subParts") or [])


def stripped(value, numbers):
    """The value in which parts have numbers for their ids, and nothing is null."""
    if isinstance(value, list):
        return [stripped(item, numbers) for item in value]
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if not isinstance(value, dict):
        return value
    kept = {name: item for name, item in value.items() if item is not None and name not in NOT_COMPARED}
    kept = {name: stripped(item, numbers) for name, item in kept.items()}
    if "partId" in kept:
        kept["partId"] = numbers[kept["partId"]]
    return kept
