"""PushSubscription/get and set (RFC 8620 7.2.1, 7.2.2); what is sent is in tests/system/test_web_push.py."""

import base64
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest

from jmapd.files import locks
from tests.conftest import MailHost

pytestmark = pytest.mark.rfc("8620", "7.2")
CORE = "urn:ietf:params:jmap:core"
EMAIL_PUSH = "urn:ietf:params:jmap:emailpush"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"  # RFC 8291 5
COMPRESSED = base64.urlsafe_b64encode(b"\2" + base64.urlsafe_b64decode(POINT + "=")[1:33]).decode()
KEYS = {"p256dh": POINT, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
NEW = {"deviceClientId": "d1", "url": "https://push.example.net/1", "keys": KEYS}


def session(host: MailHost) -> Any:
    return host.client.get("/.well-known/jmap", auth=host.authorization).get_json()


def call(host: MailHost, method: str, arguments: dict[str, Any], using: tuple[str, ...] = (CORE,)) -> Any:
    name, answer, _ = host.request([[method, arguments]], using)[0]
    assert name == method, answer
    return answer


def created(host: MailHost, **more: Any) -> dict[str, Any]:
    answer = call(host, "PushSubscription/set", {"create": {"a": NEW | more}})
    assert answer["notCreated"] is None, answer
    made: dict[str, Any] = answer["created"]["a"]
    return made


def refused(host: MailHost, **more: Any) -> Any:
    given = {name: value for name, value in (NEW | more).items() if value != "missing"}
    answer = call(host, "PushSubscription/set", {"create": {"a": given}}, (CORE, EMAIL_PUSH))
    assert answer["created"] is None
    return answer["notCreated"]["a"]


def stored(host: MailHost) -> dict[str, Any]:
    """What the file has, which only the worker sees."""
    (path,) = (Path(host.config.paths.state_dir) / ".push").glob("*.json")
    assert path.stat().st_mode & 0o077 == 0
    found: dict[str, Any] = orjson.loads(path.read_bytes())["subscriptions"]
    return found


def test_no_account_and_no_state(mailhost: MailHost) -> None:
    made = call(mailhost, "PushSubscription/set", {"create": {"a": NEW}})
    assert made.keys() == {"created", "updated", "destroyed", "notCreated", "notUpdated", "notDestroyed"}
    got = call(mailhost, "PushSubscription/get", {"ids": None})
    assert got.keys() == {"list", "notFound"}
    (record,) = got["list"]
    assert record["id"] == made["created"]["a"]["id"]
    assert record.keys() == {"id", "deviceClientId", "verificationCode", "expires", "types"}
    assert record["verificationCode"] is None and record["types"] is None


@pytest.mark.parametrize("name", ["url", "keys"])
def test_what_is_private_to_a_device_is_never_fetched(mailhost: MailHost, name: str) -> None:
    created(mailhost)
    asked = {"ids": None, "properties": ["id", name]}
    ((kind, error, _),) = mailhost.request([["PushSubscription/get", asked]], (CORE,))
    assert kind == "error" and error["type"] == "forbidden"


def test_expiry(mailhost: MailHost) -> None:
    now = datetime.now(UTC)
    assert now + timedelta(days=7) <= datetime.fromisoformat(created(mailhost)["expires"]) <= now + timedelta(days=31)
    soon = (now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = created(mailhost, expires=soon)
    assert "expires" not in made
    answer = call(mailhost, "PushSubscription/set", {"update": {made["id"]: {"expires": "2999-01-01T00:00:00Z"}}})
    assert answer["updated"][made["id"]]["expires"] < "2999"


def test_verification(mailhost: MailHost) -> None:
    id = created(mailhost)["id"]
    wrong = call(mailhost, "PushSubscription/set", {"update": {id: {"verificationCode": "guess"}}})
    assert wrong["notUpdated"][id]["type"] == "invalidProperties"
    assert wrong["notUpdated"][id]["properties"] == ["verificationCode"]
    code = stored(mailhost)[id]["code"]
    assert len(code) >= 32 and not stored(mailhost)[id]["isVerified"]
    call(mailhost, "PushSubscription/set", {"update": {id: {"verificationCode": code}}})
    assert stored(mailhost)[id]["isVerified"]
    (record,) = call(mailhost, "PushSubscription/get", {"ids": [id]})["list"]
    assert record["verificationCode"] == code


def test_verification_waits_for_no_account_with_the_file_held(mailhost: MailHost) -> None:
    """Whoever has the account then waits for the file: both would wait for ever."""
    id = created(mailhost)["id"]
    given = {"update": {id: {"verificationCode": stored(mailhost)[id]["code"]}}}
    other = Thread(target=call, args=(mailhost, "PushSubscription/set", given))
    (path,) = (Path(mailhost.config.paths.state_dir) / ".push").glob("*.lock")
    account: Any = mailhost.app.site.accounts.account("alice")
    with account.session():
        other.start()
        other.join(0.3)  # it asks for the account's states
        with locks.exclusive_or_none(path) as is_free:
            assert is_free and other.is_alive()
    other.join()
    assert stored(mailhost)[id]["told"]["alice"]["Mailbox"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"url": "http://push.example.net/1"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://a:b@push.example.net/"}, "url"),
        ({"url": "https://push.example.net/\r\nX: y"}, "url"),
        ({"url": "https://push.example.net/a b"}, "url"),
        ({"url": " https://push.example.net/"}, "url"),
        ({"url": "https://push.example.net/ä"}, "url"),
        ({"url": "https://push.example.net:99999/"}, "url"),
        ({"url": "missing"}, "url"),
        ({"deviceClientId": ""}, "deviceClientId"),
        ({"keys": {"auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "keys/p256dh"),
        ({"keys": {"p256dh": POINT[:-2] + "AA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "keys/p256dh"),  # not on the curve
        ({"keys": {"p256dh": COMPRESSED, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "keys/p256dh"),
        ({"keys": {"p256dh": POINT, "auth": "AAAA"}}, "keys/auth"),
        ({"verificationCode": "x"}, "verificationCode"),
        ({"types": "Email"}, "types"),
        ({"types": ["x"] * 101}, "types"),
        ({"expires": "soon"}, "expires"),
        ({"emailPush": {"bob": {"properties": ["id"]}}}, "emailPush/bob"),
        ({"emailPush": {"alice": {"properties": "id"}}}, "emailPush/alice/properties"),
        ({"emailPush": {"alice": {"properties": [], "urgency": "now"}}}, "emailPush/alice/urgency"),
        ({"emailPush": {"alice": {"properties": [], "filter": []}}}, "emailPush/alice/filter"),
        ({"emailPush": {"alice": {"properties": ["id", "colour"]}}}, "emailPush/alice/properties"),
        ({"emailPush": {"alice": {"properties": [], "filter": {"colour": "red"}}}}, "emailPush/alice/filter"),
        ({"emailPush": {"alice": {"properties": [], "filter": {"minSize": "x"}}}}, "emailPush/alice/filter"),
    ],
)
def test_refused(mailhost: MailHost, given: dict[str, Any], pointer: str) -> None:
    error = refused(mailhost, **given)
    assert error["type"] == "invalidProperties" and error["properties"] == [pointer]
    assert not list((Path(mailhost.config.paths.state_dir) / ".push").glob("*.json"))


def test_what_cannot_be_changed(mailhost: MailHost) -> None:
    id = created(mailhost)["id"]
    for name, value in (("url", "https://push.example.net/2"), ("keys", None), ("deviceClientId", "d2")):
        answer = call(mailhost, "PushSubscription/set", {"update": {id: {name: value}}})
        assert answer["notUpdated"][id]["properties"] == [name]


def test_destroyed_leaves_nothing_of_the_secrets(mailhost: MailHost) -> None:
    id = created(mailhost)["id"]
    (path,) = (Path(mailhost.config.paths.state_dir) / ".push").glob("*.json")
    with path.open("rb") as before:
        assert call(mailhost, "PushSubscription/set", {"destroy": [id]})["destroyed"] == [id]
        assert orjson.loads(path.read_bytes())["subscriptions"] == {}
        assert not before.read().strip(b"\0")


def test_at_most_so_many(make_mailhost: Any) -> None:
    host = make_mailhost(push={"max_subscriptions_per_user": 2})
    created(host)
    created(host)
    assert refused(host)["type"] == "overQuota"


@pytest.mark.rfc("8620", "8.6")
def test_so_many_in_an_hour(make_mailhost: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate of creation MUST be limited, whether they are destroyed again or not."""
    host = make_mailhost(push={"max_subscriptions_per_user": 2})
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    for _ in range(6):
        call(host, "PushSubscription/set", {"destroy": [created(host)["id"]]})
    assert refused(host)["type"] == "rateLimit"
    now[0] += 3601
    call(host, "PushSubscription/set", {"destroy": [created(host)["id"]]})
    now[0] -= 86_400  # a clock that is set back keeps nobody waiting for a day
    created(host)


@pytest.mark.rfc("9749", "3")
def test_the_key_by_which_push_services_know_us(mailhost: MailHost) -> None:
    capabilities = session(mailhost)["capabilities"]
    key = capabilities["urn:ietf:params:jmap:webpush-vapid"]["applicationServerKey"]
    assert len(key) == 87 and key.startswith("B")
    assert capabilities[EMAIL_PUSH] == {}
    assert session(mailhost)["accounts"]["alice"]["accountCapabilities"][EMAIL_PUSH] == {}
