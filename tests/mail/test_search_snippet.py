"""SearchSnippet/get."""

import re

import pytest

pytestmark = pytest.mark.rfc("8621", "5")


@pytest.fixture
def snippet(mailhost):
    """snippet(id, filter) answers (subject, preview)."""

    def snippet(id, **filter):
        answer = mailhost.call("SearchSnippet/get", {"emailIds": [id], "filter": filter})
        [found] = answer["list"]
        assert found["emailId"] == id and set(found) == {"emailId", "subject", "preview"}
        assert answer["notFound"] is None
        return found["subject"], found["preview"]

    return snippet


def test_matches_are_marked_and_the_rest_escaped(snippet, post):
    id = post("A < B & the Foosball > C", "Play <foosball> & win; foosballs are round.")
    assert snippet(id, text="foosball") == (
        "A &lt; B &amp; the <mark>Foosball</mark> &gt; C",
        "Play &lt;<mark>foosball</mark>&gt; &amp; win; foosballs are round.",
    )


def test_null_where_nothing_matches(snippet, post):
    id = post("Plums", "Pears grow here.")
    assert snippet(id, text="plums") == ("<mark>Plums</mark>", None)
    assert snippet(id, text="pears") == (None, "<mark>Pears</mark> grow here.")
    assert snippet(id, text="figs") == (None, None)
    assert snippet(id, text="alice") == (None, None)  # found in From, which is not shown
    assert snippet(id, subject="pears") == (None, None)
    assert snippet(id, subject="plums") == ("<mark>Plums</mark>", None)
    assert snippet(id, body="plums") == (None, None)
    assert snippet(id, hasKeyword="$seen") == (None, None)


def test_the_terms_of_all_conditions_but_negated_ones(snippet, post):
    id = post("One two three", "four five six")
    conditions = [{"text": "one four"}, {"subject": "three"}, {"operator": "NOT", "conditions": [{"text": "two five"}]}]
    assert snippet(id, operator="OR", conditions=conditions) == (
        "<mark>One</mark> two <mark>three</mark>",
        "<mark>four</mark> five six",
    )
    twice = {"operator": "NOT", "conditions": [{"operator": "NOT", "conditions": [{"text": "two"}]}]}
    assert snippet(id, **twice) == ("One <mark>two</mark> three", None)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("cafe", ["Café"]),
        ("STRASSE", ["Straße"]),
        ("東京", ["東京"]),
        ("buch*", ["buch"]),
        ('"Café in"', ["Café  in"]),
        ("'straße 東京'", ["Straße, 東京"]),
        ("in Café", ["Café  in"]),
    ],
)
def test_matches_as_the_search_does(snippet, post, text, marked):
    id = post("x", "Das Café  in der Straße, 東京の会議; ein buchladen", Content_Type="text/plain; charset=utf-8")
    _, preview = snippet(id, text=text)
    found = " ".join(re.findall("<mark>(.*?)</mark>", preview))
    assert found.split() == " ".join(marked).split()


def test_the_preview_is_the_relevant_section_and_not_too_long(snippet, post):
    before, after = "été <&> " * 500, " ünd <&> so weiter" * 500
    id = post("x", f"{before}the needle{after}", Content_Type="text/plain; charset=utf-8")
    _, preview = snippet(id, body="needle")
    assert "the <mark>needle</mark> ünd &lt;&amp;&gt;" in preview
    assert 200 < len(preview.encode()) <= 255
    assert preview.count("<mark>") == preview.count("</mark>") == 1
    assert re.sub("</?mark>|&(amp|lt|gt);", "", preview).isprintable()
    assert not re.search("[<>&]", re.sub("</?mark>|&(amp|lt|gt);", "", preview))


@pytest.mark.parametrize("body", ["needle " * 200, "n&" * 400 + " needle", "needle" + "&" * 900, "東" * 900 + "needle"])
def test_it_is_never_larger_than_255_octets(snippet, post, body):
    id = post("x", body, Content_Type="text/plain; charset=utf-8")
    preview = snippet(id, text="needle")[1]
    assert "<mark>needle</mark>" in preview and len(preview.encode()) <= 255


def test_html_is_made_plain_text(snippet, post):
    html = (
        "<html><head><title>needle</title></head><body><p>a <b>nee</b>dle &lt;b&gt; in the <i>hay</i></p></body></html>"
    )
    id = post("x", html, Content_Type="text/html")
    assert snippet(id, body="needle hay")[1] == "a <mark>needle</mark> &lt;b&gt; in the <mark>hay</mark>"
    assert snippet(id, body="title") == (None, None)


@pytest.mark.rfc("8621", "5.1")
def test_ids_that_are_not_there(mailhost, post):
    id = post("Plums")
    answer = mailhost.call("SearchSnippet/get", {"emailIds": [id, "Mnone", id], "filter": {"text": "plums"}})
    assert [each["emailId"] for each in answer["list"]] == [id]
    assert answer["notFound"] == ["Mnone"]
    answer = mailhost.call("SearchSnippet/get", {"emailIds": [id], "filter": None})
    assert answer["list"] == [{"emailId": id, "subject": None, "preview": None}]
    assert mailhost.call("SearchSnippet/get", {"emailIds": [], "filter": {}})["list"] == []


@pytest.mark.rfc("8621", "5.1")
def test_errors(mailhost):
    def kind(**arguments):
        return mailhost.error("SearchSnippet/get", arguments)["type"]

    assert kind(emailIds=[], filter={"colour": "red"}) == "unsupportedFilter"
    assert kind(filter={"text": "x"}) == "invalidArguments"
    assert kind(emailIds="M1", filter=None) == "invalidArguments"
    assert kind(emailIds=[], filter={"text": 1}) == "invalidArguments"
    assert kind(emailIds=[f"M{n}" for n in range(5000)], filter=None) == "requestTooLarge"


def test_only_so_many_terms_are_looked_for(snippet, post):
    id = post("first last", "first last")
    conditions = [{"text": " ".join(["first", *(f"w{n}x{m}" for m in range(100))])} for n in range(100)]
    found = snippet(id, operator="OR", conditions=[*conditions, {"text": "last"}])
    assert found == ("<mark>first</mark> last",) * 2


def test_a_phrase_that_is_longer_than_the_preview(snippet, post):
    id = post("x", "before " * 40 + "long phrase " * 60 + "after")
    preview = snippet(id, text=f'"{"long phrase " * 50}"')[1]
    assert preview.startswith("…<mark>long phrase") and preview.endswith("</mark>…") and len(preview.encode()) <= 255
