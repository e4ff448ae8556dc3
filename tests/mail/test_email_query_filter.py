"""Email/query: the conditions that the index looks up, and their combinations."""

import pytest

pytestmark = pytest.mark.rfc("8621", "4.4.1")

DAY = 86_400
BASE = 1_700_006_400  # 2023-11-15T00:00:00Z


def test_in_mailbox(mailhost, post):
    inbox, work = post(), post(folder="Work")
    assert mailhost.ids(inMailbox=mailhost.mailbox("Inbox")) == [inbox]
    assert mailhost.ids(inMailbox=mailhost.mailbox("Work")) == [work]
    assert mailhost.ids(inMailbox="unknown") == []
    assert mailhost.error("Email/query", {"filter": {"inMailbox": "not an id"}})["type"] == "invalidArguments"


def test_one_message_in_two_mailboxes_is_one_email(mailhost, post):
    path = mailhost.deliver("Subject: both\n\nx\n", received=BASE)
    mailhost.deliver(path.read_bytes(), folder="Work", received=BASE)
    other = post(folder="Work")
    [both] = mailhost.ids(inMailbox=mailhost.mailbox("Inbox"))
    inbox, work = mailhost.mailbox("Inbox"), mailhost.mailbox("Work")
    assert set(mailhost.ids()) == {both, other}
    assert set(mailhost.ids(inMailboxOtherThan=[inbox])) == {both, other}
    assert mailhost.ids(inMailboxOtherThan=[work]) == [both]
    assert mailhost.ids(inMailboxOtherThan=[work, inbox]) == []
    assert set(mailhost.ids(inMailboxOtherThan=[])) == {both, other}
    assert set(mailhost.ids(inMailboxOtherThan=["unknown"])) == {both, other}


def test_dates(mailhost, post):
    ids = [post(received=BASE + n * DAY) for n in range(4)]
    assert mailhost.ids(after="2023-11-17T00:00:00Z") == [ids[3], ids[2]]  # the same or after
    assert mailhost.ids(before="2023-11-16T00:00:00Z") == [ids[0]]  # before, not the same
    assert mailhost.ids(after="2023-11-16T00:00:00Z", before="2023-11-17T00:00:00Z") == [ids[1]]
    assert mailhost.ids(before="2023-11-16T00:00:01Z") == [ids[1], ids[0]]
    assert mailhost.error("Email/query", {"filter": {"after": "2023-11-17"}})["type"] == "invalidArguments"
    assert mailhost.error("Email/query", {"filter": {"after": None}})["type"] == "invalidArguments"


def test_dates_with_milliseconds(mailhost, post):
    """Clients send what their language's clock gives."""
    post(received=BASE)
    assert len(mailhost.ids(after="2023-11-15T00:00:00.000Z")) == 1
    assert len(mailhost.ids(after="2023-11-15T00:00:00.001Z")) == 0
    assert len(mailhost.ids(before="2023-11-15T00:00:00.001Z")) == 1
    assert len(mailhost.ids(before="2023-11-15T00:00:00.000Z")) == 0


def test_dates_in_another_time_zone(make_mailhost):
    """A UTCDate ends with Z; some clients send what their user's clock shows."""
    host = make_mailhost()
    host.deliver("Subject: x\n\nx\n", received=BASE)
    assert len(host.ids(after="2023-11-15T01:00:00+01:00")) == 1
    assert len(host.ids(after="2023-11-15T01:00:00.5+01:00")) == 0
    assert len(host.ids(before="2023-11-14T19:00:00-05:00")) == 0
    assert len(host.ids(before="2023-11-14T19:00:00.250-05:00")) == 1
    assert host.error("Email/query", {"filter": {"before": "2023-11-15T01:00:00"}})["type"] == "invalidArguments"


def test_dates_in_another_time_zone_when_strict(make_mailhost):
    host = make_mailhost(protocol={"strict": True})
    wrong = {"operator": "OR", "conditions": [{"before": "2023-11-15T01:00:00+01:00"}]}
    assert host.error("Email/query", {"filter": wrong})["type"] == "invalidArguments"


