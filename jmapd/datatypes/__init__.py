"""One package per capability; ALL is the one list to extend."""

from jmapd.datatypes import core, mail

ALL = (*core.DATATYPES, *mail.DATATYPES)
