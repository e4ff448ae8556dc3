"""Thread/get and /changes."""

import pytest

pytestmark = pytest.mark.rfc("8621", "3")


def thread_of(mailhost, id):
    return mailhost.call("Email/get", {"ids": [id], "properties": ["threadId"]})["list"][0]["threadId"]


def emails(mailhost, thread):
    return mailhost.call("Thread/get", {"ids": [thread]})["list"][0]["emailIds"]


@pytest.mark.rfc("8621", "3.1")
def test_emails_are_sorted_by_receipt_oldest_first(mailhost, post):
    second = post("Plums", received=1_700_000_200)
    first = post("Re: Plums", received=1_700_000_100, References="<1@example.org>")
    third = post("Fwd: Re: Plums", folder="Work", received=1_700_000_300, In_Reply_To="<2@example.org>")
    alone = post("Pears")
    thread = thread_of(mailhost, first)
    assert emails(mailhost, thread) == [first, second, third]
    answer = mailhost.call("Thread/get", {"ids": [thread, "Tnone"]})
    assert answer["list"] == [{"id": thread, "emailIds": [first, second, third]}]
    assert answer["notFound"] == ["Tnone"] and answer["state"]
    assert emails(mailhost, thread_of(mailhost, alone)) == [alone]


def test_equal_dates_are_ordered_by_id(mailhost, post):
    ids = [post("Plums", References="<root@example.org>", received=1_700_000_000) for _ in range(5)]
    assert emails(mailhost, thread_of(mailhost, ids[0])) == sorted(ids)


def test_another_subject_or_no_common_id_is_another_thread(mailhost, post):
    first = post("Plums")
    changed = post("Pears", In_Reply_To="<1@example.org>")
    stranger = post("Re: Plums")
    spaced = post("[fruit] re:  PLUMS", In_Reply_To="<1@example.org>")
    threads = [thread_of(mailhost, id) for id in (first, changed, stranger, spaced)]
    assert threads[3] == threads[0] and len(set(threads)) == 3


def test_threads_are_never_merged_since_a_thread_id_does_not_change(mailhost, post):
    one = post("Plums", Message_ID="<a@example.org>")
    two = post("Re: Plums", Message_ID="<b@example.org>")
    before = thread_of(mailhost, one), thread_of(mailhost, two)
    joining = post("Re: Plums", References="<a@example.org> <b@example.org>")
    assert thread_of(mailhost, joining) in before
    assert (thread_of(mailhost, one), thread_of(mailhost, two)) == before


@pytest.mark.rfc("8621", "3.2")
def test_changes(mailhost, post):
    first = post("Plums")
    thread = thread_of(mailhost, first)
    state = mailhost.call("Thread/get", {"ids": [thread]})["state"]
    post("Re: Plums", References="<1@example.org>")
    pears = thread_of(mailhost, post("Pears"))
    changes = mailhost.call("Thread/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([pears], [thread], [])
    for path in (mailhost.root / "cur").iterdir():
        if b"Plums" in path.read_bytes():
            path.unlink()
    later = mailhost.call("Thread/changes", {"sinceState": changes["newState"]})
    assert (later["created"], later["updated"], later["destroyed"]) == ([], [], [thread])
    assert mailhost.call("Thread/get", {"ids": [thread]})["notFound"] == [thread]


@pytest.mark.rfc("8621", "3.2")
def test_keywords_do_not_change_a_thread(mailhost, post):
    thread = thread_of(mailhost, post("Plums", flags="S"))
    state = mailhost.call("Thread/get", {"ids": [thread]})["state"]
    path = next((mailhost.root / "cur").iterdir())
    path.rename(path.with_name(path.name.replace(":2,S", ":2,FS")))
    changes = mailhost.call("Thread/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([], [], [])


def test_there_is_no_thread_query(mailhost):
    assert mailhost.error("Thread/query")["type"] == "unknownMethod"
