"""One push to one subscription: encrypted, signed, posted, and what is answered (RFC 8030 5, RFC 8291, RFC 8292)."""

import logging
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from time import time
from urllib.parse import urlsplit

from jmapd.push.encrypt import encrypted
from jmapd.push.messages import Message
from jmapd.push.post import NotAllowed, Poster
from jmapd.push.vapid import Vapid, unpadded
from jmapd.wire import Record, ijson

log = logging.getLogger(__name__)

MOST_SECONDS = 24 * 3600  # that a push service can make us wait for


class Kind(Enum):
    """What became of a push."""

    SENT = "sent"
    GONE = "gone"  # the subscription is over
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    kind: Kind
    seconds: float = 0.0  # to wait for, where the other side said so


class Sender:
    """Sends; keeps nothing."""

    def __init__(self, vapid: Vapid, poster: Poster) -> None:
        self._vapid, self._poster, self.key = vapid, poster, vapid.public

    def send(self, subscription: Record, message: Message) -> Outcome:
        """Never fails."""
        url, keys = subscription["url"], subscription["keys"]
        body = ijson.dumps(message.value)
        headers = {
            "Content-Type": "application/json",
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
            "Authorization": self._vapid.authorization(url),
        }
        if message.topic:
            headers["Topic"] = message.topic
        if keys is not None:
            body = encrypted(body, unpadded(keys["p256dh"]), unpadded(keys["auth"]))
            headers["Content-Encoding"] = "aes128gcm"
        try:
            answer = self._poster.post(url, headers, body)
        except NotAllowed as error:
            log.warning("a push subscription is ended: %s", error)
            return Outcome(Kind.GONE)
        host = urlsplit(url).hostname
        if 200 <= answer.status < 300:
            log.info("pushed %s to %s", message.value["@type"], host)
            return Outcome(Kind.SENT)
        log.info("%s answers a push with %d %s", host, answer.status, answer.reason[:200])
        if answer.status in (404, 410):  # RFC 8030 7.3
            return Outcome(Kind.GONE)
        if answer.status == 429 or answer.status >= 500 or not answer.status:
            return Outcome(Kind.LATER, _seconds(answer.retry_after))
        return Outcome(Kind.REFUSED)


def _seconds(retry_after: str) -> float:
    """RFC 9110 10.2.3; 0 where it says nothing."""
    if re.fullmatch(r"[0-9]{1,9}", retry_after.strip()):
        return float(min(int(retry_after), MOST_SECONDS))
    try:
        return min(max(0.0, parsedate_to_datetime(retry_after).timestamp() - time()), MOST_SECONDS)
    except (ValueError, TypeError):
        return 0.0
