"""Well-formed messages made by Python's email package are read as it would read them."""

import email.policy
from email.generator import BytesGenerator
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from io import BytesIO

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jmapd.formats.message.header_forms import as_addresses, as_date, as_text
from jmapd.formats.message.structure import Part, parse

pytestmark = pytest.mark.rfc("8621", "4.1")

words = st.text("abcXYZ019.,;:!?()<>@=_-äßéя日本☕😀", min_size=1, max_size=12)
lines = st.lists(words, min_size=1, max_size=10).map(" ".join)
texts = st.lists(lines, max_size=6).map(lambda parts: "".join(f"{line}\n" for line in parts))
ascii_words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=10)
addresses = st.builds(
    Address, st.one_of(st.just(""), lines), ascii_words, ascii_words.map(lambda word: f"{word}.example")
)


@st.composite
def messages(draw: st.DrawFn) -> EmailMessage:
    message = EmailMessage(policy=email.policy.default)
    message["Subject"] = draw(lines)
    message["From"] = draw(addresses)
    message["To"] = draw(st.lists(addresses, min_size=1, max_size=4))
    message["Date"] = format_datetime(
        draw(st.datetimes(timezones=st.timezones()).filter(lambda moment: moment.year > 1980))
    )
    message.set_content(draw(texts), cte=draw(st.sampled_from(["base64", "quoted-printable"])))
    if draw(st.booleans()):
        message.add_alternative(draw(texts), subtype="html", cte="quoted-printable")
    for _ in range(draw(st.integers(0, 3))):
        message.add_attachment(draw(st.binary(max_size=200)), "application", "octet-stream", filename=draw(ascii_words))
    return message


def octets(message: EmailMessage, line_end: str) -> bytes:
    out = BytesIO()
    BytesGenerator(out, policy=message.policy.clone(linesep=line_end)).flatten(message)
    return out.getvalue()


def leaves(root: Part) -> list[tuple[str, str | None, bytes]]:
    return [(part.type, part.name, part.decoded()) for part in root.walk() if not part.is_multipart]


@settings(max_examples=100, deadline=None)
@given(messages(), st.sampled_from(["\n", "\r\n"]))
def test_parts(message: EmailMessage, line_end: str) -> None:
    raw = octets(message, line_end)
    reread = email.message_from_bytes(octets(message, "\r\n"), policy=email.policy.compat32)
    wanted = [
        (part.get_content_type(), part.get_filename(), part.get_payload(decode=True))
        for part in reread.walk()
        if not part.is_multipart()
    ]
    assert leaves(parse(raw)) == wanted


@settings(max_examples=100, deadline=None)
@given(messages())
def test_header_fields(message: EmailMessage) -> None:
    raw = octets(message, "\r\n")
    root = parse(raw)
    values = {name: root.header(name) or b"" for name in ("subject", "from", "to", "date")}
    assume(b"=2C?=" not in values["to"])  # Python 3.11 at times encodes the comma between addresses
    normal = email.message_from_bytes(raw, policy=email.policy.default)  # its folding has faults: so what it reads back
    assert "".join(as_text(values["subject"]).split()) == "".join(normal["Subject"].split())
    for name in ("from", "to"):
        found = [(bool(one["name"]), one["email"]) for one in as_addresses(values[name])]
        assert found == [(bool(one.display_name), one.addr_spec) for one in normal[name].addresses], values[name]
    wanted = normal["Date"].datetime.isoformat().replace("+00:00", "Z")
    assert as_date(values["date"]) == wanted[: len("2003-07-01T10:52:37+02:00")]