def test_sizes(mailhost, post):
    small, large = post(body="x"), post(body="x" * 1000)
    sizes = {e["id"]: e["size"] for e in mailhost.call("Email/get", {"ids": [small, large]})["list"]}
    assert mailhost.ids(minSize=sizes[large]) == [large]  # equal or greater
    assert mailhost.ids(minSize=sizes[large] + 1) == []
    assert mailhost.ids(maxSize=sizes[large]) == [small]  # less than
    assert set(mailhost.ids(maxSize=sizes[large] + 1)) == {small, large}
    assert mailhost.error("Email/query", {"filter": {"minSize": -1}})["type"] == "invalidArguments"


def test_keywords(mailhost, post):
    flagged, plain = post(flags="FS"), post(flags="")
    assert mailhost.ids(hasKeyword="$flagged") == [flagged]
    assert mailhost.ids(hasKeyword="$FLAGGED") == [flagged]  # RFC 8621 4.1.1: without regard to case
    assert mailhost.ids(notKeyword="$flagged") == [plain]
    assert mailhost.ids(hasKeyword="unknown") == []
    assert set(mailhost.ids(notKeyword="unknown")) == {flagged, plain}


def test_keywords_in_threads(mailhost, post):
    some = post("Plums", flags="F"), post("Re: Plums", flags="", In_Reply_To="<1@example.org>")
    every = post("Pears", flags="FS"), post("Re: Pears", flags="FS", In_Reply_To="<3@example.org>")
    none = post("Figs", flags="")
    assert set(mailhost.ids(someInThreadHaveKeyword="$flagged")) == {*some, *every}
    assert set(mailhost.ids(allInThreadHaveKeyword="$flagged")) == {*every}
    assert set(mailhost.ids(noneInThreadHaveKeyword="$flagged")) == {none}
    assert set(mailhost.ids(someInThreadHaveKeyword="$flagged", notKeyword="$flagged")) == {some[1]}


def test_has_attachment(mailhost, post):
    plain = post()
    mixed = post(
        body='--b\n\ntext\n--b\nContent-Type: application/pdf; name="plan.pdf"\n'
        "Content-Disposition: attachment\n\npdf\n--b--",
        MIME_Version="1.0",
        Content_Type='multipart/mixed; boundary="b"',
    )
    assert mailhost.ids(hasAttachment=True) == [mixed]
    assert mailhost.ids(hasAttachment=False) == [plain]


def test_all_conditions_of_one_object_must_hold(mailhost, post):
    post(flags="F")
    both = post(flags="FS", received=BASE + DAY)
    assert mailhost.ids(hasKeyword="$seen", after="2023-11-15T00:00:00Z") == [both]
    assert len(mailhost.call("Email/query", {"filter": {}})["ids"]) == 2  # none: true for all
    assert len(mailhost.call("Email/query", {"filter": None})["ids"]) == 2


@pytest.mark.rfc("8620", "5.5")
def test_operators(mailhost, post):
    seen, flagged, both, neither = post(flags="S"), post(flags="F"), post(flags="FS"), post(flags="")

    def found(operator, *conditions):
        return set(mailhost.call("Email/query", {"filter": {"operator": operator, "conditions": [*conditions]}})["ids"])

    s, f = {"hasKeyword": "$seen"}, {"hasKeyword": "$flagged"}
    assert found("AND", s, f) == {both}
    assert found("OR", s, f) == {seen, flagged, both}
    assert found("NOT", s, f) == {neither}
    assert found("AND", s, {"operator": "NOT", "conditions": [f]}) == {seen}
    assert found("NOT", {"operator": "NOT", "conditions": [s]}) == {seen, both}
    assert found("AND") == found("NOT") == {seen, flagged, both, neither}
    assert found("OR") == set()


@pytest.mark.rfc("8620", "5.5")
def test_unknown_conditions_are_unsupported(mailhost):
    assert mailhost.error("Email/query", {"filter": {"isTall": True}})["type"] == "unsupportedFilter"
    nested = {"operator": "OR", "conditions": [{}, {"isTall": True}]}
    assert mailhost.error("Email/query", {"filter": nested})["type"] == "unsupportedFilter"
    assert (
        mailhost.error("Email/query", {"filter": {"operator": "XOR", "conditions": []}})["type"] == "invalidArguments"
    )
