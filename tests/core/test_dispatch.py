"""The calls of a request: order, ids, accounts, errors, created ids."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from jmapd.stores.base import OverQuota, StoreUnavailable
from jmapd.stores.memory import MemoryAccount, MemoryStore

from ..methods.bakery import Bakery


@pytest.mark.rfc("8620", "4")
def test_echo(bakery: Bakery) -> None:
    arguments = {"hello": True, "high": 5, "accountId": ["no account"], "nested": {"x": [None]}}
    assert bakery.request([["Core/echo", arguments, "b3ff"]]) == [("Core/echo", arguments, "b3ff")]


@pytest.mark.rfc("8620", "3.4")
@pytest.mark.rfc("8620", "3.10")
def test_answers_stand_in_the_order_of_the_calls_also_after_errors(bakery: Bakery) -> None:
    calls = [["Core/echo", {"n": 1}, "a"], ["Cake/eat", {}, "b"], ["Core/echo", {"n": 2}, "a"]]
    responses = bakery.request(calls)
    assert [(name, id) for name, _, id in responses] == [("Core/echo", "a"), ("error", "b"), ("Core/echo", "a")]
    assert responses[1][1]["type"] == "unknownMethod"


@pytest.mark.rfc("8620", "3.6.2")
@pytest.mark.parametrize(
    ("account", "error"),
    [
        ({}, "invalidArguments"),
        ({"accountId": None}, "invalidArguments"),
        ({"accountId": 5}, "invalidArguments"),
        ({"accountId": "nope"}, "accountNotFound"),
        ({"accountId": "N"}, "accountNotSupportedByMethod"),
    ],
)
def test_accounts(bakery: Bakery, account: dict[str, Any], error: str) -> None:
    (response,) = bakery.request([["Cake/get", account, "c"]])
    assert response[0] == "error" and response[1]["type"] == error


@pytest.mark.rfc("8620", "3.3")
def test_created_ids_come_back_only_when_they_were_sent(bakery: Bakery) -> None:
    calls = [["Cake/set", {"accountId": "A", "create": {"k": {"name": "x"}, "bad": {}}}, "c"]]
    assert "createdIds" not in bakery.response(calls)
    calls[0][1]["create"]["k"]["name"] = "y"
    answer = bakery.response(calls, createdIds={"old": "C7"})
    made = answer["methodResponses"][0][1]["created"]["k"]["id"]
    assert answer["createdIds"] == {"old": "C7", "k": made}
    calls = [["Cake/get", {"accountId": "A", "ids": ["#old"]}, "c"]]
    assert bakery.response(calls, createdIds={"old": made})["methodResponses"][0][1]["list"][0]["id"] == made


class Watched(MemoryAccount):
    """Notes how it is entered; fails where told to."""

    def __init__(self, id: str, notes: list[str], problem: Exception | None = None) -> None:
        super().__init__(id, {"Cake": MemoryStore("C"), "Shop": MemoryStore("S")})
        self.notes, self.problem = notes, problem

    @contextmanager
    def session(self) -> Iterator[None]:
        if self.problem:
            raise self.problem
        self.notes.append(f"enter {self.id}")
        try:
            yield
        except Exception as error:
            self.notes.append(f"fault {type(error).__name__}")
            raise
        self.notes.append(f"leave {self.id}")

    @contextmanager
    def lock(self) -> Iterator[None]:
        self.notes.append(f"lock {self.id}")
        yield
        self.notes.append(f"unlock {self.id}")


def test_accounts_are_entered_once_in_one_order_and_locked_to_write(bakery: Bakery) -> None:
    notes: list[str] = []
    bakery.accounts = {id: Watched(id, notes) for id in "ZYX"}
    get, change = ["Cake/get", {"accountId": "Y"}, "1"], ["Cake/set", {"accountId": "X"}, "2"]
    copy = ["Cake/copy", {"accountId": "X", "fromAccountId": "Z", "create": {}}, "3"]
    bakery.request([get, change, get, copy, ["Core/echo", {"accountId": "Z"}, "4"]])
    writing = ["lock X", "unlock X"] * 2
    assert notes == ["enter X", "enter Y", "enter Z", *writing, "leave Z", "leave Y", "leave X"]
    notes.clear()
    bakery.request([["Core/echo", {"accountId": "Z"}, "4"]])
    assert notes == []
    reference = {"resultOf": "4", "name": "Core/echo", "path": "/id"}
    bakery.request([["Core/echo", {"id": "Y"}, "4"], ["Cake/get", {"#accountId": reference}, "5"]])
    assert notes == ["enter X", "enter Y", "enter Z", "leave Z", "leave Y", "leave X"]


@pytest.mark.rfc("8620", "3.6.2")
@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (StoreUnavailable("/mail: no such folder"), "serverUnavailable"),
        (OverQuota("x"), "serverFail"),
        (PermissionError(13, "Permission denied", "/mail"), "serverFail"),
    ],
)
def test_an_account_that_cannot_be_entered_fails_its_own_calls(
    bakery: Bakery, problem: Exception, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    bakery.accounts = {"A": Watched("A", []), "B": Watched("B", [], problem)}
    copy = ["Cake/copy", {"accountId": "A", "fromAccountId": "B", "create": {}}, "3"]
    responses = bakery.request([["Cake/get", {"accountId": id}, id] for id in "BA"] + [copy])
    assert [response[0] for response in responses] == ["error", "Cake/get", "error"]
    assert responses[0][1]["type"] == responses[2][1]["type"] == error
    assert str(problem) in caplog.text and "/mail" not in str(responses)


@pytest.mark.rfc("8620", "3.6.2")
def test_a_fault_of_ours_is_a_server_fail_and_stands_in_the_log(
    bakery: Bakery, caplog: pytest.LogCaptureFixture
) -> None:
    bakery.bake()
    del bakery.cakes.records["C1"]["layers"]  # what no store should do
    with caplog.at_level(logging.ERROR):
        responses = bakery.request([["Cake/get", {"accountId": "A"}, "c"], ["Core/echo", {}, "d"]])
    assert responses[0][1]["type"] == "serverFail" and responses[1][0] == "Core/echo"
    assert "Traceback" in caplog.text and "KeyError" in caplog.text


@pytest.mark.rfc("8620", "3.6.2")
def test_a_write_that_fails_as_a_whole_changes_nothing(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> None:
    state = bakery.call("Cake/get")["state"]

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jmapd.stores.memory.MemoryTransaction.destroy", full)
    calls = [
        ["Cake/set", {"accountId": "A", "create": {"k": {"name": "x"}}, "destroy": ["#k"]}, "1"],
        ["Cake/get", {"accountId": "A", "ids": ["#k"]}, "2"],
    ]
    answer = bakery.response(calls, createdIds={})
    assert answer["methodResponses"][0][1]["type"] == "serverFail" and answer["createdIds"] == {}
    assert answer["methodResponses"][1][1]["notFound"] == ["#k"]
    assert bakery.call("Cake/get") == {"accountId": "A", "state": state, "list": [], "notFound": []}


def test_an_account_sees_the_faults_of_its_calls(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    bakery.accounts = {"A": Watched("A", notes)}
    monkeypatch.setattr("jmapd.stores.memory.MemoryStore.ids", lambda self: 1 / 0)
    responses = bakery.request(
        [["Cake/get", {"accountId": "A"}, "1"], ["Cake/get", {"accountId": "A", "ids": []}, "2"]]
    )
    assert [response[0] for response in responses] == ["error", "Cake/get"]
    assert notes == ["enter A", "fault ZeroDivisionError"]
