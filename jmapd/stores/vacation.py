"""The VacationResponse of an account (RFC 8621 8), which is always there; and, where Dovecot answers, its script."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from jmapd.config_values import ConfigError, user_path
from jmapd.formats import sieve_vacation
from jmapd.index.account import AccountIndex
from jmapd.stores.addresses import Addresses
from jmapd.stores.base import StoreUnavailable, Transaction
from jmapd.stores.objects import ObjectTransaction, WritableObjects
from jmapd.stores.sieve_scripts import SieveScripts
from jmapd.wire import Id, Record

SINGLETON = "singleton"
OFF: Record = {
    "isEnabled": False,
    "fromDate": None,
    "toDate": None,
    "subject": None,
    "textBody": None,
    "htmlBody": None,
}


class VacationStore(WritableObjects):
    """One record."""

    type = "VacationResponse"

    def __init__(self, index: AccountIndex, owner: str, options: Mapping[str, Any]) -> None:
        super().__init__(index)
        self._owner, self._options = owner, options

    def ids(self) -> Iterable[Id]:
        return [SINGLETON]

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        record = {"id": SINGLETON, **OFF, **(self._index.objects.get(self.type, SINGLETON) or {})}
        return {id: dict(record) for id in ids if id == SINGLETON}

    def current(self) -> Record:
        """As it is now."""
        return self.get([SINGLETON])[SINGLETON]

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        if self._options.get("vacation.method") != "sieve":
            return super().transaction()
        return ScriptedTransaction(self, self._index, self._scripts())

    def script(self, record: Record) -> str | None:
        """The script that does what the record says; None when none has to."""
        if not record["isEnabled"]:
            return None
        own = [each for each in Addresses(self._options).of(self._owner) if not each.startswith("*@")]
        return sieve_vacation.script(record, own, int(self._options.get("vacation.days", 7)))

    def renew(self) -> None:
        """The script as it has to be now: options and addresses change, records are taken back. The lock must be held.

        Raises StoreError.
        """
        is_ours = self._options.get("vacation.method") == "sieve"
        scripts, wanted = self._scripts(), self.script(self.current()) if is_ours else None
        found = scripts.read()
        if wanted is None and found is not None:
            scripts.remove()
        elif wanted is not None and wanted != found:
            scripts.check()
            scripts.write(wanted)

    def _scripts(self) -> SieveScripts:
        """Raises StoreUnavailable for an account whose name makes no such path."""
        try:
            folder = user_path(str(self._options.get("vacation.sieve_folder", "")), self._owner)
            active = user_path(str(self._options.get("vacation.sieve_active", "")), self._owner)
        except ConfigError as error:
            raise StoreUnavailable(str(error)) from error
        if folder is None:
            raise StoreUnavailable("vacation.sieve_folder is empty")
        return SieveScripts(folder, active)


class ScriptedTransaction(ObjectTransaction):
    """The script changes first, and back again when the record cannot."""

    def __init__(self, store: VacationStore, index: AccountIndex, scripts: SieveScripts) -> None:
        super().__init__(store, index)
        self._vacation, self._scripts = store, scripts
        self._is_changed = False

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        if record["isEnabled"]:
            self._scripts.check()
        answer = super().update(id, record, changed)
        self._is_changed = True
        return answer

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None or not self._is_changed:
            return
        before, after = self._vacation.current(), self.get(SINGLETON)
        assert after is not None
        self._put(after)
        try:
            super().__exit__(None, *rest)
        except BaseException:
            self._put(before)
            raise

    def _put(self, record: Record) -> None:
        script = self._vacation.script(record)
        if script is None:
            self._scripts.remove()
        else:
            self._scripts.write(script)
