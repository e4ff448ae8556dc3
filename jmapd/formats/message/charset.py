"""Charsets of the real world: labels as mailers write them, undeclared 8-bit text (RFC 8621 4.1.4, RFC 2045 5.2).

Labels pick from a closed set of codecs: Python's own registry holds some that must not meet hostile input.
"""

import encodings.aliases
from functools import lru_cache

import chardet

UNDECLARED = frozenset(
    ("", "us-ascii", "ascii", "ansi-x3.4-1968", "default", "none", "unknown", "unknown-8bit", "8bit")
)
_SAMPLE = 4096  # octets shown to chardet
_MAX_LABEL = 64

_NAMES = (
    "big5 big5hkscs cp037 cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 "
    "cp869 cp874 cp932 cp949 cp950 cp1006 cp1125 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk hp_roman8 hz iso2022_jp iso2022_jp_1 iso2022_jp_2 "
    "iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr iso8859_1 iso8859_10 iso8859_11 iso8859_13 iso8859_14 "
    "iso8859_15 iso8859_16 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 johab "
    "koi8_r koi8_t koi8_u kz1048 mac_cyrillic mac_greek mac_iceland mac_latin2 mac_roman mac_turkish ptcp154 shift_jis "
    "shift_jis_2004 shift_jisx0213 tis_620 utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le utf_7 utf_8"
)
_CODECS = frozenset(_NAMES.split())
# What mailers mean is the wider set of the same family (as browsers read the labels).
_WIDER = {
    "iso8859_1": "cp1252", "iso8859_9": "cp1254", "iso8859_11": "cp874", "tis_620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "cp950",
}  # fmt: skip
# Tried when the first codec of the family fails.
_FALLBACK = {
    "cp932": "shift_jis_2004", "cp950": "big5hkscs", "euc_jp": "euc_jis_2004", "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_ext": "iso2022_jp_2004",
}  # fmt: skip
_LABELS = {
    "ansi": "cp1252", "arabic": "iso8859_6", "big5-eten": "cp950", "chinese": "gb18030", "cn-big5": "cp950",
    "cn-gb": "gb18030", "cp-850": "cp850", "cp-866": "cp866", "csgb2312": "gb18030", "cseuckr": "cp949",
    "csksc56011987": "cp949", "cskoi8r": "koi8_r", "csshiftjis": "cp932", "cswindows31j": "cp932", "csbig5": "cp950",
    "dos-874": "cp874", "gb-2312": "gb18030", "gb-18030": "gb18030", "gb-2312-80": "gb18030", "greek": "iso8859_7",
    "hebrew": "iso8859_8", "iso-8859-6-e": "iso8859_6", "iso-8859-6-i": "iso8859_6", "iso-8859-8-e": "iso8859_8",
    "iso-8859-8-i": "iso8859_8", "iso-10646-ucs-2": "utf_16", "ucs-2": "utf_16", "unicode": "utf_16", "koi": "koi8_r",
    "koi8": "koi8_r", "koi8-ru": "koi8_u", "korean": "cp949", "ks-c-5601": "cp949", "ks-c-5601-1987": "cp949",
    "ks-c-5601-1989": "cp949", "ksc-5601": "cp949", "ksc5601": "cp949", "logical": "iso8859_8", "mac": "mac_roman",
    "macintosh": "mac_roman", "ms-kanji": "cp932", "sjis": "cp932", "unicode-1-1-utf-7": "utf_7",
    "unicode-1-1-utf-8": "utf_8",
    "utf8mb4": "utf_8", "utf-8mb4": "utf_8", "visual": "iso8859_8", "windows-31j": "cp932", "windows-874": "cp874",
    "windows-936": "gb18030", "windows-949": "cp949", "windows-950": "cp950", "euc-cn": "gb18030", "euccn": "gb18030",
    "gb13000": "gb18030", "eucjp": "euc_jp", "ujis": "euc_jp", "iso2022jp": "iso2022_jp",
    "iso-2022-jp-ms": "iso2022_jp",
    "cp50220": "iso2022_jp", "cp50221": "iso2022_jp", "latin-1": "cp1252", "latin": "cp1252", "western": "cp1252",
}  # fmt: skip


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "")


