"""VacationResponse/set (RFC 8621 8.2)."""

from typing import Any

import orjson
import pytest

from tests.conftest import MailHost
from tests.vacationresponse.conftest import USING, Away

pytestmark = pytest.mark.rfc("8621", "8.2")

WHOLE = {
    "isEnabled": True,
    "fromDate": "2026-01-02T03:04:05Z",
    "toDate": "2026-02-02T03:04:05Z",
    "subject": "Fort – bis März",
    "textBody": "Line one\nLine two",
    "htmlBody": "<p>Line one</p>",
}


def test_all_properties(mailhost: MailHost) -> None:
    answer = mailhost.call("VacationResponse/set", {"update": {"singleton": WHOLE}}, USING)
    assert answer["updated"] == {"singleton": None} and answer["newState"] != answer["oldState"]
    got = mailhost.call("VacationResponse/get", {"ids": None}, USING)
    assert (got["list"], got["state"]) == ([{"id": "singleton", **WHOLE}], answer["newState"])


def test_null_takes_away_again(away: Away) -> None:
    away.set(**WHOLE)
    away.set(**dict.fromkeys(WHOLE.keys() - {"isEnabled"}))
    assert away.vacation() == {"id": "singleton", "isEnabled": True, **dict.fromkeys(WHOLE.keys() - {"isEnabled"})}


def test_it_survives_a_restart_and_a_lost_index(away: Away) -> None:
    away.set(**WHOLE)
    away.start()
    assert away.vacation() == {"id": "singleton", **WHOLE}
    for path in away.state.iterdir():
        if path.is_file() and path.name != "objects.json":
            path.unlink()
    away.start()
    assert away.vacation() == {"id": "singleton", **WHOLE}
    assert orjson.loads((away.state / "objects.json").read_bytes())["objects"]["VacationResponse"]


@pytest.mark.rfc("8620", "5.3")
def test_it_cannot_be_created_or_destroyed(away: Away) -> None:
    answer = away.call("VacationResponse/set", {"create": {"a": {}}, "destroy": ["singleton"]}, USING)
    assert answer["notCreated"]["a"]["type"] == "singleton"
    assert answer["notDestroyed"]["singleton"]["type"] == "singleton"
    assert (answer["created"], answer["destroyed"], away.vacation()["isEnabled"]) == (None, None, True)


@pytest.mark.rfc("8620", "5.3")
def test_another_id(away: Away) -> None:
    answer = away.call("VacationResponse/set", {"update": {"other": {"isEnabled": False}}}, USING)
    assert answer["notUpdated"]["other"]["type"] == "notFound"


@pytest.mark.rfc("8620", "5.3")
def test_if_in_state(away: Away) -> None:
    args = {"update": {"singleton": {"isEnabled": False}}, "ifInState": "other"}
    assert away.error("VacationResponse/set", args, USING)["type"] == "stateMismatch"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("isEnabled", 1),
        ("fromDate", "2026-01-02"),
        ("toDate", "2026-01-02T03:04:05+01:00"),
        ("subject", "Away\r\nBcc: eve@example.com"),
        ("subject", "Away\nX: y"),
        ("subject", "a\x00b"),
        ("subject", "\x85"),
        ("subject", "x" * 501),
        ("subject", ["Away"]),
        ("textBody", "a\x00b"),
        ("htmlBody", "\x00"),
        ("id", "other"),
        ("text", "x"),
    ],
)
def test_what_is_refused(away: Away, name: str, value: Any) -> None:
    error = away.refused(**{name: value})
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])
    assert name in error["description"]


def test_too_large(away: Away) -> None:
    error = away.refused(textBody="x" * 200_000, htmlBody="é" * 40_000)
    assert error["type"] == "tooLarge" and "htmlBody" in error["description"]
    away.set(textBody="x" * 200_000)
