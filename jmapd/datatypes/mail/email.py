"""Email (RFC 8621 4): the table."""

from jmapd.datatypes.mail import email_copy, email_get, email_report, email_set_create
from jmapd.datatypes.mail.email_body import ARGUMENTS
from jmapd.datatypes.mail.email_header import is_header_property
from jmapd.datatypes.mail.email_import import email_import, prepare
from jmapd.datatypes.mail.email_parse import email_parse
from jmapd.datatypes.mail.email_query import FILTERS, SORTS
from jmapd.datatypes.mail.email_set_update import validate
from jmapd.datatypes.mail.mail_capability import CAPABILITY
from jmapd.methods.spec import DataType, Hooks, Method, Property

MAIL = "urn:ietf:params:jmap:mail"

# 4.1.1; the index has them.
METADATA = {
    "id": Property("Id", immutable=True, server_set=True),
    "blobId": Property("Id", immutable=True, server_set=True),
    "threadId": Property("Id", immutable=True, server_set=True),
    "mailboxIds": Property("Id[Boolean]", ref="Mailbox"),
    "keywords": Property("String[Boolean]", default={}, key=str.lower),
    "size": Property("UnsignedInt", immutable=True, server_set=True),
    "receivedAt": Property("UTCDate", immutable=True, default=None),
}

# 4.1.3: of the message's header fields.
HEADERS = {
    "headers": Property(
        "EmailHeader[]", immutable=True, stored=False, computed=email_get.all_headers, by_default=False
    ),
    "header:*": Property(
        "*", immutable=True, stored=False, computed=email_get.header, by_default=False, dynamic=is_header_property
    ),
    "messageId": Property("String[]|null", immutable=True, default=None),
    "inReplyTo": Property("String[]|null", immutable=True, default=None),
    "references": Property("String[]|null", immutable=True, default=None),
    "sender": Property("EmailAddress[]|null", immutable=True, default=None),
    "from": Property("EmailAddress[]|null", immutable=True, default=None),
    "to": Property("EmailAddress[]|null", immutable=True, default=None),
    "cc": Property("EmailAddress[]|null", immutable=True, default=None),
    "bcc": Property("EmailAddress[]|null", immutable=True, default=None),
    "replyTo": Property("EmailAddress[]|null", immutable=True, default=None),
    "subject": Property("String|null", immutable=True, default=None),
    "sentAt": Property("Date|null", immutable=True, default=None),
}

# 4.1.4: of its body.
BODY = {
    "bodyStructure": Property(
        "EmailBodyPart", immutable=True, stored=False, computed=email_get.body_structure, by_default=False
    ),
    "bodyValues": Property("String[EmailBodyValue]", immutable=True, stored=False, computed=email_get.body_values),
    "textBody": Property("EmailBodyPart[]", immutable=True, stored=False, computed=email_get.text_body),
    "htmlBody": Property("EmailBodyPart[]", immutable=True, stored=False, computed=email_get.html_body),
    "attachments": Property("EmailBodyPart[]", immutable=True, stored=False, computed=email_get.attachments),
    "hasAttachment": Property("Boolean", immutable=True, server_set=True),
    "preview": Property("String", immutable=True, server_set=True),
}

EMAIL = DataType(
    "Email",
    MAIL,
    store="Email",
    methods=("get", "changes", "set", "copy", "query", "queryChanges"),
    rfc="RFC 8621 4",
    sections={
        "get": "RFC 8621 4.2",
        "changes": "RFC 8621 4.3",
        "query": "RFC 8621 4.4",
        "queryChanges": "RFC 8621 4.5",
        "set": "RFC 8621 4.6",
        "copy": "RFC 8621 4.7",
    },
    properties=METADATA | HEADERS | BODY,
    filters=FILTERS,
    sorts=SORTS,
    arguments={"get": ARGUMENTS},
    collapse=("collapseThreads", "threadId"),
    capabilities=(CAPABILITY,),
    hooks=Hooks(
        validate=validate,
        prepare_create=email_set_create.prepare,
        commit_create=email_set_create.commit,
        prepare_copy=email_copy.prepare,
        commit_copy=email_copy.commit,
        prepare_get=email_get.check_arguments,
        after_set=email_report.report,
    ),
    extra_methods={
        "Email/import": Method(
            "Email/import", MAIL, email_import, writes=True, rfc="RFC 8621 4.8", store="Email", prepare=prepare
        ),
        "Email/parse": Method("Email/parse", MAIL, email_parse, writes=False, rfc="RFC 8621 4.9"),
    },
)
