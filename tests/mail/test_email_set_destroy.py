"""Email/set: destroy."""

import pytest

pytestmark = [pytest.mark.rfc("8621", "4.6"), pytest.mark.rfc("8620", "5.3")]

MESSAGE = "From: a@example.org\nSubject: number {}\n\nHello\n"


def files(mailhost, folder="INBOX"):
    """How many files a folder has."""
    return sum(1 for part in ("cur", "new") for _ in (mailhost.folder(folder) / part).iterdir())


def test_destroy(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    mailhost.deliver(MESSAGE.format(2))
    newer, older = mailhost.ids()
    answer = mailhost.call("Email/set", {"destroy": [older]})
    assert answer["destroyed"] == [older]
    assert answer.get("notDestroyed") is None
    assert answer["newState"] != answer["oldState"]
    assert mailhost.ids() == [newer]
    assert files(mailhost) == 1
    assert mailhost.call("Email/get", {"ids": [older]})["notFound"] == [older]


def test_all_its_files_go(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    mailhost.deliver(MESSAGE.format(1), new=True)  # two files of one message in one folder
    mailhost.deliver(MESSAGE.format(1), folder="Archive")
    [id] = mailhost.ids()
    assert mailhost.call("Email/set", {"destroy": [id]})["destroyed"] == [id]
    assert (files(mailhost), files(mailhost, "Archive")) == (0, 0)
    mailhost.start()
    assert mailhost.ids() == []


def test_not_found(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    [id] = mailhost.ids()
    answer = mailhost.call("Email/set", {"destroy": ["Mnone", id]})
    assert answer["destroyed"] == [id]
    assert answer["notDestroyed"]["Mnone"]["type"] == "notFound"
    answer = mailhost.call("Email/set", {"destroy": [id]})
    assert answer["destroyed"] is None
    assert answer["notDestroyed"][id]["type"] == "notFound"
    assert answer["newState"] == answer["oldState"]


def test_update_of_what_is_destroyed(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    [id] = mailhost.ids()
    answer = mailhost.call("Email/set", {"update": {id: {"keywords/$flagged": True}}, "destroy": [id]})
    assert answer["destroyed"] == [id]
    # RFC 8620 5.3: the update may be skipped, and then says so.
    assert id in (answer["updated"] or {}) or answer["notUpdated"][id]["type"] == "willDestroy"


def test_thread_goes_with_its_last_email(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    [id] = mailhost.ids()
    [email] = mailhost.call("Email/get", {"ids": [id], "properties": ["threadId"]})["list"]
    mailhost.call("Email/set", {"destroy": [id]})
    assert mailhost.call("Thread/get", {"ids": [email["threadId"]]})["notFound"] == [email["threadId"]]


def test_the_same_message_may_come_again(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    [id] = mailhost.ids()
    mailhost.call("Email/set", {"destroy": [id]})
    mailhost.deliver(MESSAGE.format(1))
    assert mailhost.ids() == [id]  # ids follow from the content


def test_if_in_state(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    [id] = mailhost.ids()
    assert mailhost.error("Email/set", {"destroy": [id], "ifInState": "other"})["type"] == "stateMismatch"
    assert mailhost.ids() == [id]
    state = mailhost.call("Email/get", {"ids": []})["state"]
    answer = mailhost.call("Email/set", {"destroy": [id], "ifInState": state})
    assert (answer["destroyed"], answer["oldState"]) == ([id], state)


def test_named_twice(mailhost):
    mailhost.deliver(MESSAGE.format(1))
    [id] = mailhost.ids()
    answer = mailhost.call("Email/set", {"destroy": [id, id]})
    assert (answer["destroyed"], answer["notDestroyed"]) == ([id], None)


def test_what_the_same_request_has_created(mailhost):
    create = {"e": {"mailboxIds": {mailhost.mailbox("Inbox"): True}, "subject": "x"}}
    responses = mailhost.request(
        [
            ["Email/set", {"accountId": "alice", "create": create}],
            ["Email/set", {"accountId": "alice", "destroy": ["#e"]}],
            ["Email/set", {"accountId": "alice", "create": create, "destroy": ["#e"]}],
        ]
    )
    assert responses[1][1]["destroyed"] == [responses[0][1]["created"]["e"]["id"]]
    assert responses[2][1]["destroyed"] == [responses[2][1]["created"]["e"]["id"]]
    assert (mailhost.ids(), files(mailhost)) == ([], 0)
    assert not list((mailhost.root / "tmp").iterdir())


def test_emptying_the_trash(mailhost):
    # 4.6: only that Mailbox is taken away from Emails that are in another, too
    mailhost.deliver(MESSAGE.format(1), folder="Trash")
    mailhost.deliver(MESSAGE.format(2), folder="Trash")
    mailhost.deliver(MESSAGE.format(2))
    trash, inbox = mailhost.mailbox("Trash"), mailhost.mailbox("Inbox")
    [both] = mailhost.ids(inMailbox=inbox)
    [other] = [id for id in mailhost.ids() if id != both]
    answer = mailhost.call("Email/set", {"update": {both: {f"mailboxIds/{trash}": None}}, "destroy": [other]})
    assert (answer["updated"], answer["destroyed"]) == ({both: None}, [other])
    assert (files(mailhost), files(mailhost, "Trash"), mailhost.ids()) == (1, 0, [both])
