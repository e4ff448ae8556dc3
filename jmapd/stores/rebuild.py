"""What the sidecar does with an account: bring the index up to date, make it anew, compare it with the files."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jmapd.files import locks
from jmapd.formats.message.wire_form import wire_digest
from jmapd.index.compact import compact
from jmapd.stores import maildir_names, plain_copy
from jmapd.stores.account import FileAccount, Part, renew_index
from jmapd.stores.base import StoreError, StoreUnavailable
from jmapd.stores.folder_disk import clear_leftovers
from jmapd.stores.maildir import MailPart
from jmapd.stores.maildir_folders import FOLDER, ROOT, TREE, unique_places
from jmapd.stores.maildir_intake import Intake, email_id, read_file
from jmapd.stores.maildir_layout import INBOX, discover
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import PARTS, Edits, look
from jmapd.stores.vacation import VacationStore
from jmapd.stores.vdir import VdirPart
from jmapd.stores.vdir_books import COLLECTION
from jmapd.wire import Id

log = logging.getLogger(__name__)

TMP_SECONDS = 36 * 3600.0  # what is older in tmp/ was never delivered (Maildir rules)
CATCH_UP = 500

Progress = Callable[[int, int], None]


@dataclass
class Outcome:
    """Of one pass over an account."""

    counts: dict[str, int] = field(default_factory=dict)  # of messages and cards
    changed: bool = False
    compacted: bool = False


@contextmanager
def alone(account: FileAccount, may_wait: bool = False) -> Iterator[bool]:
    """Whether no other sidecar is at work on this account, if need be after it has ended; held meanwhile."""
    account.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = account.state_dir / "reindex.lock"
    with locks.exclusive_or_none(path) as is_free:
        if is_free or not may_wait:
            yield is_free
            return
    with locks.exclusive(path):
        yield True


def bring_up(
    account: FileAccount,
    intake: Intake | None = None,
    progress: Progress | None = None,
    want_all: bool = True,
    want_compact: bool = False,
) -> Outcome:
    """One pass: all that changed in the files, the full-text index, the plain copy, the journal's length.

    Raises StoreUnavailable, OSError.
    """
    outcome = Outcome()
    with account.opened():
        index = account.index
        before = (index.epoch, index.modseq)
        errors = []
        for part in account.parts:
            try:
                _bring_up(account, part, intake, progress, want_all)
            except StoreUnavailable as error:  # the other parts are not away with it
                errors.append(error)
        if index.stale() or want_compact:
            compact(index)
            outcome.compacted = True
        plain_copy.save(index, account.state_dir)
        account.uploads.expire()
        outcome.counts = counts(account)
        outcome.changed = before != (index.epoch, index.modseq)
        if errors:
            raise errors[0]
    return outcome


def _bring_up(
    account: FileAccount, part: Part, intake: Intake | None, progress: Progress | None, want_all: bool
) -> None:
    if isinstance(part, VdirPart):
        part.bring_up(want_all, progress)
    elif isinstance(part, MailPart):
        has_all = part.follower.run(None, intake, want_all, progress)
        while not part.follower.catch_up(CATCH_UP):
            pass
        part.emails.smime.bring_up_all(None)
        if has_all and want_all:
            part.emails.smime.tidy()
        if want_all:
            _clear_tmp(account, part)
            _clear_leftovers(account, part)
            _renew_vacation(account)


def counts(account: FileAccount) -> dict[str, int]:
    """How many messages and cards there are; in opened()."""
    found: dict[str, int] = {}
    for part in account.parts:
        if isinstance(part, VdirPart):
            found |= {kind.things: len(account.index.objects.all(kind.item_type)) for kind in part.kinds}
        elif isinstance(part, MailPart):
            found["messages"] = len(account.index.mail)
    return found


def renew(account: FileAccount) -> None:
    """An empty index in place of the one that is there; ids come from the files and the plain copy."""
    with contextlib.suppress(StoreUnavailable), account.opened():
        plain_copy.save(account.index, account.state_dir)
    account.close()
    renew_index(account.state_dir, account.history_days, want_new=True).close()


def take_back(account: FileAccount, given: plain_copy.Objects) -> None:
    """Records that were exported; where a folder had another Mailbox id, the index is made anew with the given one."""
    with account.session(), account.locked():
        there = plain_copy.objects_of(account.index)
        whole = plain_copy.merged(there, given)
        is_other = any(whole.get(type, {}).keys() != there.get(type, {}).keys() for type in (FOLDER, COLLECTION))
        if not is_other:
            records = {type: found for type, found in whole.items() if type not in (FOLDER, COLLECTION)}
            account.index.commit(plain_copy.restoring(account.index, records))
    if is_other:
        account.close()
        plain_copy.write(whole, account.state_dir)
        renew_index(account.state_dir, account.history_days, want_new=True).close()


def watched(account: FileAccount) -> list[str]:
    """The directories whose changes matter."""
    with account.opened():
        return [path for part in account.parts for path in part.watched()]


def _renew_vacation(account: FileAccount) -> None:
    """Where Dovecot answers, or did until the configuration was changed."""
    try:
        with account.locked():
            VacationStore(account.index, account.owner, account.options).renew()
    except (StoreError, OSError) as error:
        level = logging.WARNING if account.option("vacation.method", "agent") == "sieve" else logging.DEBUG
        log.log(level, "%s: the script of the vacation response: %s", account.id, error)


def _clear_tmp(account: FileAccount, mail: MailPart) -> None:
    oldest = time.time() - TMP_SECONDS
    for record in account.index.objects.all(FOLDER).values():
        if not record["exists"]:
            continue  # what is named tmp there is somebody's own
        with contextlib.suppress(OSError), os.scandir(mail.root / from_text(record["path"]) / "tmp") as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                    _remove_old(entry, oldest)


def _clear_leftovers(account: FileAccount, mail: MailPart) -> None:
    """Of folders that were made or destroyed by a process that was killed."""
    with account.locked():
        records = [each for each in account.index.objects.all(FOLDER).values() if each["exists"]]
        folders = [str(mail.root / from_text(record["path"])) for record in records]
        inbox = next((path for path, each in zip(folders, records, strict=True) if each["names"] == [INBOX]), None)
        clear_leftovers(folders, inbox or str(mail.root))


def _remove_old(entry: "os.DirEntry[str]", oldest: float) -> None:
    """A message taken away has its old mtime; only the ctime tells since when it lies here."""
    if entry.stat(follow_symlinks=False).st_ctime < oldest:
        os.unlink(entry.path)  # noqa: PTH108


# --- comparing ---


def verify(account: FileAccount, is_thorough: bool = False) -> list[str]:
    """What is wrong, one line each; nothing when index, files and counts agree. `is_thorough`: reads each message."""
    with account.session(), account.locked():
        problems = list(account.index.verify())
        for part in account.parts:
            if isinstance(part, VdirPart):
                problems += part.verify(is_thorough)
            elif isinstance(part, MailPart):
                problems += _verify_mail(account, part, is_thorough)
    return problems


def _verify_mail(account: FileAccount, mail: MailPart, is_thorough: bool) -> list[str]:
    problems = _verify_folders(account, mail)
    for id, record in account.index.objects.all(FOLDER).items():
        if record["exists"]:
            problems += _verify_folder(account, mail, id, is_thorough)
    problems += _verify_emails(account)
    missing = len(account.index.mail.undocumented(mail.emails.text.last()))
    if missing:
        problems.append(f"full-text index: {missing} messages are missing")
    return problems


def _verify_folders(account: FileAccount, mail: MailPart) -> list[str]:
    """Folders on disk against Mailboxes."""
    objects = account.index.objects
    before = (objects.get(TREE, ROOT) or {}).get("layout", "")
    layout, encoding = account.option("mail.layout", "auto"), account.option("mail.name_encoding", "auto")
    tree = discover(mail.root, layout, encoding, before)
    there = {maildir_names.to_text(place.path) for place in unique_places(tree)}
    known = {record["path"]: id for id, record in objects.all(FOLDER).items()}
    problems = [f"folder {path!r} has no Mailbox" for path in sorted(there - known.keys())]
    problems += [f"Mailbox {known[path]} has no folder {path!r}" for path in sorted(known.keys() - there)]
    if objects.all("Mailbox").keys() != objects.all(FOLDER).keys():
        problems.append("Mailboxes and folders differ")
    parents = {id: record["parentId"] for id, record in objects.all("Mailbox").items()}
    return problems + [f"Mailbox {id} has no parent {up}" for id, up in parents.items() if up and up not in parents]


def _verify_folder(account: FileAccount, part: MailPart, id: Id, is_thorough: bool) -> list[str]:
    """The files of one folder against the index."""
    path = part.follower.watchlist.folder(id)
    assert path is not None
    mail, problems = account.index.mail, []
    seen, files = look(id, path, PARTS), account.index.mail.mailbox_files(id)
    for name in sorted(seen.names - files.keys()):
        if (error := _unreadable(f"{path}/{from_text(name)}")) is not None:
            problems.append(f"{path}/{name} cannot be read: {error}")
        else:
            problems.append(f"{path}/{name} is not in the index")
    problems += [f"{path}/{name} is in the index, but not there" for name in sorted(files.keys() - seen.names)]
    for name in sorted(seen.names & files.keys()):
        row = files[name]
        try:
            mtime = int((status := os.stat(f"{path}/{from_text(name)}")).st_mtime)  # noqa: PTH116
            if is_thorough or max(mtime, 0) != mail.received_at(row) or status.st_size > mail.size(row):
                found = email_id(wire_digest(read_file(f"{path}/{from_text(name)}")[0]))
                if found != mail.id(row):
                    problems.append(f"{path}/{name} is {found}, the index has {mail.id(row)}")
        except OSError as error:
            problems.append(f"{path}/{name} cannot be read: {error.strerror or error}")
    return problems


def _unreadable(path: str) -> str | None:
    try:
        read_file(path)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _verify_emails(account: FileAccount) -> list[str]:
    """Keywords as the names say; each file known under its folder too."""
    index, problems = account.index, []
    edits = Edits(index, index.objects.all(FOLDER))
    names: dict[Id, int] = {}
    for row in index.mail.live():
        files = index.mail.files(row)
        if not files:
            problems.append(f"{index.mail.id(row)} is in no Mailbox")
        wanted, found = edits.keywords(index.mail.id(row), files), sorted(index.mail.keywords(row))
        if wanted != found:
            problems.append(f"{index.mail.id(row)} has keywords {found}, its files say {wanted}")
        for mailbox, of_mailbox in files.items():
            names[mailbox] = names.get(mailbox, 0) + len(of_mailbox)
            if index.objects.get(FOLDER, mailbox) is None:
                problems.append(f"{index.mail.id(row)} is in {mailbox}, which is no Mailbox")
    for mailbox, count in names.items():
        if len(index.mail.mailbox_files(mailbox)) != count:
            problems.append(f"{mailbox}: {len(index.mail.mailbox_files(mailbox))} files, {count} by message")
    return problems
