"""IMAP, JMAP and deliveries at the same time in one folder: each change stays, and each message its UID."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from .jmap import Jmap, deliver
from .peers import Dovecot, append, checked, fetched, message
from .web import Gunicorn

pytestmark = pytest.mark.system
MESSAGES, ROUNDS, NEW = 10, 40, 8


def is_set(round: int) -> bool:
    """What each writer does with its flag in that round."""
    return round % 4 < 3


class Writers:
    """Each goes through the messages, some rounds, and sets and clears a flag of its own."""

    def __init__(self, jmap: Jmap, dovecot: Dovecot) -> None:
        self.jmap, self.dovecot, self.failures = jmap, dovecot, list[str]()
        self.uids = {subject: each["UID"] for subject, each in fetched(dovecot).items()}
        self.ids = {subject: email["id"] for subject, email in jmap.by_subject().items()}

    def by_imap(self, flag: str) -> None:
        with self.dovecot.imap() as imap:
            checked(imap.select("INBOX"))
            for round in range(ROUNDS):
                what = "+FLAGS" if is_set(round) else "-FLAGS"
                checked(imap.uid("STORE", str(self.uids[f"n{round % MESSAGES}"]), what, f"({flag})"))

    def by_jmap(self, keyword: str) -> None:
        for round in range(ROUNDS):
            self.jmap.update(self.ids[f"n{round % MESSAGES}"], **{f"keywords/{keyword}": is_set(round) or None})

    def deliver(self) -> None:
        for number in range(NEW):
            self.dovecot.lda(message(f"new{number}").decode().replace("\r\n", "\n"))

    def noted(self, work: Callable[..., None], *arguments: str) -> None:
        try:
            work(*arguments)
        except BaseException as error:
            self.failures.append(f"{work.__name__}: {error!r}")

    def run(self) -> None:
        imap = [(self.by_imap, flag) for flag in ("\\Flagged", "Todo")]
        jmap = [(self.by_jmap, keyword) for keyword in ("$seen", "later")]
        threads = [Thread(target=self.noted, args=given) for given in (*imap, *jmap, (self.deliver,))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def test_all_write_at_once(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    with dovecot.imap() as imap:
        for number in range(MESSAGES):
            append(imap, f"n{number}")
    writers = Writers(Jmap(beside_dovecot), dovecot)
    writers.run()
    assert writers.failures == []
    seen, emails = fetched(dovecot), Jmap(beside_dovecot).by_subject()
    assert {subject: seen[subject]["UID"] for subject in writers.uids} == writers.uids
    assert emails.keys() == seen.keys() == writers.uids.keys() | {f"new{number}" for number in range(NEW)}
    for number in range(MESSAGES):
        last = max(round for round in range(ROUNDS) if round % MESSAGES == number)
        wanted = {"$flagged", "todo", "$seen", "later"} if is_set(last) else set()
        assert set(emails[f"n{number}"]["keywords"]) == seen[f"n{number}"]["keywords"] == wanted


def test_no_uid_changes_while_dovecot_scans(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    """A large folder takes Dovecot long to list; a file renamed meanwhile, without its lock, has a new UID after."""
    for number in range(2000):
        deliver(beside_dovecot.maildir, f"n{number}", flags="S")
    uids = {subject: each["UID"] for subject, each in fetched(dovecot).items()}
    jmap, is_done = Jmap(beside_dovecot), Event()
    while len(emails := jmap.by_subject()) < len(uids):
        pass  # the first requests take in what they can within their budget
    ids = [emails[f"n{number}"]["id"] for number in range(2000)]

    def scan() -> None:
        with dovecot.imap() as imap:
            checked(imap.select("INBOX"))
            while not is_done.is_set():
                checked(imap.noop())

    with ThreadPoolExecutor() as pool:
        scanning = pool.submit(scan)
        try:
            for start in range(0, 1300, 13):
                jmap.call("Email/set", update={id: {"keywords/$flagged": True} for id in ids[start : start + 13]})
        finally:
            is_done.set()
        scanning.result()
    assert {subject: each["UID"] for subject, each in fetched(dovecot).items()} == uids
