"""EmailSubmission (RFC 8621 7): the table."""

from jmapd.datatypes.submission import email_submission_set as setting
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Hooks, Property, Sort
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date


def _within(name: str) -> Filter:
    return Filter("Id[]", match=lambda context, record, value: record[name] in value, reads=(name,))


def _is_before(context: Context, record: Record, value: str) -> bool:
    return parse_utc_date(record["sendAt"]) < parse_utc_date(value)


def _is_after(context: Context, record: Record, value: str) -> bool:
    return not _is_before(context, record, value)


def _by(name: str) -> Sort:
    return Sort(key=lambda context, record, arguments: record[name], reads=(name,))


EMAIL_SUBMISSION = DataType(
    "EmailSubmission",
    "urn:ietf:params:jmap:submission",
    store="EmailSubmission",
    methods=("get", "changes", "query", "queryChanges", "set"),
    rfc="RFC 8621 7",
    sections={
        "get": "RFC 8621 7.1",
        "changes": "RFC 8621 7.2",
        "query": "RFC 8621 7.3",
        "queryChanges": "RFC 8621 7.4",
        "set": "RFC 8621 7.5",
    },
    properties={
        "id": Property("Id", immutable=True, server_set=True),
        "identityId": Property("Id", immutable=True, ref="Identity"),
        "emailId": Property("Id", immutable=True, ref="Email"),
        "threadId": Property("Id", immutable=True, server_set=True),
        "envelope": Property("Envelope|null", default=None, immutable=True),
        "sendAt": Property("UTCDate", immutable=True, server_set=True),
        "undoStatus": Property("String", default="pending"),
        "deliveryStatus": Property("String[DeliveryStatus]|null", server_set=True),
        "dsnBlobIds": Property("Id[]", server_set=True),
        "mdnBlobIds": Property("Id[]", server_set=True),
    },
    filters={
        "identityIds": _within("identityId"),
        "emailIds": _within("emailId"),
        "threadIds": _within("threadId"),
        "undoStatus": Filter(
            "String", match=lambda context, record, value: record["undoStatus"] == value, reads=("undoStatus",)
        ),
        "before": Filter("UTCDate", match=_is_before, reads=("sendAt",)),
        "after": Filter("UTCDate", match=_is_after, reads=("sendAt",)),
    },
    # 7.3 calls it sentAt, which is no property; clients use either name
    sorts={"emailId": _by("emailId"), "threadId": _by("threadId"), "sentAt": _by("sendAt"), "sendAt": _by("sendAt")},
    arguments={"set": setting.ARGUMENTS},
    hooks=Hooks(
        validate=setting.validate,
        before_destroy=setting.before_destroy,
        prepare_create=setting.prepare,
        commit_create=setting.commit,
        after_set=setting.after_set,
    ),
)
