"""jmapd-submit: sends what lies in the outboxes of all accounts, follows reports, has junk learned (RFC 8621 7)."""

import argparse
import logging
import os
import sys

from jmapd.auth.users_file import UsersFile
from jmapd.cli.ending import OK, told
from jmapd.cli.stopping import stoppable
from jmapd.config import Config, ConfigError, account_names, flat, load
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol.accounts import Accounts, BadUserName
from jmapd.stores.maildir import MaildirAccount
from jmapd.submission.worker import Worker

log = logging.getLogger("jmapd.submit")


def main(arguments: list[str] | None = None) -> int:
    """0: done, or stopped; 1: a problem, told on standard error; 2: wrong usage or configuration."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="jmapd-submit: %(message)s", level=logging.INFO, stream=sys.stderr)
    try:
        config = load(given.config)
        logging.getLogger().setLevel(config.log.level.upper())
        found = Found(config)
        worker = Worker(flat(config), found.accounts)
        with stoppable():
            if not (worker.run_once() if given.once else worker.run()):
                log.warning("stopped while a message was under way; it is tried again")
                sys.stderr.flush()
                os._exit(OK)  # a thread may wait for minutes for a server
    except (ConfigError, OSError) as error:
        return told("jmapd-submit", error, given.config)
    except KeyboardInterrupt:  # before there was anything to stop
        return OK
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jmapd-submit",
        description="Sends the mail that users have submitted; stays, and sends more as it comes.",
        epilog="Exit status: 0 done or stopped, 1 a problem, 2 wrong usage or configuration. Safe to run twice at"
        " once.",
    )
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    parser.add_argument("--once", action="store_true", help="attempt what is due now, and end: for cron")
    return parser


class Found:
    """The accounts of a configuration, as the file of users has them at each time."""

    def __init__(self, config: Config) -> None:
        prepare_state_dir(config)
        self._config = config
        self._accounts = Accounts(config)
        self._users_file = UsersFile(config.paths.users_file)
        check_places(config, self._users_file.users())

    def accounts(self) -> list[MaildirAccount]:
        """All there are now."""
        found: list[MaildirAccount] = []
        for name in account_names(self._config, self._users_file.users()):
            try:
                account = self._accounts.mail_account(name)
            except BadUserName as error:
                log.warning("%r: %s", name, error)
                continue
            found += [account] if account is not None else []
        return found
