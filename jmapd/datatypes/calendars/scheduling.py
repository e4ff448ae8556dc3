"""iTIP messages for changed events (jmap-calendars-27 5.9.2).

[itip] makes this: until then nothing is sent.
"""

from jmapd.datatypes.jscalendar.kind import Change
from jmapd.methods.context import Context


def check(context: Context, change: Change) -> None:
    """Under the lock, before anything is written. Raises NoSupportedScheduleMethods."""


def schedule(context: Context, change: Change) -> None:
    """After it was written, where sendSchedulingMessages was given."""
