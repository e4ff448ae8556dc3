"""Any series of /set calls and of other programs' edits: /changes and /queryChanges lead to what is there, and an index
made anew answers the same.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from jmapd.stores import rebuild
from tests.conftest import MailHost
from tests.properties.client import PROPERTIES, QUERIES, Client
from tests.properties.edits import FLAGS, FOLDERS, NUMBERS, WORDS, Edits
from tests.properties.outside import Outside
from tests.properties.twin import Twin, answers, lose_index, same

pytestmark = [pytest.mark.rfc("8620", "5.2"), pytest.mark.rfc("8620", "5.6"), pytest.mark.rfc("8621", "2.2")]
NAMES = st.sampled_from(["Work", "Sent", "Trash", "New", "News", "é"])
LIMITS = st.none() | st.integers(1, 5)


class Machine(Edits):
    """alice's Maildir between her client and other programs."""

    @initialize(delivered=st.lists(st.tuples(NUMBERS, FOLDERS, st.none() | FLAGS), max_size=8))
    def start(self, delivered: list[Any]) -> None:
        self.place = Path(tempfile.mkdtemp())
        self.host = MailHost(self.place, accounts={"shared": {"team": ["alice"]}})
        self.outside, team = Outside(self.host.root), Outside(self.place / "mail" / "team")
        team.make_folder("")
        for number in range(1000, 1012):
            team.deliver(number, team.root, "S")
        for name in (".Work", ".Work.Deep", ".Trash"):
            self.outside.make_folder(name)
        for each in delivered:
            self.deliver(*each)
        self.client, self.is_lost, self.has_threads = Client(self.host), False, True
        self.now = self.ever = set(self.client.known["Email"])

    def teardown(self) -> None:
        if hasattr(self, "host"):
            self.made_anew()
            shutil.rmtree(self.place)

    # -- the client

    def email(self, number: int) -> str:
        """The id of one Email; there may be none."""
        found = self.client.whole("Email")[1]
        return sorted(found)[number % len(found)] if found else "nothing"

    def box(self, number: int) -> str:
        """The id of one Mailbox."""
        found = self.client.whole("Mailbox")[1].values()
        return str(sorted((box["name"], str(box["parentId"]), box["id"]) for box in found)[number % len(found)][2])

    def write(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One writing call. What it answers must be true of what /get says then."""
        calls = [[f"{type}/get", {"accountId": "alice", "ids": []}] for type in PROPERTIES]
        call = [method, {"accountId": "alice", **arguments}]
        responses = self.host.request([*calls, call, *calls])
        answer: dict[str, Any] = responses[3][1]
        assert responses[3][0] == method, answer
        type = method.partition("/")[0]
        before, after = ({r[0]: r[1]["state"] for r in part} for part in (responses[:3], responses[4:]))
        assert (answer["oldState"], answer["newState"]) == (before[f"{type}/get"], after[f"{type}/get"])
        if not any(answer.get(key) for key in ("created", "updated", "destroyed")):
            assert before == after
        return answer

    @rule(
        changes=st.lists(
            st.tuples(
                NUMBERS, st.sets(WORDS) | st.none(), st.dictionaries(WORDS, st.just(True) | st.none(), max_size=2)
            ),
            max_size=3,
        ),
        moves=st.lists(st.tuples(NUMBERS, st.lists(FOLDERS, min_size=1, max_size=2)), max_size=2),
        destroyed=st.lists(NUMBERS, max_size=2),
    )
    def set_emails(self, changes: list[Any], moves: list[Any], destroyed: list[int]) -> None:
        update: dict[str, Any] = {}
        for number, words, patch in changes:
            whole = None if words is None else {"keywords": dict.fromkeys(sorted(words), True)}
            update[self.email(number)] = whole or {f"keywords/{word}": value for word, value in patch.items()}
        for number, boxes in moves:
            update.setdefault(self.email(number), {})["mailboxIds"] = {self.box(box): True for box in boxes}
        gone = [self.email(number) for number in destroyed]
        answer = self.write("Email/set", update=update, destroy=gone)
        for error in (answer["notUpdated"] or {}).values():
            assert error["type"] in ("notFound", "willDestroy"), error
        found = self.client.whole("Email")[1]
        assert not set(answer["destroyed"] or ()) & set(found)
        for id in answer["updated"] or ():
            for name, value in update[id].items():
                assert "/" in name or found[id][name] == value, (id, name, value, found[id])

    @rule(number=NUMBERS, box=FOLDERS, words=st.sets(WORDS, max_size=2), replaced=st.none() | NUMBERS)
    def create_email(self, number: int, box: int, words: set[str], replaced: int | None) -> None:
        talk = number % 4
        given = {
            "mailboxIds": {self.box(box): True},
            "keywords": dict.fromkeys(sorted(words), True),
            "subject": f"Re: talk {talk}",
            "references": [f"{talk}@example.org"],
            "messageId": [f"made{number}@example.org"],
            "header:X-Number": f" c{number}",
            "sentAt": "2026-01-02T03:04:05Z",
            "bodyValues": {"t": {"value": "Text"}},
            "textBody": [{"partId": "t", "type": "text/plain"}],
        }
        old = [] if replaced is None else [self.email(replaced)]
        answer = self.write("Email/set", create={"k": given}, destroy=old)
        [created] = answer["created"].values()
        email = self.client.whole("Email")[1][created["id"]]
        assert {name: email[name] for name in ("mailboxIds", "keywords")} == {
            name: given[name] for name in ("mailboxIds", "keywords")
        }

    @rule(number=NUMBERS, box=FOLDERS, words=st.sets(WORDS, max_size=2))
    def import_email(self, number: int, box: int, words: set[str]) -> None:
        text = f"Subject: talk {number % 4}\nReferences: <{number % 4}@example.org>\nX-Number: i{number}\n\nText\n"
        url = "/jmap/upload/alice/"
        upload = self.host.client.post(url, data=text, content_type="message/rfc822", auth=self.host.authorization)
        given = {
            "blobId": upload.get_json()["blobId"],
            "mailboxIds": {self.box(box): True},
            "keywords": dict.fromkeys(sorted(words), True),
            "receivedAt": "2023-11-14T22:15:00Z",
        }
        answer = self.write("Email/import", emails={"k": given})
        for error in (answer["notCreated"] or {}).values():
            assert error["type"] == "alreadyExists" and error["existingId"] in self.now

    @rule(number=st.integers(0, 11), box=FOLDERS, words=st.sets(WORDS, max_size=2))
    def copy_email(self, number: int, box: int, words: set[str]) -> None:
        ids = sorted(self.host.call("Email/query", {"accountId": "team"})["ids"])
        given = {
            "id": ids[number],
            "mailboxIds": {self.box(box): True},
            "keywords": dict.fromkeys(sorted(words), True),
        }
        answer = self.write("Email/copy", fromAccountId="team", create={"k": given})
        is_there = ids[number] in self.now
        assert bool(answer["created"]) != is_there
        if is_there:
            assert answer["notCreated"]["k"] == answer["notCreated"]["k"] | {
                "type": "alreadyExists",
                "existingId": ids[number],
            }

    @rule(
        created=st.lists(st.tuples(NAMES, st.none() | FOLDERS), max_size=2),
        changed=st.lists(st.tuples(FOLDERS, NAMES, st.none() | FOLDERS, st.integers(0, 3), st.booleans()), max_size=2),
        destroyed=st.lists(FOLDERS, max_size=2),
        with_emails=st.booleans(),
    )
    def set_mailboxes(self, created: list[Any], changed: list[Any], destroyed: list[int], with_emails: bool) -> None:
        create = {
            f"k{n}": {"name": name, "parentId": None if parent is None else self.box(parent)}
            for n, (name, parent) in enumerate(created)
        }
        update = {}
        for number, name, parent, order, subscribed in changed:
            patch = {"name": name, "sortOrder": order, "isSubscribed": subscribed}
            update[self.box(number)] = patch | ({} if parent is None else {"parentId": self.box(parent)})
        gone = [self.box(number) for number in destroyed]
        answer = self.write(
            "Mailbox/set", create=create, update=update, destroy=gone, onDestroyRemoveEmails=with_emails
        )
        found = self.client.whole("Mailbox")[1]
        assert not set(answer["destroyed"] or ()) & set(found)
        for id in answer["updated"] or ():
            for name, value in update[id].items():
                assert found[id][name] == value

    @rule(type=st.sampled_from(sorted(PROPERTIES)), limits=st.lists(LIMITS, min_size=1, max_size=4))
    def follow(self, type: str, limits: list[int | None]) -> None:
        for limit in limits:
            if not self.client.follow(type, limit, self.is_lost):
                break
        self.client.check(type)

    @rule(numbers=st.sets(st.integers(0, len(QUERIES) - 1), min_size=1, max_size=8), limit=LIMITS)
    def catch_up(self, numbers: set[int], limit: int | None) -> None:
        for number in sorted(numbers):
            self.client.catch_up(number, limit, self.is_lost)

    # -- the server

    @rule(is_compacted=st.booleans())
    def sidecar(self, is_compacted: bool) -> None:
        account = self.host.app.site.accounts.account("alice")
        assert account is not None
        rebuild.bring_up(account, want_compact=is_compacted)

    @rule()
    def restart(self) -> None:
        self.host.start()

    @rule()
    def lose(self) -> None:
        """A lost index, under the running server."""
        before = answers(self.client, self.has_threads)
        lose_index(Path(self.host.config.paths.state_dir) / "alice")
        count = -1
        while count != (count := len(self.client.whole("Email")[1])):
            pass  # a request brings in what it can in its time
        same(answers(self.client, self.has_threads), before)
        self.is_lost = True

    @rule()
    def made_anew(self) -> None:
        """Another server's index of the same files."""
        before = answers(self.client, self.has_threads)
        same(answers(Client(Twin(self.host, self.place)), self.has_threads), before)

    @invariant()
    def whoever_is_current_is_right(self) -> None:
        if hasattr(self, "client"):
            for type in PROPERTIES:
                self.client.check(type)
            found = set(self.client.whole("Email")[1])
            self.has_threads &= not (found - self.now) & self.ever
            self.now, self.ever = found, self.ever | found


TestMachine = Machine.TestCase
LONG = int(os.environ.get("JMAPD_PROPERTY_EXAMPLES", "0"))
TestMachine.settings = settings(
    max_examples=LONG or 25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
    phases=tuple(Phase) if LONG else (Phase.explicit, Phase.generate, Phase.shrink),
    print_blob=True,
)
