"""Mail addresses in certificates: compared with those of a message (RFC 8550 3), and with constraints (RFC 5280)."""

import unicodedata


def same(first: str, second: str) -> bool:
    """RFC 5280 7.5 would have the local part exact; mail systems do not tell addresses apart by case."""
    return _normal(first) == _normal(second)


def _normal(address: str) -> str:
    local, _, domain = address.strip().rpartition("@")
    # Only ASCII: elsewhere letters of two different addresses may have one and the same other case
    return f"{local.lower() if local.isascii() else local}@{_domain(domain)}"


def _domain(domain: str) -> str:
    """As A-labels (RFC 8398 5). Nothing is mapped that IDNA 2008 keeps apart, as the codec "idna" would."""
    return ".".join(map(_label, domain.split(".")))


def _label(label: str) -> str:
    if label.isascii():
        return label.lower()
    return "xn--" + unicodedata.normalize("NFC", label.lower()).encode("punycode").decode("ascii")


def is_within(address: str, constraint: str) -> bool:
    """RFC 5280 4.2.1.10: the constraint is a mailbox, a host, or with a dot first all hosts of a domain.

    What an empty one means is not said there; others take it for all addresses.
    """
    if not constraint:
        return True
    if "@" in constraint:
        return same(address, constraint)
    domain = _domain(address.rpartition("@")[2])
    if constraint.startswith("."):
        return domain.endswith(_domain(constraint[1:])) and domain[: -len(_domain(constraint[1:]))].endswith(".")
    return domain == _domain(constraint)
