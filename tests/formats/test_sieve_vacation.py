"""Scripts for VacationResponses, and what is read of others (RFC 5228, 5230, 5260, 6609)."""

import pytest

from jmapd.formats.sieve_vacation import active_before, answers, included, quoted, script, wrapper

pytestmark = pytest.mark.rfc("5230", "4")

RECORD = {"isEnabled": True, "fromDate": None, "toDate": None, "subject": None, "textBody": "Away", "htmlBody": None}


def made(**properties: str | None) -> str:
    return script(RECORD | properties, ["alice@example.org"], 7)


@pytest.mark.rfc("5230", "4.1")
def test_days_and_addresses() -> None:
    text = script(RECORD, ["alice@example.org", '"a b"@example.org'], 3)
    assert "vacation :days 3 " in text
    assert r':addresses ["alice@example.org", "\"a b\"@example.org"]' in text
    assert ":addresses" not in script(RECORD, [], 3)


@pytest.mark.rfc("5260", "4")
def test_dates() -> None:
    """From fromDate on, before toDate, in UTC; parts of a second are cut off."""
    text = made(fromDate="2026-01-02T03:04:05Z", toDate="2026-02-02T03:04:05.9Z")
    assert 'currentdate :zone "+0000" :value "ge" "iso8601" "2026-01-02T03:04:05"' in text
    assert 'currentdate :zone "+0000" :value "lt" "iso8601" "2026-02-02T03:04:05"' in text
    assert "currentdate" not in made()


@pytest.mark.rfc("5230", "4.3")
def test_subject() -> None:
    assert r':subject "A \"b\" \\ Ä"' in made(subject='A "b" \\ Ä')
    assert ":subject" not in made()


@pytest.mark.rfc("5230", "4.4")
def test_mime_only_for_html() -> None:
    assert ":mime" not in made()
    text = made(htmlBody="<p>Ä")
    assert ':mime "Content-Type: multipart/alternative;' in text and text.isascii()


@pytest.mark.rfc("5230", "4.2")
def test_handle_follows_what_is_said() -> None:
    """Other dates do not answer anew, though the script has a new boundary each time."""
    first, second, third = (
        made(htmlBody="a"),
        made(htmlBody="a", toDate="2026-01-02T03:04:05Z"),
        made(htmlBody="b"),
    )
    handles = [text.split(':handle "')[1].split('"')[0] for text in (first, second, third)]
    assert handles[0] == handles[1] != handles[2]


@pytest.mark.rfc("5228", "2.4.2")
@pytest.mark.parametrize(
    "text", ['"; discard; "', '\\"; discard; "', "\\", '\\\\"', "${x}", "a\r\n.\r\nb", "\n", "é\0"]
)
def test_nothing_gets_out_of_a_string(text: str) -> None:
    inner = quoted(text)[1:-1]
    assert "\0" not in inner
    assert inner.replace("\\\\", "").replace('\\"', "").count('"') == 0 and not inner.replace("\\\\", "").endswith("\\")
    assert answers(f"fileinto {quoted('vacation ' + text)};") is None


@pytest.mark.rfc("5230", "4.7")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('require ["vacation"]; keep; # vacation "x";', None),
        ('/* vacation */ fileinto "reject";', None),
        ('fileinto text:\r\nvacation "x";\r\n.\r\n;', None),
        ("vacations;", None),
        ('if true { Vacation :days 3 "x"; }', "vacation"),
        ('"a\\"b"; reject "x";', "reject"),
        ('text:\n.\n; eReject "x";', "ereject"),
        ('header "#" "/*"; vacation "x";', "vacation"),
        ('"unended vacation', None),
    ],
)
def test_actions_that_answer(text: str, found: str | None) -> None:
    assert answers(text) == found


@pytest.mark.rfc("6609", "3.2")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('require "include"; include "a"; include :once :personal "b c";', ["a", "b c"]),
        ('# include "a";\ninclude\n:global\n"d";', ["d"]),
        (r'include "a\"b";', ['a"b']),
        ('includes "a"; fileinto "include"; "b";', []),
        ('include; keep; fileinto "x";', []),
    ],
)
def test_included(text: str, names: list[str]) -> None:
    assert included(text) == names


@pytest.mark.rfc("6609", "3.2")
def test_no_name_leads_elsewhere() -> None:
    """What it names is read, and one of them renamed: names with a slash are none that Pigeonhole takes."""
    assert included('include :personal "../../bob/sieve/main"; include "/etc/x"; include "own";') == ["own"]


def test_wrapper_tells_what_was_active() -> None:
    for before in ("sieve/main.sieve", '/x "y"\n# z', "", "é"):
        text = wrapper(("jmapd-vacation", 'my "own"'), before)
        assert active_before(text) == before and included(text) == ["jmapd-vacation", 'my "own"']
        assert len(text.splitlines()) == 4
    for other in ("", "keep;", "# jmapd: active before: nothing\n", "# jmapd: active before: 1\n"):
        assert active_before(other) is None


@pytest.mark.parametrize("text", ['"', "/*", "text:\n", "#", 'include "', "\\", "a", '"\\'])
def test_hostile_scripts_are_read_once(text: str) -> None:
    """A scan that began anew at each place would not end here."""
    assert answers(text * 100_000) is None
    assert len(included(text * 100_000)) <= 100_000
