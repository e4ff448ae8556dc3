"""VacationResponse/get (RFC 8621 8.1) and what the Session says of it (1.3.3)."""

from collections.abc import Callable

import pytest

from tests.conftest import CORE, MailHost
from tests.vacationresponse.conftest import USING, VACATION, Away

pytestmark = pytest.mark.rfc("8621", "8.1")

OFF = {
    "id": "singleton",
    "isEnabled": False,
    "fromDate": None,
    "toDate": None,
    "subject": None,
    "textBody": None,
    "htmlBody": None,
}


def test_there_is_exactly_one_before_anything_was_set(mailhost: MailHost) -> None:
    answer = mailhost.call("VacationResponse/get", {"ids": None}, USING)
    assert (answer["list"], answer["notFound"]) == ([OFF], [])


def test_its_id_is_singleton(mailhost: MailHost) -> None:
    answer = mailhost.call("VacationResponse/get", {"ids": ["other", "singleton"]}, USING)
    assert (answer["list"], answer["notFound"]) == ([OFF], ["other"])


def test_properties_that_are_asked_for(away: Away) -> None:
    answer = away.call("VacationResponse/get", {"ids": None, "properties": ["isEnabled"]}, USING)
    assert answer["list"] == [{"id": "singleton", "isEnabled": True}]
    assert away.error("VacationResponse/get", {"ids": None, "properties": ["x"]}, USING)["type"] == "invalidArguments"


@pytest.mark.rfc("8621", "1.3.3")
def test_session(mailhost: MailHost) -> None:
    session = mailhost.client.get("/.well-known/jmap", auth=mailhost.authorization, follow_redirects=True).get_json()
    assert session["capabilities"][VACATION] == {}
    assert session["accounts"]["alice"]["accountCapabilities"][VACATION] == {}
    assert session["primaryAccounts"][VACATION] == "alice"


@pytest.mark.rfc("8621", "1.3.3")
def test_only_with_the_capability(make_away: Callable[..., Away]) -> None:
    host = make_away(protocol={"strict": True})
    assert host.error("VacationResponse/get", {"ids": None}, (CORE,))["type"] == "unknownMethod"


def test_method_off(make_away: Callable[..., Away]) -> None:
    host = make_away(vacation={"method": "off"})
    session = host.client.get("/.well-known/jmap", auth=host.authorization, follow_redirects=True).get_json()
    assert VACATION not in session["accounts"]["alice"]["accountCapabilities"]
    error = host.error("VacationResponse/get", {"ids": None}, USING)
    assert error["type"] == "accountNotSupportedByMethod"


@pytest.mark.rfc("8620", "5.2")
def test_there_are_no_other_methods(mailhost: MailHost) -> None:
    for verb in ("changes", "query", "copy"):
        assert mailhost.error(f"VacationResponse/{verb}", {}, USING)["type"] == "unknownMethod"
