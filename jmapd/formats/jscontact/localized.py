"""A Card in another language (RFC 9553 2.7.1)."""

from jmapd.formats.object_types.patches import applied
from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch


def in_language(record: Record, language: str) -> Record | None:
    """The Card in a language, without its localizations; None when the patch is not valid for it."""
    main = {name: value for name, value in record.items() if name != "localizations"}
    try:
        return applied(main, record["localizations"][language])
    except InvalidPatch:
        return None
