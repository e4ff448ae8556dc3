"""Any series of changes, compactions and new readers against the model."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from tests.index.model import KEYWORDS, MAILBOXES, Model, email_id, row

pytestmark = pytest.mark.rfc("8620", "5.2")
TYPES = ("Email", "Thread", "Mailbox")
files = st.lists(st.sampled_from(MAILBOXES), min_size=1, max_size=3, unique=True)
keywords = st.lists(st.sampled_from(KEYWORDS), max_size=3, unique=True)
numbers = st.integers(0, 25)


def create_change(number: int, received: int, mailboxes: list[str], marks: list[str], keys: list[int]) -> list[Any]:
    given = row(
        number,
        receivedAt=received,
        files={name: [f"cur/{number}.{name}"] for name in mailboxes},
        keywords=marks,
        thread_keys=keys,
        sort={"subject": f"s{received % 5}", "from": f"f{number % 3}", "to": "", "sentAt": received},
    )
    return ["Email", "c", email_id(number), given]


creates = st.builds(
    create_change, numbers, st.integers(0, 12), files, keywords, st.lists(st.integers(0, 12), max_size=3)
)


class Client:
    """Keeps a copy of each type by /changes alone."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {type: {} for type in TYPES}
        self.states: dict[str, str] = {}

    def fetch(self, index: AccountIndex, model: Model) -> None:
        for type in TYPES:
            self.records[type] = model.view(type)
            self.states[type] = index.state(type)

    def follow(self, index: AccountIndex, model: Model, type: str, limit: int | None) -> None:
        view = model.view(type)
        while True:
            delta = index.changes(type, self.states[type], limit)
            assert delta is not None
            ids = delta.created + delta.updated + delta.destroyed
            assert len(ids) == len(set(ids))
            assert limit is None or len(ids) <= limit
            assert delta.has_more or not set(delta.created + delta.updated) - view.keys()  # else a later page tells it
            for id in delta.created + delta.updated:
                self.records[type][id] = view.get(id)
            for id in delta.destroyed:
                assert id not in view or delta.has_more  # it came back later
                self.records[type].pop(id, None)
            self.states[type] = delta.new_state
            if not delta.has_more:
                break
        assert self.records[type] == view
        assert self.states[type] == index.state(type)


