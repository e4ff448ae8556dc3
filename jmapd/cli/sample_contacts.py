"""Sample contacts for a first look: the people of the sample mail in two address books, as phones and others write."""

import base64
from pathlib import Path

from jmapd.formats.content_lines import fold

PIXEL = bytes.fromhex(  # a picture of one blue pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c6350483800"
    "0001e401419c16e1a00000000049454e44ae426082"
)
PHOTO = base64.b64encode(PIXEL).decode()

# folder -> its files; of a vdir (https://vdirsyncer.pimutils.org) for what is no card
BOOKS: dict[str, dict[str, str]] = {
    "contacts": {
        "displayname": "Contacts",
        "color": "#3465a4",
        "alice.vcf": f"""
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000001
KIND:individual
FN:Alice Arden
N:Arden;Alice;;;
EMAIL;PREF=1;TYPE=home:alice@example.org
TEL;VALUE=uri;TYPE="cell,voice":tel:+1-555-0101
ADR;TYPE=home;LABEL="12 Orchard Lane\\nLittle Town":;;12 Orchard Lane;Little Town;;01234;
BDAY:19810412
LANG;PREF=1:en
PHOTO:data:image/png;base64,{PHOTO}
""",
        "bob.vcf": """
VERSION:3.0
PRODID:-//Example//Phone 3.2//EN
UID:5f0c1a52-6b1c-4d5e-9a77-000000000002
N:Berg;Bob;;;
FN:Bob Berg
NICKNAME:Bobby
EMAIL;TYPE=INTERNET,HOME,pref:bob@example.org
TEL;TYPE=CELL,VOICE:+1 555 0102
item1.TEL:+1 555 0122
item1.X-ABLabel:Workshop
item2.URL;TYPE=pref:https://bob.example.org/
item2.X-ABLabel:_$!<HomePage>!$_
item3.X-ABDATE;TYPE=pref:2009-06-20
item3.X-ABLabel:_$!<Anniversary>!$_
NOTE:Has the long drill\\, and the ladder.
REV:2024-03-01T10:00:00Z
""",
        "chloe.vcf": """
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000003
FN:Chloé Dubois
N:Dubois;Chloé;;Mme;
ORG:Chorale du quartier;Sopranos
TITLE:Cheffe de chœur
EMAIL:chloe@example.net
IMPP:xmpp:chloe@example.net
LANG;PREF=1:fr
LANG;PREF=2:en
CATEGORIES:music,friends
""",
        "dmitri.vcf": """
VERSION:2.1
UID:5f0c1a52-6b1c-4d5e-9a77-000000000004
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9E=D1=80=D0=BB=D0=BE=D0=B2;=D0=94=D0=BC=D0=B8=D1=82=D1=80=D0=B8=D0=B9
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=94=D0=BC=D0=B8=D1=82=D1=80=D0=B8=D0=B9 =D0=9E=D1=80=D0=BB=D0=BE=D0=B2
TEL;HOME;VOICE:+1 555 0104
EMAIL;INTERNET:dmitri@example.net
""",
        "elif.vcf": """
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000005
FN:Elif Yıldız
N:Yıldız;Elif;;;
ROLE:Translator
EMAIL;TYPE=work:elif@example.com
TZ:Europe/Istanbul
SOCIALPROFILE;SERVICE-TYPE=Example Social:https://social.example.com/@elif
""",
        "fumi.vcf": """
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000006
N;ALTID=1;LANGUAGE=ja:藤原;文;;;
N;ALTID=1;PHONETIC=script;SCRIPT=Latn;LANGUAGE=ja-Latn:Fujiwara;Fumi;;;
FN;LANGUAGE=ja:藤原 文
EMAIL:fumi@example.com
""",
        "office.vcf": """
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000007
KIND:org
FN:Gül & Söhne GmbH
ORG:Gül & Söhne GmbH
EMAIL;TYPE=work:buero@example.com
ADR;TYPE=work;CC=DE:;;Hauptstraße 3;Musterstadt;;12345;Germany
GEO:geo:52.5,13.4
URL:https://www.example.com/
""",
    },
    "allotment": {
        "displayname": "Allotment society",
        "description": "Plots 1 to 30",
        "color": "#4e9a06",
        "hana.vcf": """
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000008
FN:Hana Nováková
N:Nováková;Hana;;;
ROLE:Treasurer
EMAIL;PREF=1:hana@example.org
TEL;TYPE=home:+1 555 0108
NOTE:Plot 14
""",
        "board.vcf": """
VERSION:4.0
UID:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000009
KIND:group
FN:Board of the allotment society
MEMBER:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000001
MEMBER:urn:uuid:5f0c1a52-6b1c-4d5e-9a77-000000000008
""",
    },
}


def write(root: Path) -> int:
    """Writes a folder for each address book; how many cards there are."""
    count = 0
    for folder, files in BOOKS.items():
        (root / folder).mkdir(parents=True)
        for name, text in files.items():
            if name.endswith(".vcf"):
                lines = ["BEGIN:VCARD", *text.strip().split("\n"), "END:VCARD"]
                old = "VERSION:2.1" in lines  # there a fold would be read as a space
                text = "".join(line + "\r\n" if old else fold(line, "\r\n") for line in lines)
                count += 1
            (root / folder / name).write_bytes(text.encode())
    return count
