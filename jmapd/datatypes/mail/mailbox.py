"""Mailbox (RFC 8621 2): the table."""

from typing import Any

from jmapd.datatypes.mail.mailbox_query import ARGUMENTS, FILTERS, SORTS, as_tree, is_tree, with_ancestors
from jmapd.datatypes.mail.mailbox_set import ARGUMENTS as SET_ARGUMENTS
from jmapd.datatypes.mail.mailbox_set import before_destroy, validate
from jmapd.methods import sorts
from jmapd.methods.context import Context
from jmapd.methods.spec import Capability, DataType, Hooks, Property
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.delta import Delta

SHARE = Capability("urn:ietf:params:jmap:mail:share", is_announced=False)


def _arrange(context: Context, ids: list[Id], args: Arguments) -> list[Id]:
    """sortAsTree and filterAsTree (2.3)."""
    store = context.store(MAILBOX.store)
    parents = {record["id"]: record["parentId"] for record in store.scan(("id", "parentId"))}
    if args["filterAsTree"]:
        ids = with_ancestors(ids, parents)
    if args["sortAsTree"]:
        order = ids
        if len(ids) < len(parents):  # the mailboxes that the filter left out count, too: as ancestors
            table = store.table()
            order = table.ids(sorts.ordered(context, table, table.live(), sorts.parse(context, MAILBOX, args["sort"])))
        ids = as_tree(ids, order, parents)
    return ids


def _extra_changes(context: Context, delta: Delta) -> dict[str, Any]:
    """updatedProperties (2.2): the counts, when nothing else has changed."""
    return {"updatedProperties": delta.updated_properties}


def _share_with(context: Context, record: Record, name: str) -> None:
    """Nobody yet."""


MAILBOX = DataType(
    "Mailbox",
    "urn:ietf:params:jmap:mail",
    store="Mailbox",
    methods=("get", "changes", "set", "query", "queryChanges"),
    rfc="RFC 8621 2",
    sections={
        "get": "RFC 8621 2.1",
        "changes": "RFC 8621 2.2",
        "query": "RFC 8621 2.3",
        "queryChanges": "RFC 8621 2.4",
        "set": "RFC 8621 2.5",
    },
    properties={
        "id": Property("Id", immutable=True, server_set=True),
        "name": Property("String"),
        "parentId": Property("Id|null", default=None, ref="Mailbox"),
        "role": Property("String|null", default=None),
        "sortOrder": Property("UnsignedInt", default=0),
        "totalEmails": Property("UnsignedInt", server_set=True),
        "unreadEmails": Property("UnsignedInt", server_set=True),
        "totalThreads": Property("UnsignedInt", server_set=True),
        "unreadThreads": Property("UnsignedInt", server_set=True),
        "myRights": Property("MailboxRights", server_set=True),
        "isSubscribed": Property("Boolean", default=True),
        # draft-ietf-jmap-mail-sharing-01
        "shareWith": Property(
            "Id[MailboxRights]|null", server_set=True, stored=False, computed=_share_with, capability=SHARE.urn
        ),
    },
    filters=FILTERS,
    sorts=SORTS,
    arguments={"query": ARGUMENTS, "set": SET_ARGUMENTS},
    arranged=is_tree,
    arranged_by=("parentId",),
    hooks=Hooks(arrange=_arrange, extra_changes=_extra_changes, validate=validate, before_destroy=before_destroy),
    capabilities=(SHARE,),
)
