"""EmailSubmission/set: onSuccessUpdateEmail and onSuccessDestroyEmail, and the implicit Email/set (RFC 8621 7.5)."""

from pathlib import Path
from typing import Any

import pytest

from tests.submission.submissions import Sending

pytestmark = pytest.mark.rfc("8621", "7.5")
SUBMISSION = "urn:ietf:params:jmap:submission"


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


def moved(host: Sending) -> dict[str, Any]:
    """The patch of the RFC's example: from Drafts to Sent, no draft any more."""
    drafts, sent = host.mailbox("Drafts"), host.mailbox("Sent")
    return {f"mailboxIds/{drafts}": None, f"mailboxIds/{sent}": True, "keywords/$draft": None}


def ask(host: Sending, **arguments: Any) -> list[Any]:
    return list(host.request([["EmailSubmission/set", {"accountId": "alice"} | arguments]]))


def email(host: Sending, id: str) -> Any:
    return host.call("Email/get", {"ids": [id], "properties": ["mailboxIds", "keywords"]})["list"]


@pytest.mark.rfc("8621", "7.5.1")
def test_update_on_create(host: Sending) -> None:
    id = host.draft()
    responses = ask(host, create={"k": host.given(id)}, onSuccessUpdateEmail={"#k": moved(host)})
    assert [(name, call) for name, _, call in responses] == [("EmailSubmission/set", "c0"), ("Email/set", "c0")]
    assert responses[1][1]["accountId"] == "alice" and responses[1][1]["updated"] == {id: None}
    [found] = email(host, id)
    assert found["mailboxIds"] == {host.mailbox("Sent"): True} and "$draft" not in found["keywords"]


def test_destroy_on_create(host: Sending) -> None:
    id = host.draft()
    responses = ask(host, create={"k": host.given(id)}, onSuccessDestroyEmail=["#k"])
    assert responses[1][0] == "Email/set" and responses[1][1]["destroyed"] == [id]
    assert email(host, id) == []
    assert b"Some text." in host.octets(responses[0][1]["created"]["k"]["id"])


def test_nothing_follows_what_failed(host: Sending) -> None:
    good, bad = host.draft(), host.draft(to=None)
    given = {"good": host.given(good), "bad": host.given(bad)}
    patches = {"#good": moved(host), "#bad": moved(host)}
    responses = ask(host, create=given, onSuccessUpdateEmail=patches)
    assert len(responses) == 2 and responses[1][1]["updated"] == {good: None}
    [still] = email(host, bad)
    assert "$draft" in still["keywords"]
    [only] = ask(host, create={"bad": host.given(bad)}, onSuccessUpdateEmail={"#bad": moved(host)},
                 onSuccessDestroyEmail=["#bad"])  # fmt: skip
    assert only[1]["notCreated"] and email(host, bad)


@pytest.mark.parametrize("argument", ["onSuccessUpdateEmail", "onSuccessDestroyEmail"])
def test_without_success_or_wish_there_is_no_second_response(host: Sending, argument: str) -> None:
    responses = ask(host, create={"k": host.given()}, **{argument: None})
    assert len(responses) == 1


def test_update_on_update(host: Sending) -> None:
    """What is called back becomes a draft again."""
    id = host.draft(keywords={})
    submission = host.submit(id)["id"]
    responses = ask(
        host,
        update={submission: {"undoStatus": "canceled"}},
        onSuccessUpdateEmail={submission: {"keywords/$draft": True}},
    )
    assert responses[1][1]["updated"] == {id: None}
    assert email(host, id)[0]["keywords"] == {"$draft": True}


def test_destroy_on_destroy(host: Sending) -> None:
    id = host.draft()
    submission = host.submit(id)["id"]
    responses = ask(host, destroy=[submission], onSuccessDestroyEmail=[submission])
    assert responses[1][1]["destroyed"] == [id]


def test_a_submission_that_this_call_does_not_touch(host: Sending) -> None:
    id = host.draft()
    submission = host.submit(id)["id"]
    arguments = {"onSuccessDestroyEmail": [submission, "Snone", "#none"], "onSuccessUpdateEmail": {submission: {}}}
    assert len(ask(host, **arguments)) == 1 and email(host, id)


def test_a_creation_id_of_an_earlier_call(host: Sending) -> None:
    id = host.draft()
    responses = host.request(
        [
            ["EmailSubmission/set", {"accountId": "alice", "create": {"k": host.given(id)}}],
            [
                "EmailSubmission/set",
                {"accountId": "alice", "update": {"#k": {"undoStatus": "canceled"}}, "onSuccessDestroyEmail": ["#k"]},
            ],
        ]
    )
    assert [name for name, *_ in responses] == ["EmailSubmission/set", "EmailSubmission/set", "Email/set"]
    assert responses[2][1]["destroyed"] == [id] and responses[2][2] == "c1"


def test_all_are_in_a_single_call(host: Sending) -> None:
    one, two, three = host.draft(), host.draft(), host.draft()
    responses = ask(
        host,
        create={"a": host.given(one), "b": host.given(two), "c": host.given(three)},
        onSuccessUpdateEmail={"#a": {"keywords/$seen": True}, "#b": {"keywords/$seen": True}},
        onSuccessDestroyEmail=["#c", "#c", "#b"],
    )
    assert len(responses) == 2
    answer = responses[1][1]
    assert answer["updated"] == {one: None} and sorted(answer["destroyed"]) == sorted([two, three])
    assert answer["notUpdated"] is None and answer["notDestroyed"] is None


def test_two_submissions_of_one_email(host: Sending) -> None:
    id = host.draft()
    given = host.given(id)
    patches = {"#a": {"keywords/$seen": True}, "#b": {"keywords/$draft": None}}
    ask(host, create={"a": given, "b": given}, onSuccessUpdateEmail=patches)
    assert email(host, id)[0]["keywords"] == {"$seen": True}


def test_a_patch_that_is_wrong_is_told_in_the_implicit_response(host: Sending) -> None:
    id = host.draft()
    responses = ask(host, create={"k": host.given(id)}, onSuccessUpdateEmail={"#k": {"mailboxIds": {}}})
    assert responses[0][1]["created"]
    assert responses[1][1]["notUpdated"][id]["type"] == "invalidProperties"


def test_the_implicit_call_needs_no_capability(host: Sending) -> None:
    """Clients name core and submission only."""
    arguments = {"accountId": "alice", "create": {"k": host.given()}, "onSuccessUpdateEmail": {"#k": moved(host)}}
    responses = host.request([["EmailSubmission/set", arguments]], using=("urn:ietf:params:jmap:core", SUBMISSION))
    assert responses[1][0] == "Email/set" and responses[1][1]["updated"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"onSuccessUpdateEmail": []},
        {"onSuccessUpdateEmail": {"#k": None}},
        {"onSuccessDestroyEmail": "#k"},
        {"onSuccessDestroyEmail": [1]},
    ],
)
def test_arguments_that_are_wrong_send_nothing(host: Sending, arguments: dict[str, Any]) -> None:
    error = host.error("EmailSubmission/set", {"create": {"k": host.given()}} | arguments)
    assert error["type"] == "invalidArguments" and host.files() == []
