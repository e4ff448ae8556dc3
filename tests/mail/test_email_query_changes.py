"""Email/queryChanges: old list and changes give the new list, whatever other programs did in between."""

import random

import pytest

pytestmark = pytest.mark.rfc("8621", "4.5")

NEWEST = {"property": "receivedAt", "isAscending": False}
FLAGGED = {"property": "hasKeyword", "keyword": "$flagged", "isAscending": False}
THREAD_FLAGGED = {"property": "someInThreadHaveKeyword", "keyword": "$flagged"}
QUESTIONS = [
    ({}, [NEWEST]),
    ({}, [{"property": "subject"}, NEWEST]),
    ({"hasKeyword": "$seen"}, [NEWEST]),
    ({"notKeyword": "$flagged"}, [FLAGGED, NEWEST]),
    ({"text": "topic1"}, [NEWEST]),
    ({"header": ["Subject", "c2"]}, [NEWEST]),
    ({"someInThreadHaveKeyword": "$flagged"}, [NEWEST]),
    ({"allInThreadHaveKeyword": "$seen"}, [{"property": "receivedAt"}]),
    ({"noneInThreadHaveKeyword": "$flagged"}, [THREAD_FLAGGED, NEWEST]),
    ({"operator": "NOT", "conditions": [{"hasKeyword": "$seen", "from": "alice"}]}, [NEWEST]),
    ({"inMailboxOtherThan": ["Inbox"]}, [NEWEST]),
    ({"inMailbox": "Inbox", "notKeyword": "$seen"}, [THREAD_FLAGGED, {"property": "size"}, NEWEST]),
]


def named(mailhost, condition):
    """The condition with mailbox names replaced by ids."""
    out = dict(condition)
    if "inMailbox" in out:
        out["inMailbox"] = mailhost.mailbox(out["inMailbox"])
    if "inMailboxOtherThan" in out:
        out["inMailboxOtherThan"] = [mailhost.mailbox(name) for name in out["inMailboxOtherThan"]]
    return out


def stir(mailhost, post, chance):
    """Another program at work: messages come, go, move and change their flags."""
    for _ in range(chance.randint(1, 6)):
        files = [path for name in ("INBOX", "Work") for path in (mailhost.folder(name) / "cur").iterdir()]
        topic = chance.randrange(5)
        action = chance.choice(("post", "post", "flag", "flag", "flag", "move", "remove"))
        if action == "post" or not files:
            post(
                f"Topic{topic}",
                folder=chance.choice(("INBOX", "Work")),
                flags=chance.choice(("", "S", "F", "FS")),
                received=1_700_000_000 + chance.randrange(20),
                References=f"<topic{topic}@example.org>",
            )
            continue
        path = chance.choice(sorted(files))
        if action == "remove":
            path.unlink()
        elif action == "move":
            path.rename(mailhost.folder(chance.choice(("INBOX", "Work"))) / "cur" / path.name)
        else:
            base = path.name.partition(":2,")[0]
            path.rename(path.with_name(f"{base}:2,{chance.choice(('', 'S', 'F', 'FS'))}"))


def applied(ids, changes):
    """RFC 8620 5.6: splice out, then splice in, lowest index first."""
    out = [id for id in ids if id not in set(changes["removed"])]
    indexes = [item["index"] for item in changes["added"]]
    assert indexes == sorted(indexes)
    for item in changes["added"]:
        out.insert(item["index"], item["id"])
    return out


@pytest.mark.parametrize("seed", range(4))
def test_old_list_and_changes_give_the_new_list(mailhost, post, seed):
    chance = random.Random(seed)
    mailhost.folder("Work")
    stir(mailhost, post, chance)
    asked = [
        {"filter": named(mailhost, condition), "sort": sort, "collapseThreads": collapse}
        for condition, sort in QUESTIONS
        for collapse in (False, True)
    ]
    old = [mailhost.call("Email/query", each) for each in asked]
    for _ in range(6):
        stir(mailhost, post, chance)
        for number, each in enumerate(asked):
            assert old[number]["canCalculateChanges"] is True
            new = mailhost.call("Email/query", each | {"calculateTotal": True})
            since = {"sinceQueryState": old[number]["queryState"], "calculateTotal": True}
            changes = mailhost.call("Email/queryChanges", each | since)
            assert applied(old[number]["ids"], changes) == new["ids"], each
            assert changes["newQueryState"] == new["queryState"] and changes["total"] == new["total"]
            if chance.random() < 0.6:
                old[number] = new


def changes(mailhost, state, **arguments):
    return mailhost.call("Email/queryChanges", {"sort": [NEWEST], "sinceQueryState": state, **arguments})


@pytest.mark.rfc("8620", "5.6")
def test_nothing_changed(mailhost, post):
    post()
    state = mailhost.call("Email/query", {"sort": [NEWEST]})["queryState"]
    answer = changes(mailhost, state)
    assert (answer["removed"], answer["added"], answer["newQueryState"]) == ([], [], state)
    assert answer["oldQueryState"] == state and "total" not in answer


@pytest.mark.rfc("8620", "5.6")
def test_up_to_id_leaves_out_what_comes_after_it(mailhost, post):
    ids = [post(received=1_700_000_000 + 10 * number) for number in range(5)][::-1]
    state = mailhost.call("Email/query", {"sort": [NEWEST]})["queryState"]
    early = post(received=1_700_000_035)
    post(received=1_700_000_005)
    answer = changes(mailhost, state, upToId=ids[2])
    assert answer["added"] == [{"id": early, "index": 1}]
    answer = changes(mailhost, state, upToId=ids[2], filter={"hasKeyword": "$seen"})
    assert len(answer["added"]) == 2  # a mutable filter: upToId is ignored


@pytest.mark.rfc("8620", "5.6")
def test_flags_do_not_disturb_a_query_on_what_cannot_change(mailhost, post):
    post(flags="")
    state = mailhost.call("Email/query", {"sort": [NEWEST]})["queryState"]
    path = next((mailhost.root / "cur").iterdir())
    path.rename(path.with_name(path.name + "F"))
    answer = changes(mailhost, state)
    assert (answer["removed"], answer["added"]) == ([], [])
    assert len(changes(mailhost, state, filter={"hasKeyword": "$flagged"})["added"]) == 1


@pytest.mark.rfc("8620", "5.6")
def test_errors(mailhost, post):
    state = mailhost.call("Email/query", {})["queryState"]
    post(), post()
    asked = {"sinceQueryState": state}
    assert mailhost.error("Email/queryChanges", asked | {"maxChanges": 1})["type"] == "tooManyChanges"
    assert len(mailhost.call("Email/queryChanges", asked | {"maxChanges": 2})["added"]) == 2
    assert mailhost.error("Email/queryChanges", {"sinceQueryState": "x"})["type"] == "cannotCalculateChanges"
    assert mailhost.error("Email/queryChanges", {})["type"] == "invalidArguments"
