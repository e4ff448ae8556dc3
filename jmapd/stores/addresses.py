"""Which addresses lead to which account, and which it may send from: logins, [identities], alias files."""

import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache
from typing import Any

from jmapd.formats.mail_address import is_address, is_domain, normalised, normalised_domain, split
from jmapd.stores.alias_files import MAX_DEPTH, Aliases, alias_file

ANY = "*"  # the local part of a wildcard, as in "*@example.org"


class Addresses:
    """Cheap to make. An account is named as its owner."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._given: Mapping[str, list[str]] = options.get("identities.addresses", {})
        self._domain = str(options.get("identities.domain", ""))
        self._files: list[str] = options.get("identities.alias_files", [])
        self._found_of: dict[tuple[str, str], list[str]] = {}  # of one account: its stores ask again and again
        self._delimiters = str(options.get("delivery.recipient_delimiter", "+"))

    @property
    def domain(self) -> str:
        """Of logins that are no addresses."""
        return self._domain or own_domain()

    def of(self, account: str) -> list[str]:
        """The addresses of an account, the best first; wildcards last. Not to be changed."""
        key = account, self.domain
        if self._files or key not in self._found_of:  # what alias files say may change
            self._found_of = {key: self._of(account)}
        return self._found_of[key]

    def _of(self, account: str) -> list[str]:
        login = account if "@" in account else f"{account}@{self.domain}"
        named = [login, *self._given.get(account, ())]
        found = {normalised(each): each for each in reversed(named) if is_address(each)}
        seeds = [account.lower(), *(each for each in found if split(each)[0] != ANY)]
        for aliases in self._aliases():
            for each in map(self._as_address, aliases.leading_to(seeds)):
                if is_address(each):
                    found.setdefault(normalised(each), each)
        order = {normalised(each): number for number, each in reversed(list(enumerate(named)))}
        ranked = sorted(found, key=lambda key: (split(key)[0] == ANY, order.get(key, len(order))))
        return [found[key] for key in ranked]

    def may_use(self, account: str, address: str) -> bool:
        """Whether the account may send from that address, or have "*@example.org" as its Identity."""
        if not is_address(address):
            return False
        wanted, own = normalised(address), set(map(normalised, self.of(account)))
        return not own.isdisjoint((wanted, self._without_detail(wanted), f"{ANY}@{split(wanted)[1]}"))

    def account_of(self, recipient: str, accounts: Iterable[str]) -> str | None:
        """Whose mail that is: a login, with or without domain, an address or an alias, with a detail or not."""
        known, wanted = _by_name(tuple(accounts)), normalised(recipient)
        domain = split(wanted)[1]
        every = [f"{ANY}@{domain}", f"@{domain}"] if domain else []
        for each in (recipient, wanted, self._without_detail(wanted), *every):
            found = self._found(each, known)
            if found is not None:
                return found
        return None

    def _found(self, address: str, known: Mapping[str, str]) -> str | None:
        """The account that the address leads to, by its name, by what is given, or by aliases, which may follow."""
        front, seen, files = [address], set[str](), self._aliases()
        for _ in range(MAX_DEPTH):
            names = dict.fromkeys(name for each in front for name in self._written(each))
            written = [name for name in names if name not in seen]
            seen.update(written)
            given = [name for each in written for name in self._owners.get(each, ())]
            for each in (*written, *given):
                if each in known:
                    return known[each]
            targets = [aliases.target(each) for aliases in files for each in written]
            front = [normalised(each) for each in targets if each is not None]
        return None

    @cached_property
    def _owners(self) -> Mapping[str, list[str]]:
        """[identities] addresses the other way round."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, addresses in self._given.items():
            for each in addresses:
                found[normalised(each)].append(name)
        return found

    def _written(self, address: str) -> list[str]:
        """The ways in which a place may be written; the domain may be left out where it is ours."""
        local, domain = split(address)
        own = normalised_domain(self.domain)
        is_ours = not domain or domain in (own, "localhost") or domain in own_hosts()
        return [address, local, f"{local}@{own}"] if is_ours else [address]

    def _aliases(self) -> list[Aliases]:
        return [alias_file(path).current() for path in self._files]

    def _as_address(self, alias: str) -> str:
        local, domain = split(alias)
        return f"{local or ANY}@{domain or self.domain}"

    def _without_detail(self, address: str) -> str:
        """What stands before the first delimiter: "alice" of "alice+shop"."""
        local, domain = split(address)
        end = min((place for each in self._delimiters if (place := local.find(each, 1)) > 0), default=len(local))
        return f"{local[:end]}@{domain}" if domain else local[:end]


@lru_cache(maxsize=4)
def _by_name(accounts: tuple[str, ...]) -> Mapping[str, str]:
    """Case counts only where two names differ in nothing else."""
    return {name.lower(): name for name in reversed(accounts)} | {name: name for name in accounts}


@cache
def own_hosts() -> tuple[str, ...]:
    """The names of this machine, the longest first."""
    names = {socket.getfqdn().lower(), socket.gethostname().lower()}
    return tuple(sorted(filter(is_domain, names), key=len, reverse=True)) or ("localhost",)


def own_domain() -> str:
    """example.org on mail.example.org; the name itself where it has no domain."""
    name = own_hosts()[0]
    domain = name.partition(".")[2]
    return domain if "." in domain else name
