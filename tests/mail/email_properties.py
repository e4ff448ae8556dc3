"""The property names of RFC 8621 4.1 as its text lists them, for tests that ask for many."""

METADATA = ["id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt"]
HEADERS = ["messageId", "inReplyTo", "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject", "sentAt"]
SUMMARY = ["hasAttachment", "preview"]
LISTS = ["textBody", "htmlBody", "attachments"]
STORED = METADATA + HEADERS + SUMMARY
BODY_PART = [
    "partId",
    "blobId",
    "size",
    "headers",
    "name",
    "type",
    "charset",
    "disposition",
    "cid",
    "language",
    "location",
    "subParts",
]
