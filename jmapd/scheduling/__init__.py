"""Scheduling messages that arrive by mail (RFC 5546 iTIP, RFC 6047 iMIP), applied to the calendars of an account."""
