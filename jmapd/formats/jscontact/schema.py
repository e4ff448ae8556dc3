"""All object types of JSContact (RFC 9553, RFC 9982) and their properties; those of RFC 9555 2.15 and RFC 9610 3 too.

A row's type is the signature that the RFC writes. What its values must look like beyond that is in forms.py.
"""

from jmapd.formats.object_types.schema import Row

VERSIONS = ("2.0", "1.0")  # RFC 9982 7.1; what is made here is of the first

_PRIVATE_WORK = ("private", "work")  # RFC 9553 1.5.1
_CONTEXTS = Row("String[Boolean]", values=_PRIVATE_WORK)
_PREF = Row("UnsignedInt", least=1, most=100)  # 1.5.3
_LABEL = Row("String")
_LIST_AS = Row("UnsignedInt", least=1)
_PHONETIC = {
    "phoneticScript": Row("String", form="script"),
    "phoneticSystem": Row("String", values=("ipa", "jyut", "piny")),
}
_USE = {"contexts": _CONTEXTS, "pref": _PREF, "label": _LABEL}
_URI = Row("String", True, form="uri")
_NAME_KINDS = ("title", "given", "given2", "surname", "surname2", "credential", "generation", "separator")
_ADDRESS_KINDS = (
    "room", "apartment", "floor", "building", "number", "name", "block", "subdistrict", "district", "locality",
    "region", "postcode", "country", "direction", "landmark", "postOfficeBox", "separator",
)  # fmt: skip
_RELATIONS = (
    "acquaintance", "agent", "child", "co-resident", "co-worker", "colleague", "contact", "crush", "date", "emergency",
    "friend", "kin", "me", "met", "muse", "neighbor", "parent", "sibling", "spouse", "sweetheart",
)  # fmt: skip
_FEATURES = ("mobile", "voice", "text", "video", "main-number", "textphone", "fax", "pager")


def _resource(kinds: tuple[str, ...] = (), is_kind_mandatory: bool = True) -> dict[str, Row]:
    """RFC 9553 1.4.4."""
    kind = Row("String", is_kind_mandatory and bool(kinds), kinds)
    return {"kind": kind, "uri": _URI, "mediaType": Row("String", form="media type")} | _USE


