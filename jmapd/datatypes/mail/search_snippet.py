"""SearchSnippet/get (RFC 8621 5): where a search matches the subject and the body, with <mark> around it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from jmapd.datatypes.mail.email import EMAIL
from jmapd.datatypes.mail.email_query import FILTERS
from jmapd.datatypes.mail.snippet_text import excerpt, highlighted
from jmapd.formats.html_text import html_text
from jmapd.formats.message import body
from jmapd.formats.message.structure import parse
from jmapd.index.search_terms import MAX_TERMS, Folded, Term, terms
from jmapd.methods import filters
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING, DataType, Filter, Method
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import RequestTooLarge

MAIL = "urn:ietf:params:jmap:mail"
_ARGUMENTS = {
    "accountId": ("Id", MISSING),
    "filter": ("FilterOperator|FilterCondition|null", None),
    "emailIds": ("Id[]", MISSING),
}
_MAX_PARTS = 20  # of one message that are looked at

Terms = tuple[Term, ...]


def search_snippet_get(context: Context, arguments: Arguments) -> Arguments:
    """One snippet for each of the messages that exist; those that are gone are in notFound."""
    args = check_arguments(_ARGUMENTS, arguments, context.strict)
    ids = list(dict.fromkeys(args["emailIds"]))
    if len(ids) > context.limits.max_objects_in_get:
        raise RequestTooLarge(f"more than maxObjectsInGet ({context.limits.max_objects_in_get}) ids")
    tree = filters.parse(context, context.datatypes["Email"], args["filter"])
    in_subject, in_body = (
        _distinct(terms(text) for test, text in _positive(tree, True) if test in wanted)
        for wanted in ((FILTERS["text"], FILTERS["subject"]), (FILTERS["text"], FILTERS["body"]))
    )
    records = context.store("Email").get(ids, ("id", "subject"))
    return {
        "accountId": args["accountId"],
        "list": [_snippet(context, records[id], in_subject, in_body) for id in ids if id in records],
        "notFound": [id for id in ids if id not in records] or None,
    }


def _positive(node: filters.Node, is_wanted: bool) -> Iterator[tuple[Filter, Any]]:
    """The tests that a message must or may pass: under NOT, those that are negated once more."""
    if is_wanted:
        yield from node.tests
    for condition in node.conditions:
        yield from _positive(condition, is_wanted != (node.operator == "NOT"))


def _distinct(groups: Iterator[Terms]) -> Terms:
    """The first MAX_TERMS of them: a filter may have a thousand conditions, each with as many terms."""
    return tuple(islice(dict.fromkeys(term for group in groups for term in group), MAX_TERMS))


def _snippet(context: Context, record: Record, in_subject: Terms, in_body: Terms) -> Record:
    subject = record["subject"]
    return {
        "emailId": record["id"],
        "subject": highlighted(subject, in_subject) if subject and in_subject else None,
        "preview": _preview(context, record["id"], in_body) if in_body else None,
    }


def _preview(context: Context, id: Id, wanted: Terms) -> str | None:
    store: Any = context.store("Email")
    raw: bytes | None = store.message(id)
    if raw is None:
        return None
    for text in _texts(raw):
        found = excerpt(Folded(text), wanted)
        if found is not None:
            return found
    return None


def _texts(raw: bytes) -> Iterator[str]:
    """The text of the body, plain text first; the HTML form of the same only after it."""
    text, html, _ = body.body_lists(parse(raw))
    parts = dict.fromkeys(part for part in (*text, *html) if part.type.startswith("text/"))
    for part in list(parts)[:_MAX_PARTS]:
        found = body.excerpt(part)
        yield html_text(found, attributes=True) if part.type == "text/html" else found


SEARCH_SNIPPET = DataType(
    "SearchSnippet",
    MAIL,
    store="Email",
    methods=(),
    rfc="RFC 8621 5",
    properties={
        "emailId": EMAIL.properties["id"],
    },
    extra_methods={
        "SearchSnippet/get": Method("SearchSnippet/get", MAIL, search_snippet_get, writes=False, rfc="RFC 8621 5.1"),
    },
)
