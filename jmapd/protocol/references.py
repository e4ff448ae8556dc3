"""References to results of earlier calls (RFC 8620 3.7)."""

from collections.abc import Sequence
from typing import Any

from jmapd.wire import Arguments
from jmapd.wire.errors import InvalidArguments, InvalidResultReference
from jmapd.wire.pointer import PointerError, resolve

Invocation = tuple[str, Arguments, str]


def resolved(arguments: Arguments, responses: Sequence[Invocation]) -> Arguments:
    """The arguments with each "#name" replaced. Raises InvalidArguments, InvalidResultReference."""
    references = [name for name in arguments if name.startswith("#")]
    if not references:
        return arguments
    out = {name: value for name, value in arguments.items() if not name.startswith("#")}
    for name in references:
        if name[1:] in out:
            raise InvalidArguments(f"both {name[1:80]!r} and {name[:80]!r} are given")
        out[name[1:]] = _value(name, arguments[name], responses)
    return out


def _value(name: str, reference: Any, responses: Sequence[Invocation]) -> Any:
    if not isinstance(reference, dict) or not all(
        isinstance(reference.get(part), str) for part in ("resultOf", "name", "path")
    ):
        raise InvalidResultReference(f"{name[:80]!r} must have the strings resultOf, name and path")
    wanted = reference["resultOf"]
    # RFC 8620 3.7: the first response with that id counts, whatever its name is
    found = next((response for response in responses if response[2] == wanted), None)
    if found is None:
        raise InvalidResultReference(f"{name[:80]!r}: no earlier call has the id {wanted[:80]!r}")
    if found[0] != reference["name"]:
        raise InvalidResultReference(f"{name[:80]!r}: the response is {found[0]!r}, not {reference['name'][:80]!r}")
    try:
        return resolve(found[1], reference["path"])
    except PointerError as error:
        raise InvalidResultReference(f"{name[:80]!r}: {error}") from error
