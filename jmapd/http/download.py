"""Downloading binary data (RFC 8620 6.2), with ranges and conditions (RFC 9110 13, 14)."""

import re
from urllib.parse import parse_qs, quote

from werkzeug.http import parse_etags, unquote_etag

from jmapd.http.compression import compressed, is_compressible
from jmapd.http.exchange import Answer, Exchange, Headers, HTTPError
from jmapd.http.site import Site
from jmapd.stores.base import RecordNotFound

IMMUTABLE = ("Cache-Control", "private, immutable, max-age=31536000")
# What somebody mailed must not run as a page of this origin.
SANDBOX: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "sandbox; default-src 'none'"),
]
TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*;[ -~\t]*)?")
MAX_TYPE, MAX_NAME = 255, 1024
PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)
ATTR_CHAR = "!#$&+-.^_`|~"  # RFC 8187 3.2.1, beside letters and digits


def get_download(site: Site, exchange: Exchange, account_id: str, blob_id: str, name: str = "") -> Answer:
    """The blob as a file of the given type and name."""
    media_type = requested_type(exchange.query)
    if len(name) > MAX_NAME:
        raise HTTPError(400, f"The name is longer than {MAX_NAME} characters.")
    account = site.accounts.for_user(exchange.user).get(account_id)
    if account is None:
        raise HTTPError(404, "There is no such account, or you may not see it.")
    known = exchange.header("IF_NONE_MATCH")
    tags = parse_etags(known)
    is_known = bool(known) and (tags.contains_weak(blob_id) or tags.contains_weak(f"{blob_id}-gzip"))
    try:
        with account.session():
            blob = account.blobs.find(blob_id)
            if blob is None:
                raise RecordNotFound
            size = blob.size
            span = None if is_known else requested_range(exchange, blob_id, size)
            content = b"" if is_known else b"".join(blob.read(*(span or ())))
    except RecordNotFound:
        raise HTTPError(404, "There is no such blob in this account.") from None
    headers: Headers = [IMMUTABLE, *SANDBOX, ("Accept-Ranges", "bytes")]
    is_text = is_compressible(media_type)
    if is_text:
        headers.append(("Vary", "Accept-Encoding"))
    if is_known:
        return Answer(304, b"", [*headers, ("ETag", f'"{blob_id}"')])
    described: Headers = [("Content-Type", media_type), ("Content-Disposition", disposition(name))]
    whole: Headers = [*headers, *described, ("ETag", f'"{blob_id}"')]
    if span is not None:
        return Answer(206, content, [*whole, ("Content-Range", f"bytes {span[0]}-{span[1] - 1}/{size}")])
    if is_text and exchange.method == "GET":
        smaller = compressed(content, exchange.header("ACCEPT_ENCODING"), site.gzip_level)
        if smaller is not None:
            packed = [("ETag", f'"{blob_id}-gzip"'), ("Content-Encoding", "gzip")]
            return Answer(200, smaller, [*headers, *described, *packed])
    return Answer(200, content, whole)


def requested_type(query: str) -> str:
    """The Content-Type asked for, exactly. Raises HTTPError for one that may not stand in a header."""
    try:
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=20, encoding="utf-8", errors="replace")
    except ValueError:
        raise HTTPError(400, "The query has too many fields.") from None
    given = fields.get("type", [""])[0]
    if not given:
        return "application/octet-stream"
    if len(given) > MAX_TYPE or not TYPE.fullmatch(given):
        raise HTTPError(400, "The type is no media type.")
    return given


def disposition(name: str) -> str:
    """Content-Disposition with the name (RFC 6266; RFC 8187 where it is more than a plain word)."""
    if not name:
        return "attachment"
    if PLAIN_NAME.fullmatch(name):
        return f'attachment; filename="{name}"'
    fallback = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    encoded = quote(name.encode("utf-8", "replace"), safe=ATTR_CHAR)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}"


def requested_range(exchange: Exchange, blob_id: str, size: int) -> tuple[int, int] | None:
    """The one range (start, stop) to send, or None for the whole. Raises HTTPError 416."""
    header = exchange.header("RANGE")
    if not header or exchange.method != "GET":
        return None
    if_range = exchange.header("IF_RANGE")
    # RFC 9110 13.1.5: a strong comparison; a date never matches, since no Last-Modified is ever sent.
    if if_range and unquote_etag(if_range) != (blob_id, False):
        return None
    match = RANGE.fullmatch(header.strip())
    if not match or not (match[1] or match[2]):
        return None  # RFC 9110 14.2: a Range that is not understood, or is of several, is as if it were not there
    if match[1]:
        start, last = int(match[1]), min(int(match[2] or size), size - 1)
        if match[2] and int(match[2]) < start:
            return None
    else:
        start, last = max(0, size - int(match[2])), size - 1
    if start > last:
        raise HTTPError(416, "The range is outside the blob.", [("Content-Range", f"bytes */{size}")])
    return start, last + 1
