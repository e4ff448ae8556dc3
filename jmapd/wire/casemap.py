"""i;unicode-casemap (RFC 5051): strings as they are compared without case, whatever their script."""

import unicodedata


def unicode_casemap(text: str) -> str:
    """RFC 5051 2: the simple titlecase of each code point, then its full compatibility decomposition."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", "".join(map(_titled, text)))


def _titled(character: str) -> str:
    # str.title() is the full mapping; where it differs from the simple one (more than one character) there is no simple
    title = character.title()
    return title if len(title) == 1 else character
