"""Roles of Mailboxes (RFC 8621 2, IANA "IMAP Mailbox Name Attributes") by usual folder names in several languages.

SPECIAL-USE is only in the IMAP server's configuration, not on disk; [mail] roles says what guessing cannot know.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping

ROLES = ("inbox", "drafts", "sent", "archive", "junk", "trash")  # also the order in which they are shown
FOLDER_NAMES = {"drafts": "Drafts", "sent": "Sent", "archive": "Archive", "junk": "Junk", "trash": "Trash"}

# the likelier name first: of "Sent" and "Sent Items" in one account the first has the role
NAMES: dict[str, tuple[str, ...]] = {
    "drafts": (
        "drafts", "draft", "entwürfe", "entwurf", "brouillons", "brouillon", "borradores", "bozze",
        "rascunhos",
        "concepten", "utkast", "kladder", "luonnokset", "szkice", "wersje robocze", "koncepty", "rozepsané",
        "piszkozatok",
        "ciorne", "черновики", "чернетки", "чернови", "πρόχειρα", "taslaklar", "下書き", "草稿", "草稿箱", "임시보관함",
        "임시 보관함", "טיוטות", "المسودات",
    ),
    "sent": (
        "sent", "sent items", "sent messages", "sent mail", "sent-mail", "gesendet", "gesendete objekte",
        "gesendete elemente", "gesendete nachrichten", "envoyés", "éléments envoyés", "messages envoyés",
        "courrier envoyé", "enviados", "elementos enviados", "mensajes enviados", "itens enviados", "inviati",
        "posta inviata", "verzonden", "verzonden items", "verzonden berichten", "skickat", "skickade",
        "sendt",
        "sendte elementer", "lähetetyt", "wysłane", "elementy wysłane", "odeslané", "odeslaná pošta",
        "odoslané",
        "elküldött", "elküldött elemek", "trimise", "отправленные", "надіслані", "изпратени", "απεσταλμένα",
        "gönderilmiş", "gönderilenler", "送信済み", "送信済みアイテム", "已发送", "已发送邮件", "寄件備份",
        "보낸편지함",
        "보낸 편지함", "נשלחו", "المرسلة",
    ),
    "archive": (
        "archive", "archives", "archiv", "archivo", "archivos", "archivio", "arquivo", "archief", "arkiv",
        "arkisto",
        "archiwum", "archív", "archívum", "arhivă", "архив", "архів", "αρχείο", "arşiv", "アーカイブ", "归档", "封存",
        "보관",
        "보관함", "ארכיון", "الأرشيف",
    ),
    "junk": (
        "junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk mail", "unerwünscht", "werbung",
        "junk-e-mail", "spamverdacht", "indésirables", "courrier indésirable", "pourriel",
        "correo no deseado",
        "no deseado", "lixo eletrônico", "lixo electrónico", "posta indesiderata", "indesiderata",
        "ongewenst",
        "ongewenste e-mail", "skräppost", "søppelpost", "uønsket", "uønsket post", "roskaposti", "niechciane",
        "wiadomości-śmieci", "nevyžádaná pošta", "nevyžiadaná pošta", "levélszemét", "спам",
        "нежелательная почта",
        "ανεπιθύμητα", "ανεπιθύμητη αλληλογραφία", "önemsiz", "önemsiz e-posta", "迷惑メール", "垃圾邮件", "垃圾郵件",
        "스팸",
        "스팸메일함", "דואר זבל", "البريد المزعج",
    ),
    "trash": (
        "trash", "deleted items", "deleted messages", "deleted", "bin", "wastebasket", "papierkorb",
        "gelöscht", "gelöschte objekte", "gelöschte elemente", "corbeille", "éléments supprimés",
        "messages supprimés",
        "papelera", "elementos eliminados", "lixeira", "lixo", "itens excluídos", "cestino",
        "posta eliminata",
        "prullenbak", "verwijderde items", "papperskorg", "papperskorgen", "borttaget", "papirkurv",
        "papirkurven",
        "slettede elementer", "slettet post", "roskakori", "poistetut", "kosz", "elementy usunięte", "koš",
        "odstraněná pošta", "kôš", "kuka", "lomtár", "törölt elemek", "coș de gunoi", "корзина", "удаленные",
        "удалённые", "кошик", "кошче", "κάδος", "κάδος απορριμμάτων", "διαγραμμένα", "çöp", "çöp kutusu",
        "ゴミ箱",
        "削除済みアイテム", "已删除", "已删除邮件", "垃圾桶", "휴지통", "지운편지함", "אשפה", "المهملات",
    ),
}  # fmt: skip
_TOPS = ({"inbox"}, {"[gmail]"}, {"[google mail]"})


def fold(name: str) -> str:
    """Names are compared without regard to case and composition."""
    return unicodedata.normalize("NFC", name).casefold()


_RANKS = {fold(name): (role, rank) for role, names in NAMES.items() for rank, name in enumerate(names)}


def sort_order(role: str | None) -> int:
    """RFC 8621 2 sortOrder of a folder nobody has given one: those with a role first."""
    return ROLES.index(role) + 1 if role in ROLES else 10


def assign(
    folders: Mapping[str, tuple[str, ...]],
    held: Mapping[str, str],
    configured: Mapping[str, str],
    told: Mapping[str, str | None] | None = None,
    taken: Collection[str] = (),
    fresh: Collection[str] = (),
) -> dict[str, str]:
    """{mailbox id: role}. `folders`: names of each; `held`: {role: id} as it was; `configured`: {role: "A/B"}.

    RFC 8621 2: no two Mailboxes with one role. A role that a folder has stays with it. `told`: what clients have set;
    a role that they took from a folder (`taken`) is guessed for new folders (`fresh`) only.
    """
    told = told or {}
    by_name = {fold("/".join(names)): id for id, names in folders.items()}
    inbox = [("inbox", id) for id, names in folders.items() if names == ("INBOX",)]
    said = [(role, id) for id, role in told.items() if role is not None]
    named = [(role, by_name.get(fold(name), "")) for role, name in configured.items()]
    kept = [(role, id) for role, id in held.items() if role not in configured]
    likely = [(role, id) for _, id, role in sorted(_guesses(folders)) if role not in configured]
    free = [each for each in likely if each[0] not in taken or each[1] in fresh]
    roles: dict[str, str] = {}  # role -> id
    for role, id in [*inbox, *said, *(each for each in [*named, *kept, *free] if each[1] not in told)]:
        if id in folders and role not in roles and id not in roles.values():
            roles[role] = id
    return {id: role for role, id in roles.items()}


def _guesses(folders: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[tuple[int, int, tuple[str, ...]], str, str]]:
    """(rank, id, role) of the folders at the top or right below INBOX whose name is a usual one."""
    for id, names in folders.items():
        depth = len(names)
        if depth > 2 or (depth == 2 and {fold(names[0])} not in _TOPS):
            continue
        role, rank = _RANKS.get(fold(names[-1]), (None, 0))
        if role is not None:
            yield (rank, depth, names), id, role
