"""Email/query: text, from, to, cc, bcc, subject, body and header."""

import pytest

pytestmark = pytest.mark.rfc("8621", "4.4.1")


@pytest.fixture
def three(mailhost, post):
    """Ids of messages that differ in all text fields."""
    return [
        post("Quarterly figures", "The bus leaves at nine.", From="Alice Müller <alice@example.org>", To="b@a.example"),
        post(
            "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus?= =?utf-8?b?5p2x5Lqs?=",
            "Nothing of note.",
            From="Bob <bob@example.org>",
            To="Alice <alice@example.org>",
            Cc="Carol <carol@example.net>",
            Bcc="Dave <dave@example.com>",
        ),
        post("HTML", "<html><head><title>t</title><style>p {color: red}</style></head><body><p class=bus>Big "
             "<b>bus</b>iness &amp; caf\u00e9</p><img alt='a kitten' src='zebra.png'></body></html>",
             Content_Type="text/html; charset=utf-8", From="news@example.com"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"text": "alice"}, [0, 1]),
        ({"text": "bus"}, [0]),
        ({"text": "alice quarterly"}, [0]),  # tokens may stand in different fields
        ({"text": "alice zebra"}, []),
        ({"from": "alice"}, [0]),
        ({"from": "muller"}, [0]),
        ({"from": "alice@example.org"}, [0]),
        ({"to": "alice"}, [1]),
        ({"cc": "carol"}, [1]),
        ({"bcc": "dave"}, [1]),
        ({"text": "carol"}, [1]),
        ({"text": "dave"}, [1]),
        ({"subject": "QUARTERLY"}, [0]),
        ({"subject": "grüße"}, [1]),  # RFC 2047 decoded
        ({"subject": "東京"}, [1]),
        ({"subject": "bus"}, []),
        ({"body": "bus"}, [0]),
        ({"body": "bus*"}, [0, 2]),
        ({"body": "quarterly"}, []),
        ({"body": "business cafe"}, [2]),
        ({"body": "kitten"}, [2]),  # an attribute for the reader
        ({"body": "color"}, []),  # style sheets, heads and other attributes are markup
        ({"body": "zebra"}, []),
        ({"body": '"leaves at nine"'}, [0]),
        ({"body": "'leaves at nine'"}, [0]),
        ({"body": '"nine leaves"'}, []),
        ({"body": "nine leaves"}, [0]),
        ({"text": "  "}, [0, 1, 2]),
        ({"text": "!!"}, []),
        ({"from": "alice", "body": "bus"}, [0]),
        ({"operator": "NOT", "conditions": [{"text": "bus*"}]}, [1]),
    ],
)
def test_text_fields(mailhost, three, condition, found):
    answer = mailhost.call("Email/query", {"filter": condition})
    assert set(answer["ids"]) == {three[number] for number in found}
    assert answer["canCalculateChanges"] is True


@pytest.mark.parametrize("text", ['"', "*", "a AND", "NEAR(", "subject:", "\\", "'", "x" * 2000, "a\u0000b"])
def test_no_text_is_too_odd(mailhost, three, text):
    assert mailhost.call("Email/query", {"filter": {"text": text}})["ids"] == []


def test_an_enormous_text_is_refused(mailhost):
    assert mailhost.error("Email/query", {"filter": {"text": "word " * 1000}})["type"] == "unsupportedFilter"
    header = ["Subject", "word " * 1000]
    assert mailhost.error("Email/query", {"filter": {"header": header}})["type"] == "unsupportedFilter"


def test_the_next_request_finds_what_has_just_come(mailhost, post):
    assert mailhost.ids(text="plums") == []
    first = post("Plums")
    assert mailhost.ids(text="plums") == [first]
    second = post("More", "plums")
    assert mailhost.ids(text="plums") == [second, first]
    mailhost.start()
    assert mailhost.ids(text="plums") == [second, first]


def test_what_has_gone_is_not_found(mailhost, post):
    post("Plums")
    assert len(mailhost.ids(text="plums")) == 1
    next((mailhost.root / "cur").iterdir()).unlink()
    assert mailhost.ids(text="plums") == []


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["Cc"], [1]),
        (["cC"], [1]),
        (["X-Spam"], []),
        (["Subject"], [0, 1, 2]),
        (["Subject", "arterly fig"], [0]),
        (["subject", "GRÜSSE"], [1]),
        (["From", "alice@"], [0]),
        (["To", "Alice <alice"], [1]),
        (["Message-ID", "<2@example"], [1]),
        (["Content-Type", "HTML"], [2]),
        (["Content-Type", ""], [2]),
        (["Content-Type", "plain"], []),
    ],
)
def test_header(mailhost, three, header, found):
    assert set(mailhost.ids(header=header)) == {three[number] for number in found}


def test_header_that_has_no_parsed_form(mailhost, post):
    """What the index keeps of such a field says nothing of its text."""
    odd = post(To="undisclosed-recipients:;", Message_ID="no brackets here")
    post(To="bob@example.org")
    assert mailhost.ids(header=["To", "undisclosed"]) == [odd]
    assert mailhost.ids(header=["Message-ID", "BRACKETS"]) == [odd]


def test_header_of_a_list(mailhost, post):
    first, second = post(List_Id="=?utf-8?q?Pl=C3=A4ne?= <plans.example.org>"), post(List_Id="<dogs.example.org>")
    post()
    assert set(mailhost.ids(header=["List-Id"])) == {first, second}
    assert mailhost.ids(header=["List-Id", "pläne"]) == [first]
    assert mailhost.ids(header=["list-id", "dogs."]) == [second]
    assert mailhost.ids(header=["List-Post"]) == []


@pytest.mark.parametrize("header", [[], ["a", "b", "c"], "Subject", [1]])
def test_header_must_have_one_or_two_elements(mailhost, header):
    assert mailhost.error("Email/query", {"filter": {"header": header}})["type"] == "invalidArguments"
