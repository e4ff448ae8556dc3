"""jmapd-reindex: builds, refreshes, verifies and compacts the index beside the mail; the sidecar of the server."""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from jmapd.auth.users_file import UsersFile
from jmapd.cli.ending import OK, PROBLEM, USAGE, Usage, told
from jmapd.cli.progress import Progress, counted
from jmapd.cli.stopping import stoppable
from jmapd.config import Config, ConfigError, account_names, load
from jmapd.files import atomic, locks
from jmapd.files.watch import WATCHING, Watch
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol.accounts import Accounts, BadUserName, account_id
from jmapd.scheduling import incoming
from jmapd.scheduling.alerts import Alarms
from jmapd.stores import plain_copy, rebuild
from jmapd.stores.account import FileAccount
from jmapd.stores.base import UNREACHABLE
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.maildir_intake import Intake, Key, Result, pool_intake

log = logging.getLogger("jmapd.reindex")

FULL_PASS_SECONDS = 60.0
MANY = 200  # messages from which on starting processes pays


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: a problem, told on standard error; 2: wrong usage or configuration."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="jmapd-reindex: %(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        config = load(given.config)
        sidecar = Sidecar(config, given.accounts)
        with stoppable():
            return _run(sidecar, given)
    except (ConfigError, Usage, OSError) as error:
        status = told("jmapd-reindex", error, given.config)
        is_given = isinstance(error, OSError) and error.filename in (given.config, given.export, given.import_file)
        return USAGE if is_given else status
    except KeyboardInterrupt:
        print("jmapd-reindex: stopped; the next run goes on from here", file=sys.stderr)
        return PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jmapd-reindex",
        description="Brings the index of all accounts (or of those named) up to date with the mail.",
        epilog="Exit status: 0 done, 1 a problem was found, 2 wrong usage or configuration. Safe to run twice at once:"
        " a plain run leaves out an account that another one is at work on, all else waits for it.",
    )
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    parser.add_argument(
        "accounts", metavar="ACCOUNT", nargs="*", help="name or id of an account; default: all accounts"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--verify", action="store_true", help="compare index and mail, print what differs")
    action.add_argument("--compact", action="store_true", help="write the journal into the snapshot now")
    action.add_argument("--watch", action="store_true", help="stay, and follow the file system")
    action.add_argument("--rebuild", action="store_true", help="make the index anew; all ids stay")
    action.add_argument("--export", metavar="FILE", help="write what the mail files cannot hold, as JSON; - is stdout")
    action.add_argument("--import", metavar="FILE", dest="import_file", help="take back what --export wrote")
    return parser


def _run(sidecar: "Sidecar", given: argparse.Namespace) -> int:
    if given.watch:
        return sidecar.watch()
    if given.verify:
        return sidecar.verify()
    if given.export:
        return sidecar.export(given.export)
    if given.import_file:
        return sidecar.take_back(given.import_file)
    return sidecar.bring_up(want_compact=given.compact, want_rebuild=given.rebuild)


class Sidecar:
    """The accounts of one run."""

    def __init__(self, config: Config, names: list[str]) -> None:
        prepare_state_dir(config)
        self._config, self._names = config, names
        self._users_file = UsersFile(config.paths.users_file)
        self._accounts = Accounts(config, self._users_file.users)
        self._alarms = Alarms(self._accounts.account, self._accounts.time_zone)
        self._next_alerts: dict[str, float] = {}  # by account id: when its next alert is due, as time.time()
        check_places(config, self._users_file.users())
        self.accounts()  # names that do not exist are told at once

    def accounts(self) -> list[FileAccount]:
        """All there are now, or those named. Raises Usage."""
        names = account_names(self._config, self._users_file.users())
        if self._names:
            by_id = {account_id(name): name for name in names}
            unknown = [name for name in self._names if name not in names and name not in by_id]
            if unknown:
                raise Usage(f"no such account: {', '.join(unknown)}")
            names = [name if name in names else by_id[name] for name in self._names]
        found: list[FileAccount] = []
        for name in names:
            try:
                account = self._accounts.account(name)
            except BadUserName as error:
                log.warning("%r: %s", name, error)
                continue
            found += [account] if account is not None else []
        return found

    def _each(self, work: Callable[[FileAccount], bool], must: bool = True) -> int:
        """Does it for each account; one that fails does not stop the others. `must`: waits for another run's end."""
        is_fine = True
        for account in self.accounts():
            try:
                with rebuild.alone(account, may_wait=must) as is_free:
                    if not is_free:
                        print(f"{account.id}: another jmapd-reindex is at work on it")
                        continue
                    is_fine &= work(account)
            except UNREACHABLE as error:
                print(f"jmapd-reindex: {account.id}: {error}", file=sys.stderr)
                is_fine = False
            except Exception:
                log.exception("%s: not done", account.id)
                is_fine = False
        return OK if is_fine else PROBLEM

    # --- what it does ---

    def bring_up(self, want_compact: bool = False, want_rebuild: bool = False) -> int:
        """One pass over all accounts."""

        def work(account: FileAccount) -> bool:
            if want_rebuild:
                rebuild.renew(account)
            self._pass(account, want_compact=want_compact)
            return True

        return self._each(work, must=want_compact or want_rebuild)

    def _pass(self, account: FileAccount, want_compact: bool = False) -> None:
        with ExitStack() as stack:
            intake = LazyPool(stack)
            with Progress(account.id) as progress:
                outcome = rebuild.bring_up(account, intake, progress.step, want_compact=want_compact)
                progress.done(outcome.counts, outcome.changed, outcome.compacted)
        self._attend(account)

    def _attend(self, account: FileAccount, is_full: bool = True) -> None:
        """What came by mail about events, and alerts; no other process does it meanwhile."""
        try:
            if isinstance(account, MaildirAccount):
                incoming.follow(account, lambda: account_names(self._config, self._users_file.users()))
        finally:  # alerts are due all the same
            at = self._alarms.attend(account, want_all=is_full)
            if at is not None:
                self._next_alerts[account.id] = at

    def verify(self) -> int:
        """Compares; changes nothing but what following the file system changes."""

        def work(account: FileAccount) -> bool:
            problems = rebuild.verify(account)
            for problem in problems:
                print(f"{account.id}: {problem}")
            with account.opened():
                found = counted(rebuild.counts(account))
            print(f"{account.id}: {found}, {len(problems) or 'no'} differences")
            return not problems

        return self._each(work)

    def export(self, target: str) -> int:
        """Readable JSON of all accounts in one file."""
        whole = {}

        def work(account: FileAccount) -> bool:
            with account.session():
                whole[account.id] = plain_copy.objects_of(account.index)
            return True

        status, path = self._each(work), Path(target)
        data = plain_copy.accounts_to_json(whole)
        if target == "-":
            sys.stdout.buffer.write(data)
        elif path.exists() and not path.is_file():
            path.write_bytes(data)  # a pipe or a device
        elif status == OK or not path.exists():
            try:
                atomic.write(path, data)
            except OSError as error:
                raise OSError(error.errno, error.strerror, target) from error
        else:
            print(f"jmapd-reindex: {target} stays as it is, for not all could be exported", file=sys.stderr)
        return status

    def take_back(self, source: str) -> int:
        """What was exported replaces what is there; a Mailbox id that differs makes the index anew."""
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        try:
            whole = plain_copy.accounts_from_json(data)
        except ValueError as error:
            raise Usage(f"{source}: {error}") from error

        def work(account: FileAccount) -> bool:
            if account.id not in whole:
                print(f"{account.id}: not in {source}")
                return True
            rebuild.take_back(account, whole[account.id])
            self._pass(account)
            return True

        unknown = whole.keys() - {account.id for account in self.accounts()} if not self._names else set()
        if unknown:
            print(f"jmapd-reindex: no such account: {', '.join(sorted(unknown))}", file=sys.stderr)
        return max(self._each(work), PROBLEM if unknown else OK)

    def watch(self) -> int:
        """Stays until it is stopped; each account is brought up to date when something in it changed."""
        if self._names:
            return self._watch()
        with locks.exclusive_or_none(Path(self._config.paths.state_dir) / WATCHING):  # workers need not look themselves
            return self._watch()

    def _watch(self) -> int:
        watch, paths = Watch(), dict[str, list[str]]()
        accounts: dict[str, FileAccount] = {}
        changed: set[Hashable] = set()
        full_pass = -FULL_PASS_SECONDS
        try:
            while True:
                now = time.monotonic()
                if is_full := now - full_pass >= FULL_PASS_SECONDS:
                    full_pass = now
                    accounts = {account.id: account for account in self.accounts()}
                elif not changed:
                    quiet = min([full_pass + FULL_PASS_SECONDS - now, *self._until_alerts(accounts).values()])
                    changed = watch.wait(max(quiet, 0.0))
                    changed |= {id for id, seconds in self._until_alerts(accounts).items() if seconds <= 0}
                for account in accounts.values():
                    if is_full or account.id in changed:
                        self._try_pass(account, is_full)
                        paths[account.id] = _watched(account)
                        if len(accounts) > self._config.index.max_open_accounts:
                            account.close()
                # in what is followed only now, something may have happened before
                changed = watch.follow({path: id for id in accounts for path in paths[id]})
        except KeyboardInterrupt:
            return OK
        finally:
            watch.close()

    def _until_alerts(self, accounts: Container[str]) -> dict[str, float]:
        """Seconds, by account; nobody looks after those of others that were there before."""
        now = time.time()
        return {id: at - now for id, at in self._next_alerts.items() if id in accounts}

    def _try_pass(self, account: FileAccount, is_full: bool) -> None:
        self._next_alerts.pop(account.id, None)
        try:
            with rebuild.alone(account) as is_free, ExitStack() as stack:
                if is_free:
                    rebuild.bring_up(account, LazyPool(stack), want_all=is_full)
                    self._attend(account, is_full)
        except UNREACHABLE as error:
            log.warning("%s: %s", account.id, error)
        except Exception:  # whatever it is, the others are looked after
            log.exception("%s: not brought up to date", account.id)


def _watched(account: FileAccount) -> list[str]:
    try:
        return rebuild.watched(account)
    except UNREACHABLE:
        return [str(part.root) for part in account.parts]


class LazyPool(Intake):
    """Starts processes only when there is much to parse."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack
        self._pool: Intake | None = None

    def parse(self, items: Sequence[tuple[Key, str]]) -> Iterator[tuple[Key, Result]]:
        """As Intake.parse()."""
        if self._pool is None and len(items) >= MANY:
            self._pool = self._stack.enter_context(pool_intake())
        return self._pool.parse(items) if self._pool is not None else super().parse(items)
