"""Email/changes, after changes of our own and of other programs."""

import pytest

pytestmark = [pytest.mark.rfc("8621", "4.3"), pytest.mark.rfc("8620", "5.2")]


def message(number):
    """A message of its own."""
    return f"From: a@example.org\nSubject: number {number}\n\nHello {number}\n"


def state(mailhost):
    """The state now."""
    return mailhost.call("Email/get", {"ids": []})["state"]


def changes(mailhost, since, **arguments):
    """(created, updated, destroyed), in one page."""
    answer = mailhost.call("Email/changes", {"sinceState": since, **arguments})
    assert answer["oldState"] == since
    assert answer["hasMoreChanges"] is False
    assert answer["newState"] == state(mailhost)
    return tuple(sorted(answer[name]) for name in ("created", "updated", "destroyed"))


def test_delivered(mailhost):
    since = state(mailhost)
    mailhost.deliver(message(1), new=True)
    mailhost.deliver(message(2))
    assert changes(mailhost, since) == (sorted(mailhost.ids()), [], [])


def test_nothing(mailhost):
    mailhost.deliver(message(1))
    since = state(mailhost)
    assert changes(mailhost, since) == ([], [], [])
    assert state(mailhost) == since


def test_updated_and_destroyed_by_set(mailhost):
    for number in range(3):
        mailhost.deliver(message(number))
    one, two, _ = mailhost.ids()
    since = state(mailhost)
    mailhost.call("Email/set", {"update": {one: {"keywords/$flagged": True}}, "destroy": [two]})
    assert changes(mailhost, since) == ([], [one], [two])


def test_flags_moves_and_deletions_by_other_programs(mailhost):
    flagged, moved, deleted = (mailhost.deliver(message(number)) for number in range(3))
    mailhost.folder("Archive")
    three, two, one = mailhost.ids()
    since = state(mailhost)
    flagged.rename(flagged.with_name(flagged.name + "F"))
    moved.rename(mailhost.folder("Archive") / "cur" / moved.name)
    deleted.unlink()
    assert changes(mailhost, since) == ([], sorted([one, two]), [three])
    [email] = mailhost.call("Email/get", {"ids": [one], "properties": ["keywords"]})["list"]
    assert email["keywords"] == {"$seen": True, "$flagged": True}


def test_created_and_destroyed_between(mailhost):
    since = state(mailhost)
    file = mailhost.deliver(message(1))
    assert len(mailhost.ids()) == 1
    file.unlink()
    created, updated, _ = changes(mailhost, since)
    assert (created, updated) == ([], [])


def test_pages(mailhost):
    since = state(mailhost)
    for number in range(7):
        mailhost.deliver(message(number))
    ids, pages = set(), 0
    while True:
        answer = mailhost.call("Email/changes", {"sinceState": since, "maxChanges": 3})
        found = answer["created"] + answer["updated"] + answer["destroyed"]
        assert len(found) <= 3
        ids |= set(found)
        pages, since = pages + 1, answer["newState"]
        if not answer["hasMoreChanges"]:
            break
    assert ids == set(mailhost.ids())
    assert pages == 3
    assert since == state(mailhost)


@pytest.mark.parametrize("since", ["", "nonsense", "0", "0.0", "x.1", "1.2.3"])
def test_unknown_state(mailhost, since):
    mailhost.deliver(message(1))
    assert mailhost.error("Email/changes", {"sinceState": since})["type"] == "cannotCalculateChanges"


@pytest.mark.parametrize("limit", [0, -1, 1.5, "3"])
def test_invalid_max_changes(mailhost, limit):
    arguments = {"sinceState": state(mailhost), "maxChanges": limit}
    assert mailhost.error("Email/changes", arguments)["type"] == "invalidArguments"


def test_state_from_the_future(mailhost):
    epoch, _, number = state(mailhost).partition(".")
    answer = mailhost.error("Email/changes", {"sinceState": f"{epoch}.{int(number) + 1000}"})
    assert answer["type"] == "cannotCalculateChanges"


def test_a_state_outlives_a_restart(mailhost):
    mailhost.deliver(message(1))
    since = state(mailhost)
    mailhost.start()
    mailhost.deliver(message(2))
    created, updated, destroyed = changes(mailhost, since)
    assert (len(created), updated, destroyed) == (1, [], [])
