"""New messages beside others: threads, one Email for one message, and several changes in one transaction."""

import pytest

from jmapd.index.compact import compact
from jmapd.stores.base import RecordExists
from tests.stores.maildir_files import Mail
from tests.stores.new_emails import create, message, record

pytestmark = [pytest.mark.rfc("8621", "4.6"), pytest.mark.rfc("8621", "4.8")]


def test_its_thread_is_known_at_once(mail: Mail) -> None:
    mail.deliver("old")
    known = mail.emails()["old"]["threadId"]
    first, reply, other, joined = create(
        mail,
        record(mail, "One"),
        record(mail, "x", message=message("One", References="<One@example.org>", Comments="reply")),
        record(mail, "Two"),
        record(mail, "y", message=message("Re: old", **{"In-Reply-To": "<1@example.org>"})),
    )
    assert first["threadId"] == reply["threadId"] != other["threadId"]
    assert joined["threadId"] == known
    assert mail.emails()["Two"]["threadId"] == other["threadId"]
    with mail.account.session():
        found = mail.account.store("Email").get([each["id"] for each in (first, reply, other, joined)])
    assert [each["threadId"] for each in found.values()] == [each["threadId"] for each in (first, reply, other, joined)]


def test_one_message_is_one_email(mail: Mail) -> None:
    one, two = record(mail, "One"), record(mail, "Two")
    [answer] = create(mail, one)
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        with pytest.raises(RecordExists) as failure:
            transaction.create(one)
        assert failure.value.existing_id == answer["id"]
        transaction.create(dict(two))
        with pytest.raises(RecordExists):
            transaction.create(two)
    assert len(mail.names()) == 2


def test_created_changed_and_destroyed_in_one_transaction(mail: Mail) -> None:
    mail.folder(".Work")
    work = {mail.mailboxes()["Work"]["id"]: True}
    new = [record(mail, "One", keywords={"$seen"}), record(mail, "Two")]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        one, two = (transaction.create(dict(each)) for each in new)
        transaction.update(one["id"], one | {"mailboxIds": work, "keywords": {"$flagged": True}}, {"mailboxIds"})
        transaction.destroy(two["id"])
        assert transaction.get(two["id"]) is None and not transaction.has(two["id"])
        assert transaction.create(new[1])["id"] == two["id"]
    assert (mail.boxes("One"), mail.keywords("One")) == ({"Work"}, {"$flagged"})
    assert len(mail.names()) == len(mail.names(".Work")) == 1


def test_destroyed_and_created_in_one_transaction(mail: Mail) -> None:
    again = record(mail, "One")
    [old] = create(mail, again | {"keywords": {"$seen": True}})
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.destroy(old["id"])
        new = transaction.create(again)
    assert (new["id"], new["threadId"]) == (old["id"], old["threadId"])
    assert mail.emails()["One"] == new
    assert len(mail.names()) == 1


def test_a_draft_that_replaces_the_only_one_of_its_thread(mail: Mail) -> None:
    [old] = create(mail, record(mail, "One"))
    second = record(mail, "x", message=message("One", Comments="second"))
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        new = transaction.create(second)
        transaction.destroy(old["id"])
    assert new["threadId"] == old["threadId"] == mail.emails()["One"]["threadId"]


@pytest.mark.rfc("8621", "4.1.1")
def test_a_message_that_comes_again_is_in_its_thread_again(mail: Mail) -> None:
    answers = [*create(mail, record(mail, "One"))]
    reply = record(mail, "x", message=message("Re: One", References="<One@example.org>"))
    answers += create(mail, reply)
    again = record(mail, "One"), reply
    mail.destroy("One")
    mail.destroy("Re: One")
    with mail.account.opened():
        compact(mail.account.index)
    mail.account = mail.open()
    assert create(mail, *again[::-1]) == answers[::-1]  # the reply alone would be in a thread of its own
    assert mail.emails() == {email["subject"]: email for email in answers}


@pytest.mark.rfc("8621", "4.1.1")
def test_so_is_one_that_is_delivered_again(mail: Mail) -> None:
    [first] = create(mail, record(mail, "One"))
    [second] = create(mail, record(mail, "x", message=message("Re: One", References="<One@example.org>")))
    [content] = [raw for name in mail.names() if b"Re: One" in (raw := (mail.root / name).read_bytes())]
    mail.destroy("One")
    mail.destroy("Re: One")
    (mail.root / "new" / "1700000009.M1P1.example").write_bytes(content)
    assert mail.emails()["Re: One"]["threadId"] == second["threadId"] == first["threadId"]
