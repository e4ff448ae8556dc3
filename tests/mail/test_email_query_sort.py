"""Email/query: sorting, thread collapsing, totals and windows."""

import pytest

pytestmark = pytest.mark.rfc("8621", "4.4.2")

NEWEST = [{"property": "receivedAt", "isAscending": False}]


def query(mailhost, *sort, **arguments):
    return mailhost.call("Email/query", {"sort": list(sort) or None, **arguments})


def by(name, is_ascending=True, **more):
    return {"property": name, "isAscending": is_ascending, **more}


@pytest.fixture
def mixed(mailhost, post):
    """Ids in the order of receipt: 0 to 3."""
    return [
        post("Re: beta", "x" * 500, flags="S", From="Zoe <a@example.org>", To="q@example.org",
             Date="Mon, 6 Nov 2023 10:00:00 +0000"),
        post("[list] Alpha", "x", flags="FS", From="<bob@example.org>", To="Äbe <z@example.org>",
             Date="Mon, 6 Nov 2023 10:00:00 +0200"),
        post("gamma", "x" * 100, flags="", From="alice <z@example.org>", Date="Tue, 7 Nov 2023 10:00:00 +0000"),
        post("Älpha", "x" * 50, flags="F", From="", To="b <b@example.org>", Date="Sun, 5 Nov 2023 10:00:00 +0000"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([by("receivedAt")], [0, 1, 2, 3]),
        ([by("receivedAt", False)], [3, 2, 1, 0]),
        ([by("size")], [1, 3, 2, 0]),
        ([by("size", False)], [0, 2, 3, 1]),
        ([by("from")], [3, 2, 1, 0]),  # the name, else the address, else the empty string
        ([by("to", False)], [1, 0, 3, 2]),
        ([by("subject")], [1, 0, 2, 3]),  # the base subject
        ([by("sentAt")], [3, 1, 0, 2]),
        ([by("hasKeyword", keyword="$flagged"), by("receivedAt")], [0, 2, 1, 3]),
        ([by("hasKeyword", False, keyword="$FLAGGED"), by("receivedAt")], [1, 3, 0, 2]),
        ([by("hasKeyword", False, keyword="$flagged"), by("hasKeyword", keyword="$seen"), by("size")], [3, 1, 2, 0]),
        ([by("subject", collation="i;ascii-casemap")], [1, 0, 2, 3]),
        ([by("from", collation="i;octet")], [3, 0, 2, 1]),
    ],
)
def test_sort(mailhost, mixed, sort, order):
    assert query(mailhost, *sort)["ids"] == [mixed[number] for number in order]


def test_the_default_collation_knows_letters_with_accents(mailhost, post):
    """RFC 8620 5.5: it is unicode-aware and ignores case."""
    ids = [post("über"), post("ÜBER"), post("Zebra")]
    found = query(mailhost, by("subject"), by("receivedAt"))["ids"]
    assert found.index(ids[0]) + 1 == found.index(ids[1])


@pytest.mark.parametrize("name", ["hasKeyword", "allInThreadHaveKeyword", "someInThreadHaveKeyword"])
def test_keyword_sorts_need_a_keyword(mailhost, name):
    assert mailhost.error("Email/query", {"sort": [{"property": name}]})["type"] == "invalidArguments"


def test_unknown_sorts_are_unsupported(mailhost):
    assert mailhost.error("Email/query", {"sort": [{"property": "colour"}]})["type"] == "unsupportedSort"
    wrong = {"property": "subject", "collation": "i;nowhere"}
    assert mailhost.error("Email/query", {"sort": [wrong]})["type"] == "unsupportedSort"


def test_thread_keyword_sorts(mailhost, post):
    a1, b1 = post("A", flags="F"), post("B", flags="F")
    a2, b2 = (
        post("Re: A", flags="", References="<1@example.org>"),
        post("Re: B", flags="F", References="<2@example.org>"),
    )
    c1 = post("C", flags="")
    some = query(mailhost, by("someInThreadHaveKeyword", False, keyword="$flagged"), by("receivedAt"))["ids"]
    assert some == [a1, b1, a2, b2, c1]
    every = query(mailhost, by("allInThreadHaveKeyword", False, keyword="$flagged"), by("receivedAt"))["ids"]
    assert every == [b1, b2, a1, a2, c1]


def test_equal_ones_keep_their_order(mailhost, post):
    ids = {post(f"S{number}", received=1_700_000_000) for number in range(20)}
    first = query(mailhost, by("receivedAt"))["ids"]
    assert set(first) == ids and query(mailhost, by("receivedAt"))["ids"] == first
    mailhost.start()
    assert query(mailhost, by("receivedAt"))["ids"] == first


@pytest.mark.rfc("8621", "4.4.3")
def test_collapse_threads(mailhost, post):
    a1, b1 = post("A"), post("B")
    a2 = post("Re: A", References="<1@example.org>", flags="F")
    c1 = post("C", folder="Work")
    b2 = post("Re: B", References="<2@example.org>", folder="Work")
    collapsed = {"collapseThreads": True, "calculateTotal": True}
    newest = query(mailhost, *NEWEST, **collapsed)
    assert (newest["ids"], newest["total"]) == ([b2, c1, a2], 3)
    oldest = query(mailhost, by("receivedAt"), **collapsed)
    assert (oldest["ids"], oldest["total"]) == ([a1, b1, c1], 3)
    inbox = query(mailhost, *NEWEST, filter={"inMailbox": mailhost.mailbox("Inbox")}, **collapsed)
    assert (inbox["ids"], inbox["total"]) == ([a2, b1], 2)
    flagged = query(mailhost, *NEWEST, filter={"notKeyword": "$flagged"}, **collapsed)
    assert (flagged["ids"], flagged["total"]) == ([b2, c1, a1], 3)
    page = query(mailhost, *NEWEST, position=1, limit=1, **collapsed)
    assert (page["ids"], page["position"], page["total"]) == ([c1], 1, 3)
    assert query(mailhost, *NEWEST, anchor=a2, anchorOffset=-1, limit=2, **collapsed)["ids"] == [c1, a2]
    assert (
        mailhost.error("Email/query", {"sort": NEWEST, "anchor": a1, "collapseThreads": True})["type"]
        == "anchorNotFound"
    )


@pytest.mark.rfc("8621", "4.4")
def test_totals_equal_those_of_the_mailbox(mailhost, post):
    for number in range(9):
        post(f"Topic {number % 4}", References=f"<t{number % 4}@example.org>", folder="Work" if number % 3 else "INBOX")
    for box in mailhost.call("Mailbox/get")["list"]:
        condition = {"filter": {"inMailbox": box["id"]}, "calculateTotal": True, "limit": 1}
        assert query(mailhost, **condition)["total"] == box["totalEmails"]
        assert query(mailhost, **condition, collapseThreads=True)["total"] == box["totalThreads"]


@pytest.mark.rfc("8620", "5.5")
def test_windows(mailhost, post):
    ids = [post(str(number)) for number in range(6)][::-1]
    assert query(mailhost, *NEWEST, position=-2)["ids"] == ids[-2:]
    assert query(mailhost, *NEWEST, position=-20, limit=1)["ids"] == ids[:1]
    assert query(mailhost, *NEWEST, position=6) == query(mailhost, *NEWEST, position=6) | {"ids": [], "position": 6}
    assert query(mailhost, *NEWEST, anchor=ids[3], anchorOffset=-1, limit=2, position=99)["ids"] == ids[2:4]
    assert query(mailhost, *NEWEST, limit=0, calculateTotal=True)["total"] == 6
    assert "total" not in query(mailhost, *NEWEST)
