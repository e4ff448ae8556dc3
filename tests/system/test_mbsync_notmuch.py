"""A Maildir that mbsync fills from an IMAP server and notmuch indexes, served by jmapd at the same time."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .jmap import Jmap, deliver, verified
from .mbsync import Mbsync
from .peers import Dovecot, append, checked, fetched
from .plain_user import SystemUser
from .web import Gunicorn, gunicorn, program

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "4.6")]


def uids(folder: Path) -> list[str]:
    """What mbsync has written into the names of a folder's messages; "" where it has not."""
    names = [path.name for part in ("cur", "new") for path in (folder / part).iterdir()]
    return [found[1] if (found := re.search(r",U=(\d+)", name)) else "" for name in names]


def test_flags_and_moves_reach_the_other_side(beside_dovecot: Gunicorn, remote: Dovecot, nobody: SystemUser) -> None:
    mbsync = Mbsync(beside_dovecot.folder / "mbsyncrc", remote, beside_dovecot.maildir, nobody)
    jmap = Jmap(beside_dovecot)
    inbox, archive = beside_dovecot.maildir, beside_dovecot.maildir / ".Archive"
    mbsync.run()
    emails, boxes = jmap.by_subject(), {name: box["id"] for name, box in jmap.mailboxes().items()}
    assert emails.keys() == {f"n{number}" for number in range(6)}
    assert {name for name, email in emails.items() if "$seen" in email["keywords"]} == {"n1", "n3", "n5"}
    names = uids(inbox)
    jmap.update(emails["n0"]["id"], keywords={"$seen": True, "$flagged": True})
    jmap.update(emails["n1"]["id"], keywords={"$answered": True})
    assert sorted(uids(inbox)) == sorted(names)
    jmap.update(emails["n2"]["id"], mailboxIds={boxes["Archive"]: True}, **{"keywords/$seen": True})
    jmap.update(emails["n3"]["id"], mailboxIds={boxes["Archive"]: True, boxes["Inbox"]: True})
    jmap.call("Email/set", destroy=[emails["n4"]["id"]])
    assert uids(archive) == ["", ""]
    assert len(uids(inbox)) == 4 and "" not in uids(inbox)
    mbsync.run()
    far = {name: each["keywords"] for name, each in fetched(remote).items()}
    assert far == {"n0": {"$seen", "$flagged"}, "n1": {"$answered"}, "n3": {"$seen"}, "n5": {"$seen"}}
    assert {name: each["keywords"] for name, each in fetched(remote, "Archive").items()} == {
        "n2": {"$seen"}, "n3": {"$seen"},
    }  # fmt: skip
    with remote.imap() as imap:  # and the other way
        checked(imap.select("INBOX"))
        checked(imap.store("1:*", "-FLAGS", "(\\Seen)"))
        append(imap, "n6")
        checked(imap.select("Archive"))
        checked(imap.store("1:*", "+FLAGS", "(\\Flagged)"))
    mbsync.run()
    after = jmap.by_subject()
    assert {name: set(email["keywords"]) for name, email in after.items()} == {
        "n0": {"$flagged"}, "n1": {"$answered"}, "n2": {"$seen", "$flagged"}, "n3": {"$seen", "$flagged"},
        "n5": set(), "n6": set(),
    }  # fmt: skip
    assert all(after[name]["id"] == emails[name]["id"] for name in after.keys() & emails.keys())
    mbsync.run()


class Notmuch:
    """Over the Maildir of jmapd."""

    def __init__(self, server: Gunicorn) -> None:
        self.program, self.conf = program("notmuch"), server.folder / "notmuch.conf"
        self.conf.write_text(
            f"[database]\npath={server.maildir}\nhook_dir={server.folder}\nmail_root={server.maildir}\n"
            "[user]\nname=Alice\nprimary_email=alice@example.org\n[maildir]\nsynchronize_flags=true\n"
            "[new]\ntags=unread\n"
        )

    def run(self, *arguments: str) -> list[str]:
        environ = os.environ | {"NOTMUCH_CONFIG": str(self.conf)}
        done = subprocess.run([self.program, *arguments], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return sorted(done.stdout.splitlines())

    def subjects(self, query: str) -> set[str]:
        found = self.run("search", "--format=text", "--output=messages", query)
        return {id.removeprefix("id:").partition("@")[0] for id in found}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path) as server:
        yield server


def test_notmuch_sees_the_flags_and_jmap_its_tags(server: Gunicorn) -> None:
    notmuch, jmap = Notmuch(server), Jmap(server)
    for number in range(4):
        deliver(server.maildir, f"n{number}", **{"Message-ID": f"<n{number}@example.org>"})
    emails = jmap.by_subject()
    notmuch.run("new", "--quiet")
    assert notmuch.subjects("tag:unread") == {"n0", "n1", "n2", "n3"}
    jmap.update(emails["n0"]["id"], keywords={"$seen": True, "$flagged": True})
    jmap.update(emails["n1"]["id"], keywords={"$seen": True, "$answered": True, "$forwarded": True})
    notmuch.run("new", "--quiet")
    assert notmuch.subjects("tag:unread") == {"n2", "n3"}
    assert notmuch.subjects("tag:flagged") == {"n0"}
    assert notmuch.subjects("tag:replied and tag:passed") == {"n1"}
    state = jmap.call("Email/get", ids=[])["state"]
    notmuch.run("tag", "-unread", "+draft", "--", "id:n2@example.org")
    notmuch.run("tag", "+unread", "-flagged", "--", "id:n0@example.org")
    after = jmap.by_subject()
    assert set(after["n2"]["keywords"]) == {"$seen", "$draft"}
    assert after["n0"]["keywords"] == {}
    assert {name: email["id"] for name, email in after.items()} == {name: email["id"] for name, email in emails.items()}
    changes = jmap.call("Email/changes", sinceState=state)
    assert set(changes["updated"]) == {emails["n0"]["id"], emails["n2"]["id"]}
    assert set(jmap.mailboxes()) == {"Inbox"}  # .notmuch is no folder
    verified(server)
