"""jmapd-push: tells push services what has changed (RFC 8620 7.2, RFC 8030), for clients that are not connected."""

import argparse
import logging
import sys
import threading
from pathlib import Path

from jmapd import datatypes
from jmapd.app import accounts_of, credential, limits_of, pushed_types
from jmapd.auth.users_file import UsersFile
from jmapd.cli.ending import OK, PROBLEM, told
from jmapd.cli.stopping import stoppable
from jmapd.config import Config, ConfigError, flat, load
from jmapd.files import locks
from jmapd.files.watch import Watch
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol import dispatch
from jmapd.protocol.accounts import Accounts
from jmapd.push.post import Poster
from jmapd.push.pusher import Pusher
from jmapd.push.sender import Sender
from jmapd.push.vapid import Vapid
from jmapd.stores.push_subscriptions import FOLDER
from jmapd.wire import Record

log = logging.getLogger("jmapd.push")

WAIT_SECONDS = 3600.0


def main(arguments: list[str] | None = None) -> int:
    """0: stopped; 1: a problem, told on standard error; 2: wrong usage or configuration."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="jmapd-push: %(message)s", level=logging.INFO, stream=sys.stderr)
    try:
        config = load(given.config)
        logging.getLogger().setLevel(config.log.level.upper())
        folder = Path(config.paths.state_dir) / FOLDER
        prepare_state_dir(config)
        folder.mkdir(mode=0o700, exist_ok=True)
        with stoppable(), locks.exclusive_or_none(folder / "worker.lock") as is_alone:
            if not is_alone:
                print("jmapd-push: another one is at work", file=sys.stderr)
                return PROBLEM
            pusher = _pusher(config)
            threading.Thread(target=_watch, args=(folder, pusher), daemon=True).start()
            try:
                pusher.serve()
            finally:
                pusher.stop()
    except ConfigError as error:
        return told("jmapd-push", error)
    except (OSError, ValueError) as error:
        print(f"jmapd-push: {error}", file=sys.stderr)
        return PROBLEM
    except KeyboardInterrupt:
        return OK
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jmapd-push",
        description="Pushes changes to the push subscriptions of all users; stays.",
        epilog="Exit status: 0 stopped, 1 a problem, 2 wrong usage or configuration. Only one runs at a time.",
    )
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    return parser


def _pusher(config: Config) -> Pusher:
    """Raises ConfigError, OSError."""
    state_dir = Path(config.paths.state_dir)
    users = UsersFile(config.paths.users_file)
    check_places(config, users.users())
    registry, limits, options = datatypes.REGISTRY, limits_of(config), flat(config)
    accounts = Accounts(config, users.users)

    def run(request: Record, user: str) -> Record:
        return dispatch.run(request, user, accounts.for_user(user), registry, limits, options, False)

    sender = Sender(Vapid(state_dir, config.push.contact), Poster(config.push.allow, config.push.ca_file))
    views = accounts_of(accounts, users)
    return Pusher(state_dir, pushed_types(registry), views, lambda user: credential(users, user), run, sender)


def _watch(folder: Path, pusher: Pusher) -> None:
    watch = Watch()
    watch.follow({str(folder): FOLDER})
    while True:
        if watch.wait(WAIT_SECONDS):
            pusher.wake()
