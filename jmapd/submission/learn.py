"""Runs the commands of [junk] on messages that users called junk, or not (RFC 8621 4.1.1), later and in batches."""

import logging
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from jmapd.stores.base import StoreError
from jmapd.stores.learn_queue import HAM, JUNK, Job, Jobs, LearnQueue
from jmapd.stores.maildir import MaildirAccount
from jmapd.wire import Id

log = logging.getLogger(__name__)

FILES = "{files}"
BATCH = 100, 32 << 20  # messages, octets that a command is given at once
LARGEST = 16 << 20  # octets of a message that is worth learning
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0  # seconds until a message is tried again
ATTEMPTS = 12  # some seven hours
FAILURES = 3  # in a row: the program is not at work, and the other messages wait for it
RUN_SECONDS = 60.0  # after which run() comes back with what is left

Batch = dict[Id, bytes]


@dataclass
class Learner:
    """The commands of one configuration; for all accounts and threads."""

    options: Mapping[str, Any]

    @property
    def is_wanted(self) -> bool:
        """Whether there is any command."""
        return any(map(self._command, (JUNK, HAM)))

    def run(self, account: MaildirAccount, now: float | None = None) -> float | None:
        """Learns what is due; answers when (seconds since 1970) to come again, None: when the queue changes.

        Never raises for what files or commands do: it is logged, and tried again later. Not to be called in the
        account's session.
        """
        now = time.time() if now is None else now
        queue = account.learn
        if not self.is_wanted or not queue.has_any():
            return None
        try:
            with queue.jobs(self.options.get("junk.wait_seconds", 30.0)) as jobs:
                if jobs is None:  # another process is at it
                    return now + FIRST_PAUSE
                _clear(queue)
                return _Run(self, account, jobs, now).all()
        except (StoreError, OSError) as error:
            log.warning("%s: junk is not learned now: %s", account.id, error)
            return now + FIRST_PAUSE

    def _command(self, kind: str) -> list[str]:
        return list(self.options.get(f"junk.learn_{kind}") or ())

    def learn(self, kind: str, account: MaildirAccount, batch: Batch) -> str | None:
        """Gives these messages to the command; None: it has learned, else why not."""
        words = [word.replace("{user}", account.owner) for word in self._command(kind)]
        timeout = float(self.options.get("junk.timeout_seconds", 60.0))
        if FILES not in words:
            [message] = batch.values()
            return _ran(words, message, timeout)
        folder = Path(tempfile.mkdtemp(prefix="batch.", dir=account.learn.folder))
        try:
            paths = []
            for id, message in batch.items():
                path = folder / id
                path.write_bytes(message)
                paths.append(str(path))
            place = words.index(FILES)
            return _ran([*words[:place], *paths, *words[place + 1 :]], b"", timeout)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def takes_many(self, kind: str) -> bool:
        """Whether the command reads files."""
        return FILES in self._command(kind)

    def is_known(self, kind: str) -> bool:
        """Whether there is a command for this."""
        return bool(self._command(kind))


@dataclass
class _Run:
    """One account's turn."""

    learner: Learner
    account: MaildirAccount
    jobs: Jobs
    now: float
    failures: int = 0  # in a row
    is_stuck: bool = False  # a command does not work, so that no hurry helps

    def all(self) -> float | None:
        """As Learner.run()."""
        deadline = time.monotonic() + RUN_SECONDS
        for id in [id for id, job in self.jobs.waiting.items() if not self.learner.is_known(job.kind)]:
            del self.jobs.waiting[id]
        for kind in (JUNK, HAM):
            self.failures = 0
            for batch in self._batches(kind):
                self._learn(kind, batch)
                self.is_stuck |= self.failures >= FAILURES
                if self.failures >= FAILURES or time.monotonic() > deadline:
                    break
        next_time = self.jobs.next_time()
        return max(next_time, self.now + FIRST_PAUSE) if next_time is not None and self.is_stuck else next_time

    def _batches(self, kind: str) -> Iterator[Batch]:
        """What is due; messages that a command has refused before go alone."""
        due = [(id, job) for id, job in self.jobs.waiting.items() if job.kind == kind and job.next <= self.now]
        batch: Batch = {}
        for id, job in due:
            message = self._message(id)
            if message is None:
                del self.jobs.waiting[id]
                continue
            if batch and (sum(map(len, batch.values())) + len(message) > BATCH[1] or not self._is_sharing(job)):
                yield batch
                batch = {}
            batch[id] = message
            if len(batch) >= BATCH[0] or not self._is_sharing(job):
                yield batch
                batch = {}
        if batch:
            yield batch

    def _is_sharing(self, job: Job) -> bool:
        return self.learner.takes_many(job.kind) and not job.attempts

    def _message(self, id: Id) -> bytes | None:
        """Read in a session of its own: mail does not wait for commands. None: destroyed meanwhile, or too large."""
        with self.account.session():
            row = self.account.emails.index.row(id)
            if row is None or self.account.emails.index.size(row) > LARGEST:
                return None
            return self.account.emails.message(id)

    def _learn(self, kind: str, batch: Batch) -> None:
        fault = self.learner.learn(kind, self.account, batch)
        if fault is None:
            log.info("%s: %d messages learned as %s", self.account.id, len(batch), kind)
            self.failures = 0
            for id in batch:
                self.jobs.done(id)
            return
        log.warning("%s: %s of %d messages is not learned: %s", self.account.id, kind, len(batch), fault)
        self.failures += 1
        self._put_off(batch)

    def _put_off(self, ids: Iterable[Id]) -> None:
        for id in ids:
            job = self.jobs.waiting[id]
            job.next = self.now + min(FIRST_PAUSE * 2**job.attempts, LONGEST_PAUSE)
            job.attempts += 1
            if job.attempts >= ATTEMPTS:
                log.error("%s: %s is given up: it could not be learned as %s", self.account.id, id, job.kind)
                del self.jobs.waiting[id]


def _ran(words: Sequence[str], given: bytes, timeout: float) -> str | None:
    """None when the command answers 0 in time; what it started is killed with it."""
    with tempfile.TemporaryFile() as complaint:
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaint, cwd="/",
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return f"{words[0]}: {error.strerror}"
        with process:
            try:
                process.communicate(given, timeout)
            except subprocess.TimeoutExpired:
                return f"{words[0]}: took longer than {timeout:g} seconds"
            finally:
                _end(process)
        return None if process.returncode == 0 else f"{words[0]}: status {process.returncode}{_said(complaint)}"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _said(complaint: IO[bytes]) -> str:
    """The last of what it wrote on standard error."""
    complaint.seek(max(complaint.seek(0, os.SEEK_END) - 300, 0))
    text = complaint.read().decode("utf-8", "replace").strip()
    return f", {text!r}" if text else ""


def _clear(queue: LearnQueue) -> None:
    """What a killed worker has left; there is none other at work."""
    for folder in queue.folder.glob("batch.*"):
        shutil.rmtree(folder, ignore_errors=True)
