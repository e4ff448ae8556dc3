"""Dovecot's clients, LMTP, mbsync and JMAP clients at once on one Maildir, at random; then all must see the same.

By hand: python -m tests.system.stress --seconds 300 --seed 1
"""

import argparse
import contextlib
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from .mbsync import Mbsync
from .peers import Dovecot, checked
from .plain_user import SystemUser, nobody
from .stress_check import Final
from .stress_imap import ImapParty, Postman
from .stress_jmap import JmapParty
from .stress_ledger import Box, Busy, Ledger
from .stress_sync import Background, Laptop, Watcher
from .web import Gunicorn, gunicorn

FIXED = ("INBOX", "Archive", "Keep")
MANY_FAULTS = 30
PAUSE = 0.005  # seconds, so that each has its turn


class Party(Protocol):
    """One who does one thing after another."""

    name: str

    def step(self) -> None:
        """Raises Busy when it cannot be done now."""

    def close(self) -> None: ...


def work(party: Party, ledger: Ledger, end: float) -> None:
    while time.monotonic() < end and len(ledger.faults) < MANY_FAULTS:
        try:
            party.step()
            time.sleep(PAUSE)
        except Busy:
            time.sleep(0.001)
        except Exception:
            ledger.fault(f"{party.name}: {traceback.format_exc(limit=-4)}")
            party.close()
    party.close()


@contextlib.contextmanager
def rig(folder: Path, user: SystemUser) -> Iterator[tuple[Gunicorn, Dovecot, Gunicorn, Mbsync]]:
    """The server and the Dovecot of one Maildir; another server over what mbsync makes of it."""
    with gunicorn(folder / "jmapd", user=user) as server, gunicorn(folder / "laptop", user=user) as laptop:
        dovecot = Dovecot(folder / "dovecot", server.maildir, user)
        mbsync = Mbsync(folder / "laptop" / "mbsyncrc", dovecot, laptop.maildir, user, patterns=" ".join(FIXED))
        try:
            yield server, dovecot, laptop, mbsync
        finally:
            dovecot.stop()


def furnish(ledger: Ledger, dovecot: Dovecot) -> list[Box]:
    """The first folders. Answers the fixed ones."""
    fixed = [Box(name, is_fixed=True) for name in FIXED]
    top = Box("Top1")
    boxes = [*fixed, top, *(Box(f"Box{number}", top if number % 2 else None) for number in range(6))]
    with dovecot.imap() as imap:
        for box in boxes:
            if box.path != "INBOX":
                checked(imap.create(box.path))
            ledger.add_box(box)
    return fixed


def run(folder: Path, user: SystemUser, seconds: float, seed: int) -> Ledger:
    """All of it. The ledger has the faults that were found."""
    ledger = Ledger(seed)
    with rig(folder, user) as (server, dovecot, laptop, mbsync):
        fixed = furnish(ledger, dovecot)
        mbsync.run()
        clients = [JmapParty(number, ledger, server) for number in range(3)]
        watcher, away = Watcher(ledger, dovecot), Laptop(ledger, laptop)
        parties: list[Party] = [*clients, watcher, away, Background(ledger, mbsync)]
        parties += [Postman("lmtp0", ledger, dovecot, fixed), *(ImapParty(n, ledger, dovecot) for n in range(2))]
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=work, args=(party, ledger, end)) for party in parties]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _ in range(2):
            Background(ledger, mbsync).step()
        final = Final(ledger, server, dovecot)
        final.run([client.follower for client in clients])
        final.laptop(laptop, away.follower)
        watcher.look_at_all()
        watcher.close()
        final.same("Dovecot's log", dovecot.complaints(), [])
        for log in (server, laptop):
            for path in (log.log, log.folder / "gunicorn.log"):
                bad = [line for line in path.read_text().splitlines() if " status=5" in line or "Traceback" in line]
                final.same(f"{path.name} of {log.folder.name}", bad, [])
    return ledger


def summary(ledger: Ledger, seconds: float) -> str:
    """What was done."""
    alive = [letter for letter in ledger.letters.values() if not letter.is_gone]
    lines = [f"stress: seed {ledger.seed}, {seconds:.0f} seconds, {sum(ledger.counts.values())} operations"]
    counts = [f"{name} {count}" for name, count in sorted(ledger.counts.items()) if not name.startswith("box ")]
    lines.append("  " + ", ".join(counts))
    lines.append(
        f"  {len(ledger.letters)} messages made, {len(alive)} left in {len(ledger.open_boxes())} of"
        f" {len(ledger.boxes)} folders; faults: {len(ledger.faults)}"
    )
    return "\n".join([*lines, *ledger.faults, *beside(ledger)])


def beside(ledger: Ledger) -> list[str]:
    """What was done to folders at the time of each fault."""
    times = [float(fault.partition(" ")[0]) for fault in ledger.faults]
    return [text for began, ended, text in ledger.events if any(began - 1 < time < ended + 1 for time in times)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the files")
    given = parser.parse_args()
    folder, user = Path(tempfile.mkdtemp(prefix="jmapd-stress-")), nobody()
    folder.chmod(0o755)
    user.own(folder)
    ledger = run(folder, user, given.seconds, given.seed)
    print(summary(ledger, given.seconds))
    if given.keep:
        print(folder)
    else:
        shutil.rmtree(folder)
    return 1 if ledger.faults else 0


if __name__ == "__main__":
    sys.exit(main())
