"""Components that become members of a map of ids: what names them (jscalendar-icalendar 2.1.3, 4.1.1)."""

from collections.abc import Callable

from jmapd.formats.content_lines import make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.values import is_id
from jmapd.formats.jscalendar.components import written_component
from jmapd.formats.jscalendar.units import Setting, Table, uuid5
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record


def first_text(component: Component, *names: str) -> str:
    """The text of the first of these properties that has one; "" when none has."""
    texts = (unescape(line.value).strip() for line in component.named(*names))
    return next(filter(None, texts), "")


def name_of(component: Component, otherwise: str) -> str:
    """JSID, else UID, else what is given; a UID that is no Id becomes one."""
    wanted = first_text(component, "JSID")
    if is_id(wanted):
        return wanted
    uid = first_text(component, "UID")
    return otherwise if not uid else uid if is_id(uid) else uuid5(uid)


def written_with_id(
    before: Component | None,
    wanted: Record,
    table: Table,
    setting: Setting,
    identity: str,
    named: Callable[[Component], str],
    needs_uid: bool = True,
) -> Component:
    """The component of an object under its key, with a UID where it must have one, and JSID where reading (`named`)
    would give it another key.
    """
    component = written_component(before, wanted, table, setting)
    if needs_uid and before is None and not first_text(component, "UID"):
        component.items.insert(0, make_line("UID", escape(identity)))
    if named(component) != identity:
        there = component.named("JSID")
        component.replace(there, [make_line("JSID", identity)])
    return component
