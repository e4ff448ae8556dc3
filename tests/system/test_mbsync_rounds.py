"""Several rounds of changes by JMAP on one side of mbsync and by IMAP on the other; both sides are equal after each."""

import random

import pytest

from .jmap import Jmap
from .mbsync import Mbsync
from .peers import Dovecot, append, checked, fetched, message
from .plain_user import SystemUser
from .stress_check import View, by_imap, by_jmap
from .stress_follow import Follower
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.6")]


class Sides:
    """What both do in a round, each with messages of its own, and how they see it then."""

    def __init__(self, server: Gunicorn, far: Dovecot) -> None:
        self.jmap, self.far, self.pick = Jmap(server), far, random.Random(5)

    def near_view(self) -> View:
        return by_jmap(Follower(self.jmap, self.pick))

    def far_view(self) -> View:
        return by_imap(self.far)

    def by_jmap(self, round: int) -> None:
        """With messages of even numbers."""
        boxes, emails = {name: box["id"] for name, box in self.jmap.mailboxes().items()}, self.jmap.by_subject()
        mine = sorted(subject for subject in emails if subject[0] == "n" and int(subject[1:]) % 2 == 0)
        flagged, moved, copied, read = self.pick.sample(mine, 4)
        self.jmap.update(emails[flagged]["id"], **{"keywords/$flagged": round % 2 == 0 or None})
        self.jmap.update(emails[read]["id"], **{"keywords/$seen": True, "keywords/$answered": True})
        self.jmap.update(emails[moved]["id"], mailboxIds={boxes[self.pick.choice(sorted(boxes))]: True})
        if len(emails[copied]["mailboxIds"]) == 1:
            self.jmap.update(emails[copied]["id"], **{f"mailboxIds/{boxes['Archive']}": True})
        if round == 2:
            self.jmap.call("Email/set", destroy=[emails[mine[0]]["id"]])
        data, inbox = message(f"n{100 + 2 * round}"), {boxes["Inbox"]: True}
        self.jmap.imported(data, mailboxIds=inbox, keywords={"$seen": True}, receivedAt="2024-02-03T04:05:06Z")
        draft = {"mailboxIds": inbox, "keywords": {"$draft": True}, "subject": f"n{200 + 2 * round}"}
        self.jmap.created("Email/set", draft)
        box = self.jmap.created("Mailbox/set", {"name": f"Made{round}", "parentId": boxes["Archive"]})
        self.jmap.imported(message(f"n{300 + 2 * round}"), mailboxIds={box["id"]: True})

    def by_imap(self, round: int) -> None:
        """With messages of odd numbers."""
        with self.far.imap() as imap:
            append(imap, f"n{101 + 2 * round}", "\\Draft")
            checked(imap.create(f"Far{round}"))
            append(imap, f"n{201 + 2 * round}", "\\Flagged", f"Far{round}")
            uids = {subject: str(each["UID"]) for subject, each in fetched(self.far).items()}
            mine = sorted(subject for subject in uids if int(subject[1:]) % 2)
            flagged, moved = self.pick.sample(mine, 2)
            checked(imap.select("INBOX"))
            checked(imap.uid("STORE", uids[flagged], "+FLAGS" if round % 2 else "-FLAGS", "(\\Seen \\Answered)"))
            checked(imap.uid("MOVE", uids[moved], f"Far{round}"))


@pytest.mark.parametrize("altmap", [False, True], ids=["native", "altmap"])
def test_rounds(beside_dovecot: Gunicorn, remote: Dovecot, nobody: SystemUser, altmap: bool) -> None:
    mbsync = Mbsync(beside_dovecot.folder / "mbsyncrc", remote, beside_dovecot.maildir, nobody, altmap)
    sides = Sides(beside_dovecot, remote)
    with remote.imap() as imap:
        for number in range(6, 12):
            append(imap, f"n{number}", "\\Seen" if number % 3 else "")
    mbsync.run()
    for round in range(4):
        assert sides.near_view() == sides.far_view()
        sides.by_jmap(round)
        sides.by_imap(round)
        mbsync.run()
    before = sides.near_view()
    uids = {name: fetched(remote, name) for name in before}
    mbsync.run()
    assert sides.near_view() == sides.far_view() == before
    assert {name: fetched(remote, name) for name in before} == uids
    assert sum(len(found) for found in before.values()) >= 12 - 1 + 4 * 5
