"""gzip for answers, where it pays and the client takes it (RFC 9110 8.4, 12.5.3)."""

import gzip
from functools import lru_cache

MINIMUM = 1024  # smaller ones fit into one packet anyway
COMPRESSIBLE = ("text/", "message/", "application/json", "application/xml", "application/javascript", "image/svg+xml")


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        weights[name] = weight
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def is_compressible(media_type: str) -> bool:
    return media_type.lower().startswith(COMPRESSIBLE) or media_type.lower().partition(";")[0].endswith(
        ("+json", "+xml")
    )


def compressed(body: bytes, accept_encoding: str, level: int) -> bytes | None:
    """The body in gzip form, or None when it is better sent as it is. Level 0: never."""
    if not level or len(body) < MINIMUM or not accept_encoding or not accepts_gzip(accept_encoding):
        return None
    smaller = gzip.compress(body, level, mtime=0)
    return smaller if len(smaller) < len(body) else None
