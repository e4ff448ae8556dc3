"""Conversions between the formats on disk and what JMAP shows: pure functions of bytes or text."""
