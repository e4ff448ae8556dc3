"""PushSubscription (RFC 8620 7.2), with VAPID (RFC 9749) and emailPush (draft-ietf-jmap-emailpush-03)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from jmapd.methods import filters
from jmapd.methods.context import Context, Limits
from jmapd.methods.properties import find
from jmapd.methods.spec import Capability, DataType, Hooks, Property
from jmapd.stores.base import Transaction
from jmapd.wire import Arguments, Record
from jmapd.wire.errors import Forbidden, InvalidProperties, MethodError

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
VAPID = "urn:ietf:params:jmap:webpush-vapid"
EMAIL_PUSH = "urn:ietf:params:jmap:emailpush"
LONGEST = timedelta(days=30)  # 7.2: at least 48 hours, and should be at least 7 days
MAX_URL, MAX_DEVICE, MAX_TYPES = 2048, 255, 100
SECRET = ("url", "keys")
URGENCIES = ("very-low", "low", "normal", "high")  # RFC 8030 5.3
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def _prepare_get(context: Context, args: Arguments) -> None:
    """7.2.1: what is private to a device is never returned."""
    if asked := [name for name in SECRET if name in (args["properties"] or ())]:
        raise Forbidden(f"{', '.join(asked)} may not be fetched")


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    if old is None:
        _check_new(new)
    elif new["verificationCode"] != old["verificationCode"]:
        given = new["verificationCode"]
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), old["code"].encode()):
            raise InvalidProperties(["verificationCode"], "verificationCode: is not the one that was pushed")
    if len(new["types"] or ()) > MAX_TYPES:
        raise InvalidProperties(["types"], f"types: more than {MAX_TYPES}")
    if new.get("emailPush"):
        _check_email_push(context, new["emailPush"])


def _prepare_create(context: Context, given: Record) -> Record:
    return given | {"expires": _bounded(given["expires"])}


def _prepare_update(context: Context, old: Record, new: Record) -> Record:
    return new | {"expires": _bounded(new["expires"])}


def _check_new(new: Record) -> None:
    if new["verificationCode"] is not None:
        raise InvalidProperties(["verificationCode"], "verificationCode: must be null when a subscription is created")
    if not new["deviceClientId"] or len(new["deviceClientId"]) > MAX_DEVICE:
        raise InvalidProperties(["deviceClientId"], f"deviceClientId: must have 1 to {MAX_DEVICE} characters")
    url = new["url"]
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    if not is_fine or len(url) > MAX_URL or parts.username is not None or any(not "!" <= each <= "~" for each in url):
        raise InvalidProperties(["url"], f"url: must be an absolute https URL of at most {MAX_URL} characters")
    if new["keys"] is not None:
        _check_keys(new["keys"])


def _check_keys(keys: Mapping[str, Any]) -> None:
    try:
        point = decoded(keys.get("p256dh"))
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        is_fine = len(point) == 65  # RFC 8291 3.1: not compressed
    except ValueError:
        is_fine = False
    if not is_fine:
        raise InvalidProperties(["keys/p256dh"], "keys/p256dh: must be a P-256 public key in URL-safe base64")
    try:
        is_fine = len(decoded(keys.get("auth"))) == 16
    except ValueError:
        is_fine = False
    if not is_fine:
        raise InvalidProperties(["keys/auth"], "keys/auth: must be 16 octets in URL-safe base64")


def decoded(text: Any) -> bytes:
    """URL-safe base64, with padding or without. Raises ValueError."""
    if not isinstance(text, str) or len(text) > 200:
        raise ValueError("no base64")
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _check_email_push(context: Context, configs: Record) -> None:
    """emailpush-03 4."""
    for id, config in configs.items():
        pointer = f"emailPush/{id}"
        account = context.accounts.get(id)
        if account is None or "Email" not in account.store_names:
            raise InvalidProperties([pointer], f"{pointer}: there is no such account with mail")
        properties = config.get("properties") if isinstance(config, dict) else None
        if not isinstance(properties, list) or not all(isinstance(each, str) for each in properties):
            raise InvalidProperties([f"{pointer}/properties"], f"{pointer}/properties: must be String[]")
        email, as_mail = context.datatypes["Email"], replace(context, using=context.using | {MAIL})
        if unknown := [each for each in properties if find(as_mail, email, each) is None]:
            raise InvalidProperties([f"{pointer}/properties"], f"{pointer}/properties: no property {unknown[0][:80]!r}")
        if config.get("urgency", "normal") not in URGENCIES:
            raise InvalidProperties([f"{pointer}/urgency"], f"{pointer}/urgency: must be one of {', '.join(URGENCIES)}")
        if not isinstance(config.get("filter"), dict | None):
            raise InvalidProperties([f"{pointer}/filter"], f"{pointer}/filter: must be an object or null")
        try:
            filters.parse(as_mail, email, config.get("filter"))
        except MethodError as error:
            raise InvalidProperties([f"{pointer}/filter"], f"{pointer}/filter: {error.description}") from None


def _bounded(expires: str | None) -> str:
    """7.2: one is set where the client gives none, and limited."""
    longest = (datetime.now(UTC) + LONGEST).strftime(_FORMAT)
    return longest if expires is None else min(expires, longest)


def _vapid(limits: Limits) -> dict[str, Any]:
    return {"applicationServerKey": limits.application_server_key}


PUSH_SUBSCRIPTION = DataType(
    "PushSubscription",
    CORE,
    store="PushSubscription",
    methods=("get", "set"),
    rfc="RFC 8620 7.2",
    sections={"get": "RFC 8620 7.2.1", "set": "RFC 8620 7.2.2"},
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "deviceClientId": Property("String", immutable=True),
        "url": Property("String", immutable=True, by_default=False),
        "keys": Property("Object|null", immutable=True, default=None, by_default=False),
        "verificationCode": Property("String|null", default=None),
        "expires": Property("UTCDate|null", default=None),
        "types": Property("String[]|null", default=None),
        "emailPush": Property("Object|null", default=None, capability=EMAIL_PUSH),
    },
    hooks=Hooks(
        validate=_validate, prepare_create=_prepare_create, prepare_update=_prepare_update, prepare_get=_prepare_get
    ),
    per_account=False,
    capabilities=(Capability(VAPID, server=_vapid), Capability(EMAIL_PUSH, stores=frozenset(("Email",)))),
)
