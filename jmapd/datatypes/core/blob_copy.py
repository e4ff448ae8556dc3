"""Blob/copy (RFC 8620 6.3)."""

from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context
from jmapd.methods.copy import source_account
from jmapd.methods.spec import MISSING, DataType, Method
from jmapd.stores import base
from jmapd.wire import Arguments, Id
from jmapd.wire.errors import Forbidden, NotFound, OverQuota, RequestTooLarge, SetError

CAPABILITY = "urn:ietf:params:jmap:core"
ARGUMENTS: Table = {
    "fromAccountId": ("Id", MISSING),
    "accountId": ("Id", MISSING),
    "blobIds": ("Id[]", MISSING),
}


def blob_copy(context: Context, given: Arguments) -> Arguments:
    """Copies blobs from one account to another, each by itself."""
    args = check_arguments(ARGUMENTS, given, context.strict)
    source = source_account(context, args)
    largest = context.limits.max_objects_in_set
    if len(args["blobIds"]) > largest:
        raise RequestTooLarge(f"maxObjectsInSet is {largest}")
    copied: dict[Id, Id] = {}
    failed: dict[Id, SetError] = {}
    assert context.account is not None
    for blob_id in dict.fromkeys(args["blobIds"]):
        try:
            content = source.blobs.find(blob_id)
            if content is None:
                raise base.RecordNotFound
            copied[blob_id] = context.account.blobs.put(content.read(), content.size)[0]
        except base.RecordNotFound:
            failed[blob_id] = NotFound("there is no such blob in fromAccountId")
        except base.OverQuota as error:
            failed[blob_id] = OverQuota(str(error) or None)
        except base.ReadOnly as error:
            failed[blob_id] = Forbidden(str(error) or None)
    return {
        "fromAccountId": source.id,
        "accountId": args["accountId"],
        "copied": copied or None,
        "notCopied": {blob_id: error.wire() for blob_id, error in failed.items()} or None,
    }


COPY = Method("Blob/copy", CAPABILITY, blob_copy, writes=True, rfc="RFC 8620 6.3", needs_lock=False)
BLOB = DataType("Blob", CAPABILITY, "Blob", (), {}, "RFC 8620 6", extra_methods={COPY.name: COPY})
