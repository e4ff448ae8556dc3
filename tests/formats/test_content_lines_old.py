"""vCard 2.1 and vCalendar 1.0: bare parameters, quoted-printable, Base64, charsets; and files not in UTF-8."""

import pytest

from jmapd.formats.content_lines import Line, decoded, encoded, lines


def read(data: bytes) -> list[Line]:
    text, encoding = decoded(data)
    found = list(lines(text, encoding))
    assert encoded("".join(line.raw for line in found), encoding) == data
    return found


def value(data: bytes) -> str:
    (line,) = read(data)
    assert line.params == []
    return line.value


def test_bare_parameters() -> None:
    (line,) = read(b"TEL;HOME;voice;PREF:1\n")
    assert line.params == [("TYPE", ["HOME"]), ("TYPE", ["voice"]), ("TYPE", ["PREF"])]
    (line,) = read(b"PHOTO;JPEG;BASE64:AAAA\n")
    assert line.params == [("TYPE", ["JPEG"]), ("ENCODING", ["BASE64"])]
    (line,) = read(b"SOUND;URL:http://example.org/\n")
    assert line.params == [("VALUE", ["URL"])]


@pytest.mark.rfc("2045", "6.7")
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"NOTE;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen\r\n", "Jürgen"),
        (b"NOTE;QUOTED-PRINTABLE;CHARSET=UTF-8:a=0D=0Ab=0Ac\r\n", "a\\nb\\nc"),
        (b"NOTE;encoding=quoted-printable:a=\r\nb=\r\n=\r\nc\r\n", "abc"),
        (b"NOTE;QUOTED-PRINTABLE:a= \r\n b\r\n", "a b"),  # white space after a soft break is text
        (b"NOTE;QUOTED-PRINTABLE:a=C3=\r\n=BC\r\n", "aü"),
        (b"NOTE;QUOTED-PRINTABLE:a\r\n b\r\n", "ab"),  # folded as well
        (b"NOTE;QUOTED-PRINTABLE:TEL:=\r\nX:y\r\n", "TEL:X:y"),
        (b"NOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=FCrgen\n", "Jürgen"),
        (b"NOTE;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=C8=E2=E0=ED\n", "Иван"),
        (b"NOTE;CHARSET=nonsense;ENCODING=QUOTED-PRINTABLE:J=FCrgen\n", "Jürgen"),
        (b"NOTE;ENCODING=QUOTED-PRINTABLE:J=FCrgen a=3Bb=5C;c\n", "Jürgen a;b\\;c"),
        (b"NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J\xc3\xbcr=67en\n", "Jürgen"),
        (b"NOTE;ENCODING=QUOTED-PRINTABLE:a=zz=\n", "a=zz"),
        (b"NOTE;ENCODING=8BIT;CHARSET=UTF-8:J\xc3\xbcrgen\n", "Jürgen"),
    ],
)
def test_quoted_printable(data: bytes, text: str) -> None:
    (line,) = read(data)
    assert line.value == text
    assert "QUOTED-PRINTABLE" not in str(line.params)


def test_a_soft_break_does_not_take_the_end_of_the_card() -> None:
    found = read(b"NOTE;QUOTED-PRINTABLE:a=\r\nEND:VCARD\r\n")
    assert [(line.name, line.value) for line in found] == [("NOTE", "a"), ("END", "VCARD")]


def test_an_equals_sign_at_the_end_of_another_line_breaks_nothing() -> None:
    assert [line.value for line in read(b"NOTE:a=\nX:y\n")] == ["a=", "y"]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_base64(newline: bytes) -> None:
    photo = newline.join((b"PHOTO;TYPE=JPEG;ENCODING=BASE64:", b"  AAAA", b"  BBBB  ", b"", b"TEL:1", b""))
    found = read(photo)
    assert [(line.name, line.value) for line in found] == [("PHOTO", "AAAABBBB"), ("TEL", "1")]
    assert found[0].params == [("TYPE", ["JPEG"]), ("ENCODING", ["BASE64"])]


