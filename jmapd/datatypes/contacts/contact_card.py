"""ContactCard (RFC 9610 3): a JSContact Card (RFC 9553) with id and addressBookIds. Its properties are checked by
formats/jscontact; which names there are is open (RFC 9553 1.7.4).
"""

from collections.abc import Mapping
from typing import Protocol, cast

from jmapd.datatypes.contacts import contact_card_copy, contact_card_parse, contact_card_query, contact_card_set
from jmapd.datatypes.contacts.contact_card_parse import PARSE, is_property
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Hooks, Method, Property
from jmapd.wire import Id, Record


class Cards(Protocol):
    """What the store tells beside the records."""

    def whole(self, id: Id) -> Id | None:
        """The blobId of the card's own part of its file."""


def _blob_id(context: Context, record: Record, name: str) -> Id | None:
    return cast(Cards, context.store("ContactCard")).whole(record["id"])


PROPERTIES: Mapping[str, Property] = {
    "id": Property("Id", server_set=True, immutable=True),
    "addressBookIds": Property("Id[Boolean]", ref="AddressBook"),
    "uid": Property("String", immutable=True, optional=True),  # the id is made of it
    # the vCard as a blob: ours, so it is there only with what is ours, too
    "blobId": Property("Id", server_set=True, stored=False, computed=_blob_id, by_default=False, capability=PARSE),
    "*": Property("*", optional=True, dynamic=is_property),
}

CONTACT_CARD = DataType(
    "ContactCard",
    "urn:ietf:params:jmap:contacts",
    store="ContactCard",
    methods=("get", "changes", "query", "queryChanges", "set", "copy"),
    rfc="RFC 9610 3",
    sections={
        "get": "RFC 9610 3.1",
        "changes": "RFC 9610 3.2",
        "query": "RFC 9610 3.3",
        "queryChanges": "RFC 9610 3.4",
        "set": "RFC 9610 3.5",
        "copy": "RFC 9610 3.6",
    },
    properties=PROPERTIES,
    filters=contact_card_query.FILTERS,
    sorts=contact_card_query.SORTS,
    hooks=Hooks(
        validate=contact_card_set.validate,
        before_destroy=contact_card_set.before_destroy,
        prepare_create=contact_card_set.prepare_create,
        prepare_update=contact_card_set.prepare_update,
        prepare_copy=contact_card_copy.prepare,
        commit_copy=contact_card_copy.commit,
    ),
    extra_methods={
        "ContactCard/parse": Method(
            "ContactCard/parse",
            PARSE,
            contact_card_parse.contact_card_parse,
            writes=False,
            rfc="RFC 9555 2",
            store="ContactCard",
        )
    },
    is_open=True,
    unique="uid",
)