class Account(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.writer = AccountIndex(self.folder)
        self.reader = AccountIndex(self.folder)
        self.model = Model()
        self.clients: list[Client] = []

    def teardown(self) -> None:
        self.writer.close()
        self.reader.close()
        shutil.rmtree(self.folder)

    @initialize()
    def mailboxes(self) -> None:
        changes = [["Mailbox", "c", id, {"role": "trash" if id == "trash" else None}] for id in MAILBOXES]
        self.commit(changes)
        self.new_client()

    def commit(self, changes: list[Any]) -> None:
        with self.writer.lock():
            self.writer.commit(changes)

    @rule(given=st.lists(creates, min_size=1, max_size=5, unique_by=lambda change: change[2]))
    def create(self, given: list[Any]) -> None:
        changes = [change for change in given if change[2] not in self.model.emails]
        self.commit(changes)
        for change in changes:
            self.model.create(change[2], change[3])

    @precondition(lambda self: self.model.emails)
    @rule(data=st.data(), mailboxes=st.none() | files, marks=st.none() | keywords)
    def update(self, data: st.DataObject, mailboxes: list[str] | None, marks: list[str] | None) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model.emails)), max_size=4, unique=True))
        given: dict[str, Any] = {}
        if mailboxes is not None:
            given["files"] = {name: [f"cur/x.{name}"] for name in mailboxes}
        if marks is not None:
            given["keywords"] = marks
        self.commit([["Email", "u", id, given] for id in ids])
        for id in ids:
            self.model.emails[id] |= given

    @precondition(lambda self: self.model.emails)
    @rule(data=st.data())
    def destroy(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model.emails)), max_size=4, unique=True))
        self.commit([["Email", "d", id] for id in ids])
        for id in ids:
            self.model.destroy(id)

    @rule()
    def compaction(self) -> None:
        assert compact(self.writer)

    @rule()
    def reopen(self) -> None:
        self.writer.close()
        self.writer = AccountIndex(self.folder)

    @rule()
    def new_client(self) -> None:
        client = Client()
        self.writer.refresh()
        client.fetch(self.writer, self.model)
        self.clients = [*self.clients[-3:], client]

    @rule(limit=st.none() | st.integers(1, 4), type=st.sampled_from(TYPES))
    def follow(self, limit: int | None, type: str) -> None:
        self.reader.refresh()
        for client in self.clients:
            client.follow(self.reader, self.model, type, limit)

    @rule(start=st.integers(0, 8), length=st.integers(0, 8))
    def pages(self, start: int, length: int) -> None:
        self.writer.refresh()
        mail = self.writer.mail
        for mailbox in MAILBOXES:
            expected = self.model.in_mailbox(mailbox)
            for is_ascending in (True, False):
                wanted = expected if is_ascending else expected[::-1]
                found = mail.by_received(mail.mailbox(mailbox), is_ascending)
                assert len(found) == len(wanted)
                assert mail.ids(found[start : start + length]) == wanted[start : start + length]
                assert mail.ids(np.asarray(found).tolist()) == wanted
                assert [found.index(row) for row in found] == list(range(len(wanted)))

    @invariant()
    def same(self) -> None:
        self.reader.refresh()
        self.columns()
        self.sets()
        mail, model = self.reader.mail, self.model
        assert {mail.id(row) for row in mail.live()} == model.emails.keys()
        assert not self.reader.verify()
        for mailbox in MAILBOXES:
            assert tuple(mail.counts(mailbox)) == model.counts(mailbox)
        for id, email in model.emails.items():
            found = mail.row(id)
            assert found is not None
            assert mail.thread_id(mail.thread(found)) == email["threadId"]
            assert mail.files(found) == email["files"]
            assert mail.keywords(found) == tuple(sorted(email["keywords"]))
            assert mail.record(found) == email["record"]
            assert mail.ids(mail.thread_rows(mail.thread(found))) == model.thread(email["threadId"])

    def columns(self) -> None:
        mail, emails = self.reader.mail, self.model.emails
        rows = np.array(list(mail.live()), dtype=np.int64)
        ids = mail.ids(rows.tolist())
        for name in ("subject", "from", "to", "sentAt"):
            values = [emails[id]["sort"][name] for id in ids]
            ranks = mail.column(name, rows).tolist()
            for first, first_rank in zip(values, ranks, strict=True):
                for second, second_rank in zip(values, ranks, strict=True):
                    assert (first < second) == (first_rank < second_rank)

    def sets(self) -> None:
        mail, emails = self.reader.mail, self.model.emails
        lists = {id for id, email in emails.items() if "list-id" in email["header_names"]}
        assert set(mail.ids(mail.header("list-id"))) == lists
        assert set(mail.ids(mail.attachments())) == {
            id for id, email in emails.items() if email["record"]["hasAttachment"]
        }
        some, every = mail.threads_with_keyword("red")
        red = {id for id, email in emails.items() if "red" in email["keywords"]}
        threads = {id: set(self.model.thread(emails[id]["threadId"])) for id in emails}
        assert set(mail.ids(some)) == {id for id in emails if threads[id] & red}
        assert set(mail.ids(every)) == {id for id in emails if threads[id] <= red}
        docs = [mail.doc(row) for row in mail.live()]
        assert mail.docs_to_rows(type(mail.live())(docs)) == mail.live()
        assert set(mail.ids(mail.received(3, 9))) == {id for id in emails if 3 <= emails[id]["receivedAt"] < 9}
        for mailbox in MAILBOXES:
            names = {
                mail.id(at): name for name, at in mail.mailbox_files(mailbox).items() if name != f"cur/x.{mailbox}"
            }
            known = {id: email["files"].get(mailbox, [""])[0] for id, email in emails.items()}
            assert names == {id: name for id, name in known.items() if name and name != f"cur/x.{mailbox}"}


TestAccount = Account.TestCase
TestAccount.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate],  # shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)
