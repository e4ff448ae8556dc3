"""Maildirs of real mail under gunicorn and through nginx: all of it is there, in threads, and found by its words."""

import re

import pytest

from jmapd.formats.message.base_subject import base_subject

from .jmap import Jmap, distinct, verified
from .web import Gunicorn, Nginx

pytestmark = pytest.mark.system
NEWEST = [{"property": "receivedAt", "isAscending": False}]


@pytest.mark.rfc("8621", "4.4")
def test_all_messages_are_there(jmap: Jmap, served: Gunicorn, nginx: Nginx) -> None:
    inbox, lists = distinct(served.maildir), distinct(served.maildir / ".lists.lkml")
    boxes = jmap.mailboxes()
    assert boxes.keys() == {"Inbox", "lists", "lkml", "Drafts", "Sent", "Trash"}
    assert boxes["lkml"]["parentId"] == boxes["lists"]["id"]
    assert (boxes["Inbox"]["totalEmails"], boxes["lkml"]["totalEmails"]) == (len(inbox), len(lists))
    for server in (served, nginx):
        answer = Jmap(server).call("Email/query", calculateTotal=True, sort=NEWEST)
        assert (answer["total"], set(answer["ids"])) == (len(inbox | lists), inbox.keys() | lists.keys())
        emails = Jmap(server).emails()
        assert all(emails[id]["size"] == len(data) for id, data in (inbox | lists).items())
        id = min(lists)
        assert Jmap(server).blob(emails[id]["blobId"]) == lists[id]
    verified(served)


@pytest.mark.rfc("8621", "3")
def test_threads_are_those_of_ids_and_subject(jmap: Jmap) -> None:
    properties = ["threadId", "messageId", "inReplyTo", "references", "subject", "receivedAt"]
    emails = jmap.call("Email/get", ids=None, properties=properties)["list"]
    wanted: dict[str, int] = {}
    by_key: dict[tuple[str, str], int] = {}
    for email in sorted(emails, key=lambda email: (email["receivedAt"], email["id"])):
        ids = [id for name in ("messageId", "inReplyTo", "references") for id in email[name] or []]
        keys = [(id, base_subject(email["subject"] or "").casefold()) for id in ids]
        wanted[email["id"]] = thread = min([by_key[key] for key in keys if key in by_key], default=len(wanted))
        for key in keys:
            by_key[key] = min(thread, by_key.get(key, thread))
    found: dict[int, set[str]] = {}
    for email in emails:
        found.setdefault(wanted[email["id"]], set()).add(email["threadId"])
    assert all(len(ids) == 1 for ids in found.values())
    assert len(set.union(*found.values())) == len(found) < len(emails)
    threads = {thread["id"]: thread["emailIds"] for thread in jmap.call("Thread/get", ids=None)["list"]}
    assert all(email["id"] in threads[email["threadId"]] for email in emails)
    assert sum(map(len, threads.values())) == len(emails)
    assert jmap.call("Email/query", collapseThreads=True, calculateTotal=True)["total"] == len(found)


@pytest.mark.rfc("8621", "4.4.1")
@pytest.mark.parametrize("word", ["cifs", "notmuch"])
def test_words_in_subjects_are_found(jmap: Jmap, nginx: Nginx, word: str) -> None:
    subjects = {email["id"] for email in jmap.emails().values() if whole(word).search(email["subject"] or "")}
    for each in (jmap, Jmap(nginx)):
        assert set(each.call("Email/query", filter={"subject": word})["ids"]) == subjects
        assert subjects <= set(each.call("Email/query", filter={"text": word}, sort=NEWEST)["ids"])


@pytest.mark.rfc("8621", "4.4.1")
def test_words_in_bodies_are_found(jmap: Jmap) -> None:
    words = {"properties": ["bodyValues", "textBody"], "fetchTextBodyValues": True}
    emails = jmap.call("Email/get", ids=None, **words)["list"]
    wanted = {email["id"] for email in emails if any(whole("razor").search(part["value"])
              for part in email["bodyValues"].values())}  # fmt: skip
    found = set(jmap.call("Email/query", filter={"body": "razor"})["ids"])
    assert 10 < len(wanted) < 1000
    assert wanted <= found
    assert len(found - wanted) < 10  # in attached texts, and in what HTML does not show as a word


def whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){word}(?!\w)", re.IGNORECASE)
