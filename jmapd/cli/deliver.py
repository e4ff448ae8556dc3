"""jmapd-deliver: takes mail from an MTA, as a command with the message on standard input, or by LMTP."""

import argparse
import getpass
import logging
import logging.handlers
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from jmapd.auth.users_file import UsersFile
from jmapd.config import Config, ConfigError, account_names, flat, load
from jmapd.delivery import replies, server
from jmapd.delivery.batch import Batches
from jmapd.delivery.deliver import Incoming, Outcome, deliver
from jmapd.delivery.lmtp import Recipients
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol.accounts import Accounts, BadUserName
from jmapd.stores.addresses import Addresses

log = logging.getLogger("jmapd.deliver")

OK, USAGE, TRY_AGAIN = 0, 2, replies.TRY_AGAIN
FORMAT = "jmapd-deliver: %(message)s"
SYSLOG = "/dev/log"
REMEMBERED_SECONDS = 2.0  # whose a recipient is
MOST_REMEMBERED = 10_000


class Agent:
    """Whose mail it is, and where it goes."""

    def __init__(self, config: Config) -> None:
        """Raises ConfigError."""
        prepare_state_dir(config)
        self.max_size = config.delivery.max_size
        self._config, self._users = config, UsersFile(config.paths.users_file)
        check_places(config, self._users.users())
        self._accounts, self._addresses = Accounts(config), Addresses(flat(config))
        self._remembered: dict[str, str | None] = {}
        self._since = 0.0

    def find(self, recipient: str) -> str | None:
        """The account of a recipient."""
        now = time.monotonic()
        if now - self._since > REMEMBERED_SECONDS or len(self._remembered) > MOST_REMEMBERED:
            self._remembered, self._since = {}, now
        if recipient not in self._remembered:
            names = account_names(self._config, self._users.users())
            self._remembered[recipient] = self._addresses.account_of(recipient, names)
        return self._remembered[recipient]

    def deliver(self, name: str, messages: Sequence[Incoming]) -> list[Outcome]:
        """To the account of that name."""
        try:
            account = self._accounts.mail_account(name)
        except BadUserName as error:
            log.error("%r: %s", name, error)
            account = None
        if account is None:
            return [Outcome(replies.CONFIGURATION)] * len(messages)
        return deliver(account, messages)

    def has(self, name: str) -> bool:
        """Whether there is such an account."""
        return name in account_names(self._config, self._users.users())


class Parser(argparse.ArgumentParser):
    """A mistake in the MTA's configuration must not send mail back: wrong usage is a passing trouble, too."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(TRY_AGAIN, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """As a command: a status of sysexits.h; never one that makes an MTA give mail back for a fault of ours."""
    given = _parser().parse_args(arguments)
    try:
        config = load(given.config)
        _start_logging(config, is_command=given.lmtp is None)
        agent = Agent(config)
        if given.lmtp is not None:
            return _serve(agent, given.lmtp, given.processes)
        return _take_one(agent, given)
    except ConfigError as error:
        print(f"4.3.5 jmapd-deliver: {error}", file=sys.stderr)
    except Exception as error:
        log.exception("not delivered")
        print(f"4.3.0 jmapd-deliver: {type(error).__name__}: {error}", file=sys.stderr)
    return USAGE if given.lmtp is not None else TRY_AGAIN


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="jmapd-deliver",
        description="Delivers the message on standard input, or with --lmtp all that comes by LMTP.",
        epilog="Exit status as in sysexits.h: 0 delivered, 75 try again later, 67 no such user, 73 too large or the"
        " mailbox is full, 77 refused, 69 a mail loop.",
    )
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    parser.add_argument("-f", "--sender", metavar="ADDRESS", default="", help="who sent it; default: nobody, <>")
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument("-d", "--recipient", metavar="ADDRESS", help="an address or login; default: who runs this")
    whom.add_argument("--account", metavar="NAME", help="the account itself, whatever its addresses are")
    whom.add_argument("--lmtp", metavar="ADDRESS:PORT|unix:PATH|systemd", help="stay, and serve LMTP there")
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="for --lmtp; default: %(default)s")
    return parser


def _start_logging(config: Config, is_command: bool) -> None:
    """What a command writes goes to the sender of a message that is refused, so its log goes elsewhere."""
    handler: logging.Handler = logging.StreamHandler()
    if config.log.file:
        handler = logging.handlers.WatchedFileHandler(config.log.file, encoding="utf-8")
    elif is_command:
        handler = logging.NullHandler()
        if Path(SYSLOG).exists():
            handler = logging.handlers.SysLogHandler(SYSLOG, logging.handlers.SysLogHandler.LOG_MAIL)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("jmapd").setLevel(config.log.level.upper())


def _serve(agent: Agent, where: str, processes: int) -> int:
    try:
        listener = server.listen(where)
    except (OSError, ValueError) as error:
        print(f"jmapd-deliver: {where}: {error}", file=sys.stderr)
        return USAGE
    with listener:
        server.serve(
            listener, lambda: Recipients(agent.find, Batches(agent.deliver)), agent.max_size, max(processes, 1)
        )
    if where.startswith(server.UNIX):
        Path(where.removeprefix(server.UNIX)).unlink(missing_ok=True)
    return OK


def _take_one(agent: Agent, given: argparse.Namespace) -> int:
    recipient = given.recipient or given.account or getpass.getuser()
    data = sys.stdin.buffer.read(agent.max_size + 1)
    if given.recipient is None and agent.has(recipient):
        account: str | None = recipient
    else:
        account = None if given.account else agent.find(recipient)
    if account is None:
        answer = replies.reply(replies.UNKNOWN, recipient)
    elif len(data) > agent.max_size:
        answer = replies.TOO_LARGE
    else:
        sender = given.sender.removeprefix("<").removesuffix(">")
        answer = agent.deliver(account, [Incoming(data, sender, recipient)])[0].reply
    status = replies.exit_status(answer)
    if status != OK:
        print(answer.partition(" ")[2], file=sys.stderr)  # Postfix reads the enhanced status code from its beginning
    return status
