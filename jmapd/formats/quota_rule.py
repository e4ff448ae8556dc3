"""Limits of a mail account in Dovecot's notation: "*:storage=1G:messages=10000", "Trash:storage=+100M".

The rule "*" (or "?") is for the account; that of a mailbox says how much further saving into it may go, or "ignore".
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

STORAGE, MESSAGES = "storage", "messages"
_UNITS = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_VALUE = re.compile(r"([+-]?)(\d{1,15})([A-Za-z%]*)", re.ASCII)


class Amount(NamedTuple):
    """Octets, messages, or percent of the account's limit."""

    value: int
    is_percent: bool = False


class Rule(NamedTuple):
    """One rule: the mailbox, or a pattern of names with * and ?, and the amounts by STORAGE and MESSAGES."""

    mailbox: str
    amounts: dict[str, Amount]
    is_ignored: bool = False

    @property
    def is_default(self) -> bool:
        return self.mailbox in ("*", "?")


def parse(text: str) -> Rule:
    """Raises ValueError, saying what is wrong."""
    mailbox, colon, limits = text.strip().partition(":")
    if not colon or not mailbox or not limits:
        raise ValueError(f'{text!r} is no rule as "*:storage=1G"')
    rule = Rule("INBOX" if mailbox.upper() == "INBOX" else mailbox, {}, limits == "ignore")
    if rule.is_ignored:
        if rule.is_default:
            raise ValueError(f"{text!r}: only a mailbox can be ignored")
        return rule
    for limit in limits.split(":"):
        name, _, value = limit.partition("=")
        if name not in (STORAGE, "bytes", MESSAGES):
            raise ValueError(f"{text!r}: {name!r} is no limit; there are storage, bytes and messages")
        rule.amounts[MESSAGES if name == MESSAGES else STORAGE] = _amount(text, name, value, rule.is_default)
    return rule


def _amount(text: str, name: str, value: str, is_default: bool) -> Amount:
    match = _VALUE.fullmatch(value)
    if match is None:
        raise ValueError(f"{text!r}: {value!r} is no amount as 500M")
    sign, number, unit = match[1], int(match[2]), match[3].upper()
    if is_default and (sign or unit == "%"):
        raise ValueError(f"{text!r}: only a mailbox can have an amount beside the account's limit")
    if sign == "-":
        number = -number
    if unit == "%":
        return Amount(number, True)
    if unit and unit.removesuffix("B") not in _UNITS and unit != "B":
        raise ValueError(f"{text!r}: {match[3]!r} is no unit; there are B, K, M, G, T and %")
    implied = "K" if name == STORAGE else "B"  # as Dovecot reads a bare number
    return Amount(number * _UNITS[(unit or implied)[0]])


class Rules:
    """Several rules: of those for the same mailbox the first that names a limit counts; exceptions come first."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._account: dict[str, Amount] = {}
        self._mailboxes: dict[str, Rule] = {}
        for rule in map(parse, texts):
            if rule.is_default:
                self._account = rule.amounts | self._account
                continue
            first = self._mailboxes.setdefault(rule.mailbox, rule)
            self._mailboxes[rule.mailbox] = first._replace(amounts=rule.amounts | first.amounts)

    def limit(self, name: str, mailbox: str | None = None) -> int | None:
        """STORAGE in octets or MESSAGES of the account, or for saving into a mailbox; None: there is none."""
        base = self._account.get(name, Amount(0)).value
        if not base:
            return None
        rule = self._rule(mailbox) if mailbox is not None else None
        more = rule.amounts.get(name) if rule is not None else None
        if more is None:
            return base
        return max(base + (base * more.value // 100 if more.is_percent else more.value), 0)

    def ignores(self, mailbox: str) -> bool:
        """Whether what is in that mailbox does not count."""
        rule = self._rule(mailbox)
        return rule is not None and rule.is_ignored

    def _rule(self, mailbox: str) -> Rule | None:
        return next((rule for mask, rule in self._mailboxes.items() if _matches(mask, mailbox)), None)


def _matches(mask: str, mailbox: str) -> bool:
    if mask == mailbox:
        return True
    pattern = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in mask)
    return re.fullmatch(pattern, mailbox, re.DOTALL) is not None