@pytest.mark.parametrize("head", [b"PHOTO;BASE64:", b"PHOTO;ENCODING=b:AA", b"PHOTO;ENCODING=BASE64;TYPE=GIF:"])
def test_base64_without_indentation(head: bytes) -> None:
    found = read(head + b"\r\nAAAA\r\nBBB=\r\nEND:VCARD\r\n")
    assert [line.name for line in found] == ["PHOTO", "END"]
    assert found[0].value.endswith("AAAABBB=")


def test_words_below_other_values_are_not_base64() -> None:
    assert [line.is_broken for line in read(b"NOTE;X-ENCODING=BUT:a\nword\n")] == [False, True]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(codec: str) -> None:
    found = read("BEGIN:VCARD\r\nFN:Jürgen 😀\r\nEND:VCARD\r\n".encode(codec))
    assert [(line.name, line.value) for line in found][:2] == [("BEGIN", "VCARD"), ("FN", "Jürgen 😀")]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_mark(codec: str) -> None:
    assert read("BEGIN:VCARD\nFN:Jürgen\n".encode(codec))[1].value == "Jürgen"


@pytest.mark.rfc("7493", "2.1")
def test_no_value_has_half_a_surrogate_pair() -> None:
    data = b"\xff\xfe" + "X;P=a\ud800:FN\udc41\nX;QUOTED-PRINTABLE:\ud800=41\n".encode("utf-16-le", "surrogatepass")
    first, second = read(data)
    assert (first.params, first.value) == ([("P", ["a\ufffd"])], "FN\ufffd")
    assert second.value == "\ufffdA"
    assert value(b"X;CHARSET=UTF-7:+2AA-\n") == "+2AA-"


def test_utf_16_that_is_none() -> None:
    assert read(b"\xff\xfeF\n")[0].is_broken


@pytest.mark.parametrize(
    ("codec", "label", "text"),
    [
        ("latin-1", "ISO-8859-1", "Jürgen"),
        ("latin-1", "UTF-8", "Jürgen"),  # a lie
        ("utf-8", "ISO-8859-1", "Jürgen"),  # another
        ("koi8-r", "KOI8-R", "Иван"),
        ("shift_jis", "Shift_JIS", "山田表"),  # with a backslash as second octet
        ("iso2022_jp", "ISO-2022-JP", "山田"),
        ("gb18030", "GBK", "王小明"),
        ("euc_kr", "ks_c_5601-1987", "김철수"),
    ],
)
def test_charset(codec: str, label: str, text: str) -> None:
    data = b"X-A;CHARSET=" + label.encode() + b":" + text.encode(codec) + b"\r\n"
    assert value(data) == text


@pytest.mark.parametrize("label", ["hex", "zip", "rot13", "punycode", "unicode_escape", "undefined", "", "x" * 1000])
def test_labels_that_are_no_charset(label: str) -> None:
    assert value(b"X;CHARSET=" + label.encode() + b":J\xfcrgen\n") == "Jürgen"


def test_octets_without_a_charset_are_read_as_the_file_is_likely_to_be() -> None:
    assert value("X:Jürgen Müller\n".encode("cp1252")) == "Jürgen Müller"
    data = "FN:Иван Петров\nN:Петров;Иван\n".encode("cp1251") + "NOTE:Ё\n".encode()
    assert [line.value for line in read(data)] == ["Иван Петров", "Петров;Иван", "Ё"]
    (line,) = read("X;A=Jürgen:a\n".encode("latin-1"))
    assert line.params == [("A", ["Jürgen"])]


def test_what_octets_mean_does_not_depend_on_lines_without_any() -> None:
    for text in ("Jürgen", "André Ångström", "Иван"):
        data = f"FN:{text}\n".encode("cp1251" if text == "Иван" else "cp1252")
        meant = read(data)[0].value
        for other in (b"NOTE:x\n", "NOTE:Ένα 山田\n".encode(), b"\n" * 200):
            assert [line.value for line in read(other + data + other) if line.name == "FN"] == [meant]


@pytest.mark.parametrize("text", ["Ingrid Spaßlund", "André Ångström", "Zoë", "Weiß – Büro"])
def test_single_letters_are_of_western_europe(text: str) -> None:
    assert value(f"FN:{text}\r\n".encode("cp1252")) == text
