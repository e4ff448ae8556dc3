"""Values that are odd somewhere in a request."""

from typing import Any

from tests.fuzz.world import MISSING_BLOB

STRINGS = [
    *(
        "",
        " ",
        "\0",
        "\x1b[31m",
        "a\r\nBcc: eve@example.org",
        "a\nb",
        "\x7f",
        "\u202e",
        "\ufeff",
        "é" * 300,
        "𝒳",
        "\u0130",
    ),
    *("x" * 254, "x" * 256, "x" * 1000, "x y" * 30_000, "../../etc/passwd", "..", ".", "/", "cur", "tmp", "a/b", "a.b"),
    *(
        "#",
        "#a",
        "#k1",
        "#nothing",
        "~",
        "~2",
        "a~1b",
        "*",
        "%s",
        "{0}",
        "null",
        "true",
        "-1",
        "INBOX",
        "inbox",
        "Trash",
    ),
    *(
        "$seen",
        "$Seen",
        "$recent",
        "\\Seen",
        "a b",
        'a"',
        "keyword]",
        "(",
        "k" * 255,
        "k" * 256,
        "trash",
        "archive",
        "none",
    ),
    *("header:X-Any:asText", "header:", "header:From:asDate", "header:From:asText:all", "header:Content-Type:asRaw"),
    *("header:X:asDate:all:all", "header:é", "header:Subject", "header:X-Any:asURLs", "header:Message-ID:asMessageIds"),
    *("keywords/", "keywords/$seen", "keywords/a/b", "mailboxIds/", "mailboxIds/#a", "/keywords", "subject/x", "id"),
    *(
        "M" + "0" * 24,
        MISSING_BLOB,
        "G0",
        MISSING_BLOB + "_1_1",
        MISSING_BLOB[:-1],
        "T" + "0" * 24,
        "alice",
        "bob",
        "team",
        "library",
    ),
    *("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-30T00:00:00Z", "2016-12-31T23:59:60Z", "2026-01-02"),
    *("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05+99:99", "1601-01-01T00:00:00Z", "2026-01-02t03:04:05z"),
    *(
        "=?utf-8?q?=0D=0A?=",
        "<a@b>",
        "a@b, c@d",
        "text/plain; charset=x",
        "multipart/mixed",
        "message/rfc822",
        "text/",
        "//",
    ),
    *("asText", "data:asText", "digest:md5", "utf-16", "7bit", "base64", "attachment", "i;octet", "i;none", "size"),
]
NUMBERS = [0, -1, 1, 2, 255, 256, 2**31, 2**32, 2**53 - 1, 1 - 2**53, 0.5, -0.5, 1e300, 5e-324]
OTHERS: list[Any] = [None, True, False, [], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, [1, "a"], [""], {"x": True}]
NAMES = ["color", "id", "accountId", "operator", "conditions", "create", "subject", "keywords/x", "mailboxIds", "#ids"]
NAMES += [
    "bodyStructure",
    "bodyValues",
    "textBody",
    "attachments",
    "headers",
    "subParts",
    "blobId",
    "partId",
    "charset",
]
NAMES += ["Content-Type", "type", "size", "cid", "name", "parentId", "role", "threadId", "onDestroyRemoveEmails", "bcc"]
