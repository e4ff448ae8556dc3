"""Whether the localizations of a Card fit it (RFC 9553 1.4.3 and 2.7.1)."""

from jmapd.formats.jscontact.checks import CHECKS
from jmapd.formats.jscontact.schema import TYPES
from jmapd.formats.object_types import forms, patches
from jmapd.formats.object_types.checks import Found, Path, pointer
from jmapd.formats.object_types.patch_checks import Paths, paths_of
from jmapd.formats.object_types.patches import apply, size
from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.pointer import tokens

_MOST_WORK = 200_000  # values looked at for all languages: what is patched is checked anew in each


def check_localizations(card: Record, found: Found) -> None:
    """Adds the faults of the patches to those of the card, which must have been looked for before."""
    given = card.get("localizations")
    if not isinstance(given, dict):
        return
    known = set(found.problems)
    plain = {name: value for name, value in card.items() if name != "localizations"}
    work = _MOST_WORK
    for language, patch in given.items():
        if isinstance(patch, dict):
            work = _check_patch(plain, patch, ((None, "localizations"), language), found, known, work)
            if work < 0:
                found.add((None, "localizations"), "is too large")
                return


def in_place(card: Record, old: Record) -> Record:
    """The localizations of a card but for the patches of what it had and no longer has."""
    kept: Record = {}
    for language, patch in card["localizations"].items():
        fitting = patches.in_place(patch, card, old)
        if fitting or fitting == patch:
            kept[language] = fitting
    return kept


def _check_patch(card: Record, patch: Record, at: Path, found: Found, known: set[tuple[str, str]], work: int) -> int:
    """One language; answers how much work is left."""
    before = len(found.problems)
    paths = paths_of(patch, at, found)
    for path, key in paths.items():
        if path[0] == "localizations":
            found.add((at, key), "must not be about localizations")
    names = {path[0] for path in paths}
    work -= sum(size(card.get(name), work) for name in names if name in card) + len(paths)
    if work < 0 or len(found.problems) > before:
        return work
    localized: Record = dict(card)
    copied: set[tuple[str, ...]] = set()
    for path, key in paths.items():
        try:
            apply(localized, path, patch[key], copied)
        except InvalidPatch as error:
            found.add((at, key), str(error))
    _check_localized(localized, paths, at, found, known)
    return work


def _check_localized(localized: Record, paths: Paths, at: Path, found: Found, known: set[tuple[str, str]]) -> None:
    """RFC 9553 2.7.1: a patched property has a value that it may have."""
    inner, checks = Found(found.strict), CHECKS.of["Card"]
    for name in dict.fromkeys(path[0] for path in paths):
        check = checks.get(name)
        if name not in localized:
            if check and TYPES["Card"][name].is_mandatory:
                inner.add((None, name), "must be given")
        elif check:
            check(localized[name], (None, name), inner)
        elif why := forms.property_name(CHECKS.schema, name):
            inner.add((None, name), why)
    keys = {pointer(_linked(path)): key for path, key in paths.items()}
    for where, why in inner.problems:
        if (where, why) not in known:
            found.add(_patch_of(where, keys, at), why)


def _patch_of(where: str, keys: dict[str, str], at: Path) -> Path:
    """The patch that a fault of the localized card comes from; the whole localization if it is of none alone."""
    whole = where
    while whole:
        if whole in keys:
            rest = where[len(whole) + 1 :]
            path: Path = (at, keys[whole])
            for token in tokens("/" + rest) if rest else ():
                path = (path, token)
            return path
        whole = whole.rpartition("/")[0]
    below = [key for pointer, key in keys.items() if pointer.startswith(where + "/")]
    return (at, below[0]) if len(below) == 1 else at


def _linked(path: tuple[str, ...]) -> Path:
    linked: Path = None
    for token in path:
        linked = (linked, token)
    return linked
