"""What the standard methods do besides for CalendarEvent and Task (jmap-calendars-27 5, tasks-06 4)."""

from functools import partial

from jmapd.datatypes.jscalendar import checked, copied, query, shown
from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.methods.spec import Hooks

ARGUMENTS = {"get": shown.ARGUMENTS, "set": {"sendSchedulingMessages": ("Boolean", False)}, "query": query.ARGUMENTS}


def hooks(kind: Kind) -> Hooks:
    """Those of the type."""
    return Hooks(
        validate=partial(checked.validate, kind),
        before_destroy=partial(checked.before_destroy, kind),
        prepare_create=partial(checked.prepare_create, kind),
        prepare_update=partial(checked.prepare_update, kind),
        prepare_set=checked.without_nulls,
        prepare_get=partial(shown.prepare, kind),
        shape_get=partial(shown.shape, kind),
        prepare_copy=partial(copied.prepare, kind),
        commit_copy=partial(copied.commit, kind),
        after_set=partial(checked.after_set, kind),
        after_copy=partial(checked.after_copy, kind),
        expand=partial(query.expanded, kind),
    )