TYPES: dict[str, dict[str, Row]] = {
    "Card": {
        "@type": Row("String", True),
        "version": Row("String", True, form="version"),
        "created": Row("UTCDateTime"),
        "kind": Row("String", values=("individual", "group", "org", "location", "device", "application")),
        "language": Row("String", form="language"),
        "members": Row("String[Boolean]", form="uid"),
        "prodId": Row("String", form="text"),
        "relatedTo": Row("String[Relation]", form="uid"),
        "uid": Row("String", form="uid"),  # RFC 9982 4: optional from version 2.0 on
        "updated": Row("UTCDateTime"),
        "name": Row("Name"),
        "nicknames": Row("Id[Nickname]"),
        "organizations": Row("Id[Organization]"),
        "speakToAs": Row("SpeakToAs"),
        "titles": Row("Id[Title]"),
        "emails": Row("Id[EmailAddress]"),
        "onlineServices": Row("Id[OnlineService]"),
        "phones": Row("Id[Phone]"),
        "preferredLanguages": Row("Id[LanguagePref]"),
        "calendars": Row("Id[Calendar]"),
        "schedulingAddresses": Row("Id[SchedulingAddress]"),
        "addresses": Row("Id[Address]"),
        "cryptoKeys": Row("Id[CryptoKey]"),
        "directories": Row("Id[Directory]"),
        "links": Row("Id[Link]"),
        "media": Row("Id[Media]"),
        "localizations": Row("String[PatchObject]", form="language"),
        "anniversaries": Row("Id[Anniversary]"),
        "keywords": Row("String[Boolean]", form="text"),
        "notes": Row("Id[Note]"),
        "personalInfo": Row("Id[PersonalInfo]"),
        "vCardProps": Row("JCardProp[]"),
    },
    "Relation": {"relation": Row("String[Boolean]", values=_RELATIONS)},  # RFC 9553 2.1.8
    "Name": {  # 2.2.1.1
        "components": Row("NameComponent[]"),
        "isOrdered": Row("Boolean"),
        "defaultSeparator": Row("String"),
        "full": Row("String"),
        "sortAs": Row("String[String]", values=_NAME_KINDS),
        **_PHONETIC,
    },
    "NameComponent": {
        "value": Row("String", True),
        "kind": Row("String", True, _NAME_KINDS),
        "phonetic": Row("String"),
    },
    "Nickname": {"name": Row("String", True), "contexts": _CONTEXTS, "pref": _PREF},  # 2.2.2
    "Organization": {  # 2.2.3
        "name": Row("String"),
        "units": Row("OrgUnit[]"),
        "sortAs": Row("String"),
        "contexts": _CONTEXTS,
    },
    "OrgUnit": {"name": Row("String", True), "sortAs": Row("String")},
    "SpeakToAs": {  # 2.2.4
        "grammaticalGender": Row(
            "String", values=("animate", "common", "feminine", "inanimate", "masculine", "neuter")
        ),
        "pronouns": Row("Id[Pronouns]"),
    },
    "Pronouns": {"pronouns": Row("String", True), "contexts": _CONTEXTS, "pref": _PREF},
    "Title": {  # 2.2.5
        "name": Row("String", True),
        "kind": Row("String", values=("title", "role")),
        "organizationId": Row("Id"),
    },
    "EmailAddress": {"address": Row("String", True, form="email"), **_USE},  # 2.3.1
    "OnlineService": {  # 2.3.2
        "service": Row("String"),
        "uri": Row("String", form="uri"),
        "user": Row("String"),
        **_USE,
    },
    "Phone": {  # 2.3.3
        "number": Row("String", True, form="text"),
        "features": Row("String[Boolean]", values=_FEATURES, is_open=True),
        **_USE,
    },
    "LanguagePref": {  # 2.3.4
        "language": Row("String", True, form="language"),
        "contexts": _CONTEXTS,
        "pref": _PREF,
    },
    "Calendar": _resource(("calendar", "freeBusy")),  # 2.4.1
    "SchedulingAddress": {"uri": _URI, **_USE},  # 2.4.2
    "Address": {  # 2.5.1.1
        "components": Row("AddressComponent[]"),
        "isOrdered": Row("Boolean"),
        "countryCode": Row("String", form="country"),
        "coordinates": Row("String", form="geo"),
        "timeZone": Row("String", form="time zone"),
        "contexts": Row("String[Boolean]", values=(*_PRIVATE_WORK, "billing", "delivery")),
        "full": Row("String"),
        "defaultSeparator": Row("String"),
        "pref": _PREF,
        **_PHONETIC,
    },
    "AddressComponent": {
        "value": Row("String", True),
        "kind": Row("String", True, _ADDRESS_KINDS),
        "phonetic": Row("String"),
    },
    "CryptoKey": _resource(),  # 2.6.1
    "Directory": {**_resource(("directory", "entry")), "listAs": _LIST_AS},  # 2.6.2
    "Link": _resource(("contact",), False),  # 2.6.3
    "Media": {  # 2.6.4; RFC 9610 3: a blobId in place of the uri
        **_resource(("photo", "sound", "logo")),
        "uri": Row("String", form="uri"),
        "blobId": Row("Id"),
    },
    "Anniversary": {  # 2.8.1
        "kind": Row("String", True, ("birth", "death", "wedding"), is_open=True),
        "date": Row("PartialDate|Timestamp", True),
        "place": Row("Address"),
    },
    "PartialDate": {
        "year": Row("UnsignedInt"),
        "month": Row("UnsignedInt", least=1, most=12),
        "day": Row("UnsignedInt", least=1, most=31),
        "calendarScale": Row("String", form="calendar"),
    },
    "Timestamp": {"utc": Row("UTCDateTime", True)},
    "Note": {"note": Row("String", True), "created": Row("UTCDateTime"), "author": Row("Author")},  # 2.8.3
    "Author": {"name": Row("String"), "uri": Row("String", form="uri")},
    "PersonalInfo": {  # 2.8.4
        "kind": Row("String", True, ("expertise", "hobby", "interest"), is_open=True),
        "value": Row("String", True),
        "level": Row("String", values=("high", "medium", "low")),
        "listAs": _LIST_AS,
        "label": _LABEL,
    },
}
for _name, _rows in TYPES.items():  # what every object may have: RFC 9553 1.3.4, RFC 9555 2.15.2 and 2.15.3
    _rows.setdefault("@type", Row("String"))
    _rows |= {
        "vCardParams": Row("String[JCardParam]", form="vCard name"),
        "vCardName": Row("String", form="vCard name"),
    }

PROPERTIES: dict[str, Row] = TYPES["Card"]
