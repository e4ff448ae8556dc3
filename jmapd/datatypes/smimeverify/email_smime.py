"""What RFC 9219 adds to Email: rows for Email/get (4.1) and filters for Email/query (4.2)."""

from collections.abc import Callable
from typing import Any

from pyroaring import BitMap

from jmapd.formats.smime.kind import SIGNED, UNKNOWN
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Property
from jmapd.wire import Id, Record
from jmapd.wire.dates import utc_date

VERIFY_SECONDS = 1.0  # that a query spends on signatures before it answers "not yet"
SMIMEVERIFY = "urn:ietf:params:jmap:smimeverify"


def _verify(context: Context, ids: list[Id]) -> None:
    """4.1: to ask for a status is to ask for it to be verified."""
    store: Any = context.store("Email")
    store.smime.bring_up(ids)


def _verify_all(context: Context) -> None:
    store: Any = context.store("Email")
    store.smime.bring_up_all(VERIFY_SECONDS)


def _result(context: Context, record: Record) -> Record | None:
    """None: nothing that could be verified, or nobody has yet."""
    store: Any = context.store("Email")
    found: Record | None = store.smime.get(record["id"]) if record.get("smime") == SIGNED else None
    return found


def _status(key: str) -> Callable[[Context, Record, str], Any]:
    def computed(context: Context, record: Record, name: str) -> str | None:
        found = _result(context, record)
        return found[key] if found is not None else record.get("smime")

    return computed


def _errors(context: Context, record: Record, name: str) -> list[str] | None:
    found = _result(context, record)
    return found.get("errors") if found is not None else None


def _verified_at(context: Context, record: Record, name: str) -> str | None:
    """Null also of a signature that there was no attempt to verify."""
    found = _result(context, record)
    return utc_date(found["at"]) if found is not None and found["status"] != SIGNED else None


def _row(type: str, computed: Callable[[Context, Record, str], Any], is_verifying: bool = True) -> Property:
    return Property(
        type, server_set=True, stored=False, by_default=False, capability=SMIMEVERIFY, computed=computed,
        prepare=_verify if is_verifying else None,
    )  # fmt: skip


def _has_smime(context: Context, value: bool) -> BitMap:
    store: Any = context.store("Email")
    found: BitMap = store.index.smime(SIGNED) | store.index.smime(UNKNOWN)
    return found if value else store.index.live() - found


def _has_verified(name: str) -> Callable[[Context, bool], BitMap]:
    def rows(context: Context, value: bool) -> BitMap:
        store: Any = context.store("Email")
        found: BitMap = store.smime.verified(name)
        return found if value else store.index.live() - found

    return rows


EMAIL_SMIME = DataType(
    "Email",
    SMIMEVERIFY,
    store="Email",
    methods=(),
    rfc="RFC 9219 4",
    properties={
        "smimeStatus": _row("String|null", _status("status")),
        "smimeStatusAtDelivery": _row("String|null", _status("delivery")),
        "smimeErrors": _row("String[]|null", _errors),
        "smimeVerifiedAt": _row("UTCDate|null", _verified_at, is_verifying=False),
    },
    filters={
        "hasSmime": Filter("Boolean", rows=_has_smime, reads=("blobId",), capability=SMIMEVERIFY),
        "hasVerifiedSmime": Filter(
            "Boolean", rows=_has_verified("status"), reads=("smimeStatus",), capability=SMIMEVERIFY, prepare=_verify_all
        ),
        "hasVerifiedSmimeAtDelivery": Filter(
            "Boolean",
            rows=_has_verified("delivery"),
            reads=("smimeStatusAtDelivery",),
            capability=SMIMEVERIFY,
            prepare=_verify_all,
        ),
    },
)
