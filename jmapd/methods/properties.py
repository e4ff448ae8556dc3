"""Which properties of a data type a call may see: rows of its table, by `using` and by name pattern."""

from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Property

ID = Property("Id", server_set=True, immutable=True)  # RFC 8620 1.2; a table need not say it


def visible(context: Context, datatype: DataType) -> dict[str, Property]:
    """The rows that `using` lets exist, without those that stand for a pattern of names."""
    return {
        name: row
        for name, row in datatype.properties.items()
        if row.dynamic is None and (row.capability is None or row.capability in context.using)
    }


def find(context: Context, datatype: DataType, name: str) -> Property | None:
    """The row for a property as the client names it."""
    row = datatype.properties.get(name)
    if row is None or row.dynamic is not None:
        if name == "id":
            return ID
        rows = datatype.properties.values()
        row = next((each for each in rows if each.dynamic is not None and each.dynamic(name)), None)
    if row is not None and row.capability is not None and row.capability not in context.using:
        return None
    return row
