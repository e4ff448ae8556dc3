"""Bounds for ASN.1 in BER (X.690) before a recursive parser gets it: depth, number of elements, lengths that fit."""

MAX_DEPTH = 64
MAX_ELEMENTS = 100_000


class Malformed(ValueError):
    """It cannot be read; the text says why."""


def first_element(data: bytes) -> bytes:
    """The first element of the data, sound in all its constructed parts. Raises Malformed."""
    position, left = 0, MAX_ELEMENTS
    ends: list[int] = []  # of the constructed elements we are in; -1 where the length is indefinite
    limits = [len(data)]
    while True:
        left -= 1
        if left < 0:
            raise Malformed("it has too many ASN.1 elements")
        start, (is_constructed, position, length) = position, _head(data, position, limits[-1])
        if length < 0 and not is_constructed:
            raise Malformed("an ASN.1 element without a length")
        if data[start] == 0 and length == 0 and ends and ends[-1] < 0:  # the end of an indefinite length
            ends.pop()
            limits.pop()
        elif is_constructed and length != 0:
            ends.append(position + length if length > 0 else -1)
            limits.append(ends[-1] if length > 0 else limits[-1])
            if len(ends) > MAX_DEPTH:
                raise Malformed("its ASN.1 is nested too deeply")
        else:
            position += length
        while ends and ends[-1] == position:
            ends.pop()
            limits.pop()
        if not ends:
            return data[:position]


def _head(data: bytes, position: int, limit: int) -> tuple[bool, int, int]:
    """(is constructed, where the contents begin, their length or -1)."""
    if position + 2 > limit:
        raise Malformed("it ends too early")
    tag = data[position]
    position += 1
    if tag & 0x1F == 0x1F:
        while position < limit and data[position] & 0x80:
            position += 1
        position += 1
        if position >= limit:
            raise Malformed("it ends too early")
    length = data[position]
    position += 1
    if length == 0x80:
        return bool(tag & 0x20), position, -1
    if length > 0x80:
        count = length & 0x7F
        if count > 8 or position + count > limit:
            raise Malformed("an ASN.1 length that cannot be")
        length = int.from_bytes(data[position : position + count])
        position += count
    if position + length > limit:
        raise Malformed("it ends too early")
    return bool(tag & 0x20), position, length
