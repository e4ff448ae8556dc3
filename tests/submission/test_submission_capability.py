"""urn:ietf:params:jmap:submission in the Session and in `using`."""

from typing import Any

import pytest

from tests.conftest import CORE, MAIL

pytestmark = pytest.mark.rfc("8621", "1.3.2")
URN = "urn:ietf:params:jmap:submission"


def session(host: Any) -> Any:
    return host.client.get("/.well-known/jmap", auth=host.authorization).get_json()


def test_the_session(mailhost: Any) -> None:
    found = session(mailhost)
    assert found["capabilities"][URN] == {} and found["primaryAccounts"][URN] == "alice"
    account = found["accounts"]["alice"]["accountCapabilities"][URN]
    assert sorted(account) == ["maxDelayedSend", "submissionExtensions"]
    assert isinstance(account["maxDelayedSend"], int) and account["maxDelayedSend"] >= 0
    for name, arguments in account["submissionExtensions"].items():
        assert name == name.upper() and all(isinstance(each, str) for each in arguments)


def test_what_the_configuration_says(make_mailhost: Any) -> None:
    given = {"max_delayed_send": 3600, "max_size": 5000, "extensions": ["DSN", "SIZE", "MT-PRIORITY MIXER"]}
    host = make_mailhost(submission=given)
    assert session(host)["accounts"]["alice"]["accountCapabilities"][URN] == {
        "maxDelayedSend": 3600,
        "submissionExtensions": {
            "DSN": [],
            "FUTURERELEASE": ["3600"],
            "MT-PRIORITY": ["MIXER"],
            "SIZE": ["5000"],
        },
    }


def test_no_extensions(make_mailhost: Any) -> None:
    host = make_mailhost(submission={"max_delayed_send": 0, "extensions": []})
    account = session(host)["accounts"]["alice"]["accountCapabilities"][URN]
    assert account == {"maxDelayedSend": 0, "submissionExtensions": {}}


@pytest.mark.parametrize("using", [(CORE, URN), (CORE, MAIL), (CORE, MAIL, URN), (URN,), (MAIL,)])
@pytest.mark.rfc("8620", "3.3")
def test_using_is_read_as_clients_mean_it(mailhost: Any, using: tuple[str, ...]) -> None:
    """Mail implies submission, and anything implies core."""
    assert len(mailhost.call("Identity/get", {"ids": None}, using)["list"]) == 1


@pytest.mark.parametrize("using", [(), (CORE,)])
@pytest.mark.rfc("8620", "3.3")
def test_nothing_implies_it_but_mail(mailhost: Any, using: tuple[str, ...]) -> None:
    assert mailhost.error("Identity/get", {"ids": None}, using)["type"] == "unknownMethod"


@pytest.mark.rfc("8620", "3.3")
def test_strict_takes_using_by_the_letter(make_mailhost: Any) -> None:
    host = make_mailhost(protocol={"strict": True})
    assert host.error("Identity/get", {"ids": None}, (CORE, MAIL))["type"] == "unknownMethod"
    assert host.error("Email/get", {"ids": []}, (CORE, URN))["type"] == "unknownMethod"
    assert len(host.call("Identity/get", {"ids": None}, (CORE, URN))["list"]) == 1
