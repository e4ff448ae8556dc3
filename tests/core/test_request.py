"""The Request object: what refuses it as a whole, and what `using` lets exist."""

from typing import Any

import pytest

from jmapd.methods.context import Limits
from jmapd.protocol import dispatch
from jmapd.protocol.request import in_use
from jmapd.wire.errors import LimitExceeded, NotRequest, RequestError, UnknownCapability

from ..methods.bakery import BAKERY, CORE, REGISTRY, SPICE, Bakery

URN = "urn:ietf:params:jmap:"
ECHO = ["Core/echo", {"hello": True}, "c"]


@pytest.mark.rfc("8620", "3.6.1")
@pytest.mark.parametrize(
    "request_object",
    [
        [],
        "x",
        None,
        {},
        {"using": [CORE]},
        {"methodCalls": []},
        {"using": CORE, "methodCalls": []},
        {"using": [1], "methodCalls": []},
        {"using": [CORE], "methodCalls": {}},
        {"using": [CORE], "methodCalls": [["Core/echo", {}]]},
        {"using": [CORE], "methodCalls": [["Core/echo", {}, "c", 1]]},
        {"using": [CORE], "methodCalls": [["Core/echo", [], "c"]]},
        {"using": [CORE], "methodCalls": [["Core/echo", {}, 1]]},
        {"using": [CORE], "methodCalls": [[1, {}, "c"]]},
        {"using": [CORE], "methodCalls": [None]},
        {"using": [CORE], "methodCalls": [], "createdIds": []},
        {"using": [CORE], "methodCalls": [], "createdIds": None},
        {"using": [CORE], "methodCalls": [], "createdIds": {"a": 1}},
        {"using": [CORE], "methodCalls": [], "createdIds": {"a": "#b"}},
    ],
)
def test_not_a_request(bakery: Bakery, request_object: Any) -> None:
    with pytest.raises(NotRequest) as caught:
        _run(bakery, request_object)
    assert caught.value.problem()["type"] == URN + "error:notRequest"


def _run(bakery: Bakery, request_object: Any) -> Any:
    return dispatch.run(request_object, "alice", bakery.accounts, REGISTRY, bakery.limits, {}, False)


@pytest.mark.rfc("8620", "3.6.1")
def test_bytes_that_are_no_json(bakery: Bakery) -> None:
    with pytest.raises(RequestError) as caught:
        _run(bakery, b'{"using":[],"using":[]}')
    assert caught.value.kind == "notJSON" and caught.value.status == 400


@pytest.mark.rfc("8620", "3.3")
def test_further_properties_are_ignored(bakery: Bakery) -> None:
    assert bakery.response([ECHO], more=1)["methodResponses"] == [tuple(ECHO)]


@pytest.mark.rfc("8620", "3.6.1")
def test_unknown_capability(bakery: Bakery) -> None:
    with pytest.raises(UnknownCapability) as caught:
        bakery.request([ECHO], (CORE, "https://example.com/apis/foobar"))
    assert "https://example.com/apis/foobar" in caught.value.problem()["detail"]


def test_what_mail_implies_may_be_named_unless_strict() -> None:
    """Clients put it into `using` at login; its methods answer unknownMethod while they are not there."""
    calls, using = [ECHO, ["Identity/get", {}, "i"]], (CORE, URN + "submission")
    answers = Bakery().request(calls, using)
    assert [(name, answer.get("type")) for name, answer, _ in answers] == [
        ("Core/echo", None),
        ("error", "unknownMethod"),
    ]
    with pytest.raises(UnknownCapability):
        Bakery(strict=True).request(calls, using)


@pytest.mark.rfc("8620", "3.6.1")
def test_too_many_calls() -> None:
    bakery = Bakery(Limits(max_calls_in_request=2))
    assert len(bakery.request([ECHO, ECHO])) == 2
    with pytest.raises(LimitExceeded) as caught:
        bakery.request([ECHO] * 3)
    assert caught.value.problem()["limit"] == "maxCallsInRequest"


@pytest.mark.rfc("8620", "1.8")
def test_a_method_exists_only_when_its_capability_is_used(bakery: Bakery) -> None:
    assert bakery.error("Cake/get", {}, (CORE,)) == "unknownMethod"
    assert bakery.error("Cake/get", {}, (CORE, SPICE)) == "unknownMethod"
    assert bakery.error("Cake/eat", {}) == "unknownMethod"
    assert bakery.error("Core/echo", {}, ()) == "unknownMethod"


def test_core_is_implied_by_any_other_unless_strict(bakery: Bakery) -> None:
    assert bakery.request([ECHO], (BAKERY,))[0][0] == "Core/echo"
    assert Bakery(strict=True).error("Core/echo", {}, (BAKERY,)) == "unknownMethod"


def test_mail_implies_what_clients_use_with_it() -> None:
    implied = {URN + name for name in ("core", "submission", "vacationresponse", "quota")}
    assert in_use([URN + "mail"], strict=False) == implied | {URN + "mail"}
    assert in_use([URN + "mail"], strict=True) == {URN + "mail"}
    assert in_use([URN + "contacts"], strict=False) == {URN + "core", URN + "contacts"}
    assert in_use([], strict=False) == frozenset()


@pytest.mark.rfc("8620", "3.9")
def test_unknown_arguments_are_ignored_unless_strict(bakery: Bakery) -> None:
    assert bakery.call("Cake/get", {"colour": 1})["list"] == []
    assert Bakery(strict=True).error("Cake/get", {"colour": 1}) == "invalidArguments"


@pytest.mark.rfc("8620", "3.5")
def test_null_stands_for_a_default_unless_strict(bakery: Bakery) -> None:
    assert bakery.call("Cake/query", {"position": None, "calculateTotal": None})["ids"] == []
    assert Bakery(strict=True).error("Cake/query", {"position": None}) == "invalidArguments"
