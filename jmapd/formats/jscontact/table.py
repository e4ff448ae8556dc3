"""The conversion table of RFC 9555, for both directions: what each vCard property becomes, and with which parameters.

A row without a note comes back from JSContact as it was, but for the order of parameters and letters' case.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jmapd.formats.jscontact import structured, values
from jmapd.formats.jscontact.prop import Codec, Param
from jmapd.wire import Record

HOME_WORK = {"home": ("contexts", "private"), "work": ("contexts", "work")}  # RFC 9555 2.3.22
ADDRESS_TYPES = HOME_WORK | {"billing": ("contexts", "billing"), "delivery": ("contexts", "delivery")}
PHONE_TYPES = HOME_WORK | {  # RFC 9555 Table 3; "main" is Apple's
    "cell": ("features", "mobile"),
    "fax": ("features", "fax"),
    "main-number": ("features", "main-number"),
    "main": ("features", "main-number"),
    "pager": ("features", "pager"),
    "text": ("features", "text"),
    "textphone": ("features", "textphone"),
    "video": ("features", "video"),
    "voice": ("features", "voice"),
}
RELATIONS = (  # RFC 6350 6.6.6
    "acquaintance",
    "agent",
    "child",
    "co-resident",
    "co-worker",
    "colleague",
    "contact",
    "crush",
    "date",
    "emergency",
    "friend",
    "kin",
    "me",
    "met",
    "muse",
    "neighbor",
    "parent",
    "sibling",
    "spouse",
    "sweetheart",
)
RELATION_TYPES = {relation: ("relation", relation) for relation in RELATIONS}
NO_TYPES: Mapping[str, tuple[str, str]] = {}


class Row(NamedTuple):
    """One vCard property. `path` leads to a map of ids, or to a single value of the Card."""

    vcard: str
    path: str
    codec: Codec
    section: str  # of RFC 9555, or of what describes the habit
    fixed: Record = {}  # noqa: RUF012
    tokens: Mapping[str, tuple[str, str]] = NO_TYPES  # TYPE: token -> set and its key
    has_pref: bool = False
    has_label: bool = False
    params: tuple[Param, ...] = ()
    text: str = ""  # the member that a language changes, and the only one
    note: str = ""  # why not lossless


def _number(least: int, most: int) -> Any:
    def read(value: str) -> int | None:
        text = value.strip()
        found = int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else 0
        return found if least <= found <= most else None

    return read


def _written_number(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _zone(value: str) -> str | None:
    return values.time_zone(value, "")


def _level(value: str) -> str:
    return value.strip().lower()


_EXPERTISE = {"beginner": "low", "average": "medium", "expert": "high"}  # RFC 9555 2.3.13
_EXPERTISE_BACK = {level: name for name, level in _EXPERTISE.items()}


def _expertise(value: str) -> str:
    return _EXPERTISE.get(value.strip().lower(), value.strip().lower())


def _expertise_back(value: Any) -> str | None:
    return _EXPERTISE_BACK.get(value, value) if isinstance(value, str) else None


PREF = Param("PREF", "pref", _number(1, 100), _written_number)
INDEX = Param("INDEX", "listAs", _number(1, 2**53 - 1), _written_number)
LEVEL = Param("LEVEL", "level", _level, _string)
EXPERTISE_LEVEL = Param("LEVEL", "level", _expertise, _expertise_back)
MEDIA_TYPE = Param("MEDIATYPE", "mediaType", _string, _string)
SERVICE = Param("SERVICE-TYPE", "service", _string, _string, "X-SERVICE-TYPE")
USER = Param("USERNAME", "user", _string, _string)
NOTE = (
    Param("CREATED", "created", values.read_timestamp, values.write_timestamp),
    Param("AUTHOR", "author/uri", _string, _string),
    Param("AUTHOR-NAME", "author/name", _string, _string),
)
ADDRESS = (
    Param("CC", "countryCode", _string, _string),
    Param("GEO", "coordinates", values.geo_uri, _string),
    Param("TZ", "timeZone", _zone, _string),
)
APPLE_PROFILE = (Param("X-USER", "user", _string, _string),)


def _resource(
    vcard: str, path: str, section: str, kind: str = "", has_label: bool = True, extra: tuple[Param, ...] = ()
) -> Row:
    fixed = {"kind": kind} if kind else {}
    codec = values.uri("uri", is_lenient=path in ("links", "calendars"))
    return Row(vcard, path, codec, section, fixed, HOME_WORK, True, has_label, (MEDIA_TYPE, *extra))


def _media(vcard: str, path: str, section: str, kind: str, family: str) -> Row:
    fixed = {"kind": kind} if kind else {}
    return Row(vcard, path, values.media(family), section, fixed, HOME_WORK, True, True, (MEDIA_TYPE,))


def _info(vcard: str, section: str, kind: str, level: Param = LEVEL) -> Row:
    return Row(
        vcard, "personalInfo", values.text("value"), section, {"kind": kind}, has_label=True, params=(INDEX, level),
        text="value",
    )  # fmt: skip


def _messenger(vcard: str, service: str = "") -> Row:
    fixed = ({"service": service} if service else {}) | {"vCardName": vcard.lower()}
    return Row(vcard, "onlineServices", values.text("user"), "2.15.3", fixed, HOME_WORK, True, True)


def _date(vcard: str, kind: str, section: str, name: str = "") -> Row:
    fixed = {"kind": kind} | ({"vCardName": name} if name else {})
    note = "a local time, or a month or day alone, goes to vCardProps (2.2.2)"
    return Row(vcard, "anniversaries", values.anniversary(), section, fixed, note=note)


APPLE_KIND = "X-ADDRESSBOOKSERVER-KIND"
_SINGLE = "one that cannot be read or is a second one goes to vCardProps"
SINGLE = (  # the path is a member of the Card
    Row("KIND", "kind", values.lower("kind"), "2.4.2"),
    Row("LANGUAGE", "language", values.text("language"), "2.7.4"),
    Row("CREATED", "created", values.timestamp("created"), "2.11.3", note=_SINGLE),
    Row("PRODID", "prodId", values.text("prodId"), "2.11.5"),
    Row("REV", "updated", values.timestamp("updated"), "2.11.6", note="read as UTC when it has no offset"),
    Row("UID", "uid", values.uri("uid", is_lenient=True), "2.11.8"),
    Row(APPLE_KIND, "kind", values.lower("kind"), "2.4.2", note="Apple's KIND in vCard 3.0"),
)
MANY = (  # the path is a map by Id, or of SpeakToAs a member of it
    Row("SOURCE", "directories", values.uri("uri"), "2.4.3", {"kind": "entry"}, HOME_WORK, True, True, (MEDIA_TYPE,)),
    _date("BDAY", "birth", "2.5.1"),
    _date("DEATHDATE", "death", "2.5.1"),
    _date("ANNIVERSARY", "wedding", "2.5.1"),
    _date("X-ANNIVERSARY", "wedding", "2.15.3", "x-anniversary"),
    _date("X-EVOLUTION-ANNIVERSARY", "wedding", "2.15.3", "x-evolution-anniversary"),
    _date("X-KADDRESSBOOK-X-ANNIVERSARY", "wedding", "2.15.3", "x-kaddressbook-x-anniversary"),
    _date("X-MS-ANNIVERSARY", "wedding", "2.15.3", "x-ms-anniversary"),
    Row("PRONOUNS", "speakToAs/pronouns", values.text("pronouns"), "2.5.4", {}, HOME_WORK, True, text="pronouns"),
    Row("NICKNAME", "nicknames", values.text("name"), "2.5.6", {}, HOME_WORK, True, text="name"),
    _media("PHOTO", "media", "2.5.7", "photo", "image"),
    _media("LOGO", "media", "2.9.2", "logo", "image"),
    _media("SOUND", "media", "2.11.7", "sound", "audio"),
    Row("ADR", "addresses", structured.address(), "2.6.1", {}, ADDRESS_TYPES, True, params=ADDRESS),
    Row("EMAIL", "emails", values.text("address"), "2.7.1", {}, HOME_WORK, True, True),
    Row(
        "IMPP",
        "onlineServices",
        values.profile(),
        "2.7.2",
        {"vCardName": "impp"},
        HOME_WORK,
        True,
        True,
        (SERVICE, USER),
    ),  # fmt: skip
    Row("SOCIALPROFILE", "onlineServices", values.profile(), "2.7.5", {}, HOME_WORK, True, True, (SERVICE, USER)),
    Row(
        "X-SOCIALPROFILE",
        "onlineServices",
        values.profile("X-USER"),
        "2.15.3",
        {"vCardName": "x-socialprofile"},
        HOME_WORK,
        True,
        True,
        APPLE_PROFILE,
        note="the service is the first TYPE that is no context",
    ),  # fmt: skip
    _messenger("X-AIM", "AIM"),
    _messenger("X-ICQ", "ICQ"),
    _messenger("X-JABBER", "Jabber"),
    _messenger("X-MSN", "MSN"),
    _messenger("X-YAHOO", "Yahoo"),
    _messenger("X-YAHOO-ID", "Yahoo"),
    _messenger("X-SKYPE", "Skype"),
    _messenger("X-SKYPE-USERNAME", "Skype"),
    _messenger("X-GADUGADU", "Gadu-Gadu"),
    _messenger("X-GROUPWISE", "GroupWise"),
    _messenger("X-GTALK", "Google Talk"),
    _messenger("X-GOOGLE-TALK", "Google Talk"),
    _messenger("X-QQ", "QQ"),
    _messenger("X-SIP", "SIP"),
    _messenger("X-TWITTER", "Twitter"),
    _messenger("X-MATRIX", "Matrix"),
    _messenger("X-MS-IMADDRESS"),
    _messenger("X-KADDRESSBOOK-X-IMADDRESS"),
    Row("LANG", "preferredLanguages", values.text("language"), "2.7.3", {}, HOME_WORK, True),
    Row("TEL", "phones", values.phone(), "2.7.6", {}, PHONE_TYPES, True, True),
    _resource("CONTACT-URI", "links", "2.9.1", "contact"),
    _resource("URL", "links", "2.11.9"),
    Row("ORG", "organizations", structured.organization(), "2.9.4", {}, HOME_WORK),
    Row("TITLE", "titles", values.text("name"), "2.9.6", {"kind": "title"}, text="name"),
    Row("ROLE", "titles", values.text("name"), "2.9.6", {"kind": "role"}, text="name"),
    _info("EXPERTISE", "2.10.1", "expertise", EXPERTISE_LEVEL),
    _info("HOBBY", "2.10.2", "hobby"),
    _info("INTEREST", "2.10.3", "interest"),
    _resource("ORG-DIRECTORY", "directories", "2.10.4", "directory", extra=(INDEX,)),
    Row("NOTE", "notes", values.text("note"), "2.11.4", params=NOTE, text="note"),
    _media("KEY", "cryptoKeys", "2.12.1", "", "application"),
    Row("CALADRURI", "schedulingAddresses", values.uri("uri"), "2.13.1", {}, HOME_WORK, True, True),
    _resource("CALURI", "calendars", "2.13.2", "calendar"),
    _resource("FBURL", "calendars", "2.13.3", "freeBusy"),
)
RELATED = Row("RELATED", "relatedTo", values.related(), "2.9.5", {}, RELATION_TYPES)
RELATIVES = {  # with the only relation that the name has, or with Apple's label beside it
    name: Row(name, "relatedTo", values.related(), "2.15.3", {"vCardName": name.lower()})
    for name in ("X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME", "X-ABRELATEDNAMES")
}
APPLE_RELATED = "X-ABRELATEDNAMES"  # with any other label in vCardProps
APPLE_RELATIONS = {"Spouse": "spouse", "Child": "child", "Parent": "parent", "Friend": "friend"}
MEMBERS = ("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER")  # 2.9.3: the value is the key, PREF has no counterpart
PLACES = {"BIRTHPLACE": "birth", "DEATHPLACE": "death"}  # 2.5.1
NICKNAME = "NICKNAME"  # 2.5.6: a list in vCard
KEYWORDS = "CATEGORIES"  # 2.11.1: PREF has no counterpart
GENDER = Row("GRAMGENDER", "speakToAs/grammaticalGender", values.lower("grammaticalGender"), "2.5.4")
PHONETIC_NAMES = {  # Apple's and Android's, each for the first component of its kind (RFC 9555 has none)
    "X-PHONETIC-FIRST-NAME": "given",
    "X-PHONETIC-MIDDLE-NAME": "given2",
    "X-PHONETIC-LAST-NAME": "surname",
}
APPLE_DATE = "X-ABDATE"  # with the label below an anniversary, with any other in vCardProps
APPLE_LABEL = "X-ABLABEL"  # 2.11.11
APPLE_MARK = ("_$!<", ">!$_")  # around the labels that Apple's programs translate
APPLE_WEDDING = "Anniversary"

BY_NAME = {row.vcard: row for row in MANY}
SINGLES = {row.vcard: row for row in SINGLE}
BY_PATH: dict[str, list[Row]] = {}
for _row in MANY:
    BY_PATH.setdefault(_row.path, []).append(_row)


def row_for(path: str, record: Record) -> Row | None:
    """The row that writes an object: by vCardName (RFC 9555 2.15.3), else the first whose fixed members it has."""
    rows = BY_PATH[path]
    name = record.get("vCardName")
    if isinstance(name, str):
        for row in rows:
            if row.vcard == name.upper():
                return row if all(record.get(key) == row.fixed[key] for key in ("kind",) if key in row.fixed) else None
    for row in rows:
        if "vCardName" not in row.fixed and record.get("kind", DEFAULT_KIND.get(path)) == row.fixed.get("kind"):
            return row
    return None


DEFAULT_KIND = {"titles": "title"}  # RFC 9553 2.2.5