_BARE: dict[str, str] = {_bare(codec): codec for codec in sorted(_CODECS)}
_BARE.update((_bare(alias), codec) for alias, codec in sorted(encodings.aliases.aliases.items()) if codec in _CODECS)
_BARE.update((_bare(label), codec) for label, codec in _LABELS.items())


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """Python's codec for a charset label; None when the label is not known."""
    name = label[:_MAX_LABEL].strip(" \t'\"").lower()
    bare = _bare(name)
    for form in (bare, bare.removeprefix("x"), bare.removeprefix("charset="), bare.partition(":")[0]):
        codec = _BARE.get(form)
        if codec is not None:
            return _WIDER.get(codec, codec)
    if bare.startswith(("windows", "ibm", "dos", "iso8859")):  # windows1252, ibm-850, iso88591:2003
        digits = "".join(c for c in bare.removeprefix("iso8859") if c.isascii() and c.isdigit())
        codec = ("iso8859_" if bare.startswith("iso8859") else "cp") + digits
        if codec in _CODECS:
            return _WIDER.get(codec, codec)
    return None


def decode(data: bytes, label: str | None) -> tuple[str, bool]:
    """Text of `data`, and whether there was a problem: unknown label, malformed octets, or a guess was needed."""
    if label is None or (name := label.strip().lower()) in UNDECLARED:
        return _decode_undeclared(data)
    codec = codec_of(name)
    if codec is None:
        return _decode_undeclared(data)[0], True
    try:
        return _decode_strict(data, codec), False
    except UnicodeError:
        return _scrub(data.decode(codec, "replace"), codec), True


def decode_known(data: bytes, label: str) -> str | None:
    """Text of an encoded word; malformed octets become U+FFFD. None: the label is not known."""
    codec = "utf_8" if label.lower() in UNDECLARED else codec_of(label)
    if codec is None:
        return None
    try:
        return _decode_strict(data, codec)
    except UnicodeError:
        return _scrub(data.decode(codec, "replace"), codec)


def _decode_strict(data: bytes, codec: str) -> str:
    if codec == "utf_8":
        return data.removeprefix(b"\xef\xbb\xbf").decode()
    if codec == "utf_16":
        codec = _byte_order(data)
    step: str | None = codec
    while step is not None:
        try:
            return _scrub(data.decode(step), step)
        except UnicodeError:
            step = _FALLBACK.get(step)
            if step is None:
                raise
    raise AssertionError("unreachable")  # pragma: no cover


def _scrub(text: str, codec: str) -> str:
    """UTF-7 lets lone surrogates through, which cannot be sent (RFC 7493 2.1)."""
    if codec == "utf_7":
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _byte_order(data: bytes) -> str:
    """UTF-16 without a byte order mark: the side on which the NULs of ASCII lie decides (RFC 2781 4.3)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf_16"
    head = data[:512]
    return "utf_16_le" if head[1::2].count(0) > head[::2].count(0) else "utf_16_be"


def _decode_undeclared(data: bytes) -> tuple[str, bool]:
    """ASCII or UTF-8 if it is that; else what chardet says of a sample; else windows-1252."""
    if not data.isascii():
        try:
            return data.removeprefix(b"\xef\xbb\xbf").decode(), False
        except UnicodeDecodeError as error:
            return _guess(data, error.start), True
    if b"\x1b$" in data or b"~{" in data:  # 7-bit East Asian text that says nothing about itself
        for codec, mark in (("iso2022_jp", b"\x1b$B"), ("iso2022_jp", b"\x1b$@"), ("iso2022_kr", b"\x1b$)C")):
            if mark in data:
                try:
                    return _decode_strict(data, codec), False
                except UnicodeError:
                    break
    return data.decode("ascii"), False


def _guess(data: bytes, start: int) -> str:
    codec = likely_codec(data, start)
    if codec is not None:
        try:
            return _decode_strict(data, codec)
        except UnicodeError:
            pass
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return data.decode("cp1252", "replace")


def likely_codec(data: bytes, start: int) -> str | None:
    """What chardet takes the octets around the first odd one for; no kind of UTF, which would have been seen."""
    sample = data[: start + 2 * _SAMPLE].replace(b"\r\n", b"\n")  # the form of line ends must not decide
    start = len(data[:start].replace(b"\r\n", b"\n"))
    sample = sample[max(0, start - 64) : start + _SAMPLE]
    found = chardet.detect(sample).get("encoding")
    codec = codec_of(found) if found else None
    is_utf = codec is not None and codec.startswith("utf") and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return None if is_utf else codec


def _mostly_utf8(data: bytes) -> bool:
    """UTF-8 with a few broken places, as truncation leaves it."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    wide = len(text) - len(text.encode("ascii", "ignore")) - broken
    return wide > 8 * broken
