"""One package per capability; ALL is the one list to extend, REGISTRY the methods of it."""

from collections.abc import Iterable
from dataclasses import replace

from jmapd.datatypes import (
    blob,
    calendars,
    contacts,
    core,
    mail,
    mdn,
    principals,
    quota,
    smimeverify,
    submission,
    tasks,
    vacationresponse,
)
from jmapd.methods.registry import methods
from jmapd.methods.spec import DataType


def merged(datatypes: Iterable[DataType]) -> tuple[DataType, ...]:
    """What a later RFC adds to a type is declared as a type of the same name, and joins the first of them."""
    out: dict[str, DataType] = {}
    for each in datatypes:
        if (first := out.get(each.name)) is not None:
            each = replace(
                first,
                properties={**first.properties, **each.properties},
                filters={**first.filters, **each.filters},
                sorts={**first.sorts, **each.sorts},
                extra_methods={**first.extra_methods, **each.extra_methods},
                capabilities=first.capabilities + each.capabilities,
            )
        out[each.name] = each
    return tuple(out.values())


ALL = merged(
    (
        *core.DATATYPES,
        *blob.DATATYPES,
        *mail.DATATYPES,
        *quota.DATATYPES,
        *smimeverify.DATATYPES,
        *submission.DATATYPES,
        *vacationresponse.DATATYPES,
        *mdn.DATATYPES,
        *contacts.DATATYPES,
        *principals.DATATYPES,
        *calendars.DATATYPES,
        *tasks.DATATYPES,
    )
)
REGISTRY = methods(ALL)
