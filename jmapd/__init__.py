"""jmapd: JMAP over the Maildir, vCard and iCalendar files that people already have."""

__version__ = "0.1.0"
