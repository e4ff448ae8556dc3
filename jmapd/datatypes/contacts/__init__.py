"""urn:ietf:params:jmap:contacts (RFC 9610)."""

from jmapd.datatypes.contacts.address_book import ADDRESS_BOOK
from jmapd.datatypes.contacts.contact_card import CONTACT_CARD

DATATYPES = (ADDRESS_BOOK, CONTACT_CARD)
