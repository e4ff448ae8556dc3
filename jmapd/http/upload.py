"""Uploading binary data (RFC 8620 6.1)."""

from jmapd.http import body
from jmapd.http.exchange import Answer, Exchange, HTTPError, json_answer
from jmapd.http.site import Site
from jmapd.stores.base import OverQuota, ReadOnly
from jmapd.wire.errors import LimitExceeded

MAX_TYPE = 255


def post_upload(site: Site, exchange: Exchange, account_id: str) -> Answer:
    """Keeps the body, whatever its type, as a blob of the account."""
    account = site.accounts.for_user(exchange.user).get(account_id)
    if account is None:
        raise HTTPError(404, "There is no such account, or you may not see it.")
    body.refuse_encoding(exchange.environ)
    limit = site.limits.max_size_upload
    kind = exchange.environ.get("CONTENT_TYPE", "").strip()[:MAX_TYPE] or "application/octet-stream"
    with site.uploads.enter(exchange.user):
        pieces = body.chunks(exchange.environ, limit, "maxSizeUpload", 413, site.config.server.read_timeout)
        try:
            # Not inside account.session(): a slow client must not hold up the account's other requests.
            blob_id, size = account.blobs.put(pieces, limit)
        except ValueError as error:
            raise LimitExceeded("maxSizeUpload", f"The file is longer than {limit} octets.", 413) from error
        except OverQuota:
            raise HTTPError(507, "There is no room for this file.") from None
        except ReadOnly:
            raise HTTPError(403, "Nothing may be stored in this account.") from None
    # 200, not 201: some clients take nothing else for success.
    return json_answer({"accountId": account_id, "blobId": blob_id, "type": _text(kind), "size": size})


def _text(header: str) -> str:
    """A header's value (WSGI: octets as latin-1) as text."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace")
