"""Email/query and /queryChanges (RFC 8621 4.4, 4.5): the filters and the sorts, all of them looked up in the index."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.datatypes.mail.email_query_header import header_candidates, header_matches, names_only
from jmapd.formats.message.base_subject import base_subject
from jmapd.index.mail import MailIndex
from jmapd.index.search_terms import MAX_TEXT
from jmapd.index.text import FIELDS
from jmapd.methods.context import Context
from jmapd.methods.spec import Array, Filter, Sort
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.dates import parse_date
from jmapd.wire.errors import InvalidArguments, UnsupportedFilter

_FRACTION = re.compile(r"\.\d*[1-9]")


def _index(context: Context) -> MailIndex:
    store: Any = context.store("Email")
    index: MailIndex = store.index
    return index


def _in_mailbox(context: Context, id: Id) -> BitMap:
    return _index(context).mailbox(id)


def _in_mailbox_other_than(context: Context, ids: list[Id]) -> BitMap:
    index, excluded = _index(context), set(ids)
    others = [index.mailbox(id) for id in context.store("Mailbox").ids() if id not in excluded]
    return BitMap.union(*others) if others else BitMap()


def _seconds(context: Context, date: str) -> int:
    """receivedAt has whole seconds: at or after 10.2 s is at or after 11 s, and before 10.2 s is before 11 s.

    A UTCDate ends with Z; other offsets, as some clients send them, are taken unless `strict`.
    """
    if context.strict and not date.endswith("Z"):
        raise InvalidArguments("'filter': 'before' and 'after' must be in UTC")
    fraction = _FRACTION.search(date)
    return parse_date(date)[0] + (fraction is not None)


def _before(context: Context, date: str) -> BitMap:
    return _index(context).received(None, _seconds(context, date))


def _after(context: Context, date: str) -> BitMap:
    return _index(context).received(_seconds(context, date), None)


def _min_size(context: Context, size: int) -> BitMap:
    return _index(context).sized(size, None)


def _max_size(context: Context, size: int) -> BitMap:
    return _index(context).sized(None, size)


def _has_keyword(context: Context, keyword: str) -> BitMap:
    return _index(context).keyword(keyword.lower())


def _not_keyword(context: Context, keyword: str) -> BitMap:
    index = _index(context)
    return index.live() - index.keyword(keyword.lower())


def _all_in_thread(context: Context, keyword: str) -> BitMap:
    return _index(context).threads_with_keyword(keyword.lower())[1]


def _some_in_thread(context: Context, keyword: str) -> BitMap:
    return _index(context).threads_with_keyword(keyword.lower())[0]


def _none_in_thread(context: Context, keyword: str) -> BitMap:
    index = _index(context)
    return index.live() - index.threads_with_keyword(keyword.lower())[0]


def _has_attachment(context: Context, value: bool) -> BitMap:
    index = _index(context)
    return index.attachments() if value else index.live() - index.attachments()


def _search(*fields: str) -> Callable[[Context, str], BitMap]:
    def rows(context: Context, text: str) -> BitMap:
        store: Any = context.store("Email")
        if not text.strip():  # no token, so none that must be present
            live: BitMap = store.index.live()
            return live
        if len(text) > MAX_TEXT:
            raise UnsupportedFilter(f"a search text has at most {MAX_TEXT} characters")
        found: BitMap = store.search(fields, text)
        return found

    return rows


_KEYWORDS, _THREAD = ("keywords",), ("keywords", "threadId")

FILTERS = {
    "inMailbox": Filter("Id", rows=_in_mailbox, reads=("mailboxIds",)),
    "inMailboxOtherThan": Filter("Id[]", rows=_in_mailbox_other_than, reads=("mailboxIds",)),
    "before": Filter("Date", rows=_before, reads=("receivedAt",)),
    "after": Filter("Date", rows=_after, reads=("receivedAt",)),
    "minSize": Filter("UnsignedInt", rows=_min_size, reads=("size",)),
    "maxSize": Filter("UnsignedInt", rows=_max_size, reads=("size",)),
    "allInThreadHaveKeyword": Filter("String", rows=_all_in_thread, reads=_THREAD, by_group=True),
    "someInThreadHaveKeyword": Filter("String", rows=_some_in_thread, reads=_THREAD, by_group=True),
    "noneInThreadHaveKeyword": Filter("String", rows=_none_in_thread, reads=_THREAD, by_group=True),
    "hasKeyword": Filter("String", rows=_has_keyword, reads=_KEYWORDS),
    "notKeyword": Filter("String", rows=_not_keyword, reads=_KEYWORDS),
    "hasAttachment": Filter("Boolean", rows=_has_attachment, reads=("hasAttachment",)),
    "text": Filter("String", rows=_search(*FIELDS), reads=("headers", "bodyStructure")),
    "from": Filter("String", rows=_search("from"), reads=("from",)),
    "to": Filter("String", rows=_search("to"), reads=("to",)),
    "cc": Filter("String", rows=_search("cc"), reads=("cc",)),
    "bcc": Filter("String", rows=_search("bcc"), reads=("bcc",)),
    "subject": Filter("String", rows=_search("subject"), reads=("subject",)),
    "body": Filter("String", rows=_search("body"), reads=("bodyStructure",)),
    "header": Filter("String[]", rows=header_candidates, match=header_matches, is_exact=names_only, reads=("headers",)),
}


def _column(name: str) -> Callable[[Context, Array, Arguments], Array]:
    def keys(context: Context, rows: Array, arguments: Arguments) -> Array:
        return _index(context).column(name, rows)

    return keys


def _first_address(name: str) -> Callable[[Context, Record, Arguments], str]:
    def key(context: Context, record: Record, arguments: Arguments) -> str:
        addresses = record[name]
        return (addresses[0]["name"] or addresses[0]["email"] or "") if addresses else ""

    return key


def _subject(context: Context, record: Record, arguments: Arguments) -> str:
    return base_subject(record["subject"] or "")


def _among(rows: Array, having: BitMap) -> Array:
    if not len(rows):
        return np.zeros(0, dtype=bool)
    marks = np.zeros(int(rows.max()) + 1, dtype=bool)
    members = np.asarray(having.to_array(), dtype=np.int64)
    marks[members[members < len(marks)]] = True
    marked: Array = marks[rows]
    return marked


def _by_keyword(rows_with: Callable[[Context, str], BitMap]) -> Callable[[Context, Array, Arguments], Array]:
    def keys(context: Context, rows: Array, arguments: Arguments) -> Array:
        return _among(rows, rows_with(context, arguments["keyword"]))

    return keys


_KEYWORD = {"keyword": "String"}

SORTS = {
    "receivedAt": Sort(keys=_column("receivedAt"), reads=("receivedAt",)),
    "size": Sort(keys=_column("size"), reads=("size",)),
    "from": Sort(key=_first_address("from"), keys=_column("from"), reads=("from",), collated=True),
    "to": Sort(key=_first_address("to"), keys=_column("to"), reads=("to",), collated=True),
    "subject": Sort(key=_subject, keys=_column("subject"), reads=("subject",), collated=True),
    "sentAt": Sort(keys=_column("sentAt"), reads=("sentAt",)),
    "hasKeyword": Sort(keys=_by_keyword(_has_keyword), reads=_KEYWORDS, arguments=_KEYWORD),
    "allInThreadHaveKeyword": Sort(keys=_by_keyword(_all_in_thread), reads=_THREAD, arguments=_KEYWORD, by_group=True),
    "someInThreadHaveKeyword": Sort(
        keys=_by_keyword(_some_in_thread), reads=_THREAD, arguments=_KEYWORD, by_group=True
    ),
}
