"""The options of jmapd.toml: one table of name, type, default and help.

etc/jmapd.toml and docs/CONFIG.md are made from it.
"""

from dataclasses import dataclass, field
from typing import Any

from jmapd.config_transport import Calendars, Delivery, Identities, Junk, Submission, Vacation
from jmapd.config_values import MIB, option

LAYOUTS = ("auto", "maildir++", "fs", "legacy")
NAME_ENCODINGS = ("auto", "utf-7", "utf-8")
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Paths:
    """Where things are. Templates: {user} is the user name, {local} and {domain} its parts around the last "@"."""

    state_dir: str = option("path", "/var/lib/jmapd", "What jmapd keeps itself: index, journals, uploads.")
    users_file: str = option("path", "/etc/jmapd/users", "Users and password hashes, one name:hash a line.")
    mail: str = option("template", "/home/{user}/Maildir", "Each user's Maildir; empty: no mail is served.")
    contacts: str = option(
        "template",
        "",
        "Each user's folder of .vcf collections, as of khard or vdirsyncer, Radicale's (collection-root/{user}) or"
        " xandikos's; empty: none are served.",
    )
    calendars: str = option(
        "template",
        "",
        "Each user's folder of .ics collections, with events and tasks, as of khal or vdirsyncer, Radicale's or"
        " xandikos's (which may be that of contacts, too); empty: none are served.",
    )


@dataclass(frozen=True)
class Accounts:
    """Mail that others see besides its owner: a user's, or a group's that nobody logs in as."""

    shared: dict[str, list[str]] = option(
        "shares", {}, "Account to users, as { team = ['alice', 'bob:read'] }; with :read they may not change anything."
    )
    mail: dict[str, str] = option(
        "folders", {}, "Maildirs that lie elsewhere than paths.mail says, as { team = '/srv/mail/team' }."
    )
    contacts: dict[str, str] = option(
        "folders", {}, "Folders of .vcf collections elsewhere than paths.contacts says, as { team = '/srv/dav/team' }."
    )
    calendars: dict[str, str] = option(
        "folders", {}, "Folders of .ics collections elsewhere than paths.calendars says, as { team = '/srv/dav/team' }."
    )
    principals: str = option(
        "choice",
        "shared",
        "Of whom a user may know: shared (those who see an account that he sees, or his own) or all users.",
        choices=("shared", "all"),
    )
    availability: str = option(
        "choice",
        "shared",
        "Whose busy times a user may ask for: shared (of accounts that he sees), or all with principals = 'all'.",
        choices=("shared", "all"),
    )


@dataclass(frozen=True)
class Server:
    """The HTTP side."""

    base_url: str = option(
        "base_url",
        "",
        "The URL clients know this server by, as https://mail.example.org. Empty: what a trusted proxy says in"
        " X-Forwarded-Proto, -Host, -Port and -Prefix, else what the request itself says.",
    )
    trusted_proxies: list[str] = option(
        "networks",
        ["127.0.0.1", "::1", "unix"],
        'Addresses or networks whose X-Forwarded-* headers are believed; "unix" is any peer on a Unix socket.',
    )
    cors_origins: list[str] = option(
        "origins",
        [],
        'Origins of web clients, as https://webmail.example.org, that browsers may use with this server; "*": any.',
    )
    gzip: bool = option("boolean", True, "Compress answers for clients that accept it, where it pays.")
    gzip_level: int = option("integer", 1, "1 (fast) to 9 (small).", minimum=1, maximum=9)
    read_timeout: float = option(
        "number", 60.0, "Seconds a client may be silent while it sends a request body.", minimum=1
    )


@dataclass(frozen=True)
class Mail:
    """How a Maildir is read."""

    layout: str = option(
        "choice",
        "auto",
        "How folders lie: .A.B beside cur (maildir++), A/B (fs, Verbatim of mbsync), A/.B (legacy, of mbsync).",
        choices=LAYOUTS,
    )
    name_encoding: str = option(
        "choice",
        "auto",
        "How folder names are written on disk. auto: as the folders that are there show.",
        choices=NAME_ENCODINGS,
    )
    line_ends: str = option(
        "choice",
        "lf",
        "Line ends in the files of new messages: lf, as most programs expect them, or crlf.",
        choices=("lf", "crlf"),
    )
    roles: dict[str, str] = option(
        "roles", {}, "Role to folder where names do not tell, as { sent = 'Sent Items', junk = 'Bulk/Spam' }."
    )


@dataclass(frozen=True)
class Contacts:
    """How .vcf files are written."""

    version: str = option(
        "choice", "4.0", "vCard version of new cards; a card that is changed keeps its own.", choices=("3.0", "4.0")
    )


@dataclass(frozen=True)
class Protocol:
    """How JMAP is read."""

    strict: bool = option(
        "boolean", False, "Follow the letter of the RFCs where common clients do not; some of them then fail."
    )


@dataclass(frozen=True)
class Limits:
    """The limits of RFC 8620 section 2 and RFC 8621 1.3.1, told to clients in the Session."""

    max_size_upload: int = option("size", 256 * MIB, "Largest file a client may upload.", minimum=1)
    max_concurrent_upload: int = option("integer", 8, "Uploads of one user at a time (per worker).", minimum=1)
    max_size_request: int = option("size", 16 * MIB, "Largest API request.", minimum=1024)
    max_concurrent_requests: int = option("integer", 8, "API requests of one user at a time (per worker).", minimum=1)
    max_calls_in_request: int = option("integer", 64, "Method calls in one API request.", minimum=1)
    max_objects_in_get: int = option("integer", 4096, "Objects in one /get call.", minimum=1)
    max_objects_in_set: int = option("integer", 4096, "Creations, updates and deletions in one /set call.", minimum=1)
    max_size_attachments_per_email: int = option(
        "size", 50 * MIB, "Attachments of an Email that a client makes, together, unencoded.", minimum=1
    )
    max_mailboxes_per_email: int = option("integer", 0, "Mailboxes one message may be in; 0: no limit.", minimum=0)


@dataclass(frozen=True)
class Quota:
    """How much mail an account may hold, where its Maildir has no maildirsize with limits, which comes first."""

    rules: list[str] = option(
        "quota_rules",
        [],
        "Limits in Dovecot's notation, as ['*:storage=1G:messages=100000', 'Trash:storage=+100M', 'Junk:ignore'].",
    )
    users: dict[str, Any] = option(
        "quota_users",
        {},
        "Other limits for users, by name or pattern, as { alice = '*:storage=5G', '*@example.org' = '*:messages=0' }.",
    )
    warn_percent: int = option(
        "integer", 90, "Part of a limit at which clients may warn; 0: never.", minimum=0, maximum=99
    )
    file_system: bool = option(
        "boolean", False, "Where there is no limit, show the whole file system's space; all users can see it."
    )


@dataclass(frozen=True)
class Auth:
    """Logins. A failure fills a bucket that leaks; a full bucket refuses further attempts until it has leaked."""

    cache_seconds: float = option(
        "number", 300.0, "How long a verified login is remembered; a changed password counts at once.", minimum=0
    )
    failures_per_address: int = option(
        "integer", 10, "Failed logins in a row from one address (IPv6: one /64) before it has to wait.", minimum=1
    )
    failures_per_user: int = option(
        "integer",
        100,
        "Failed logins for one user from all addresses together before addresses that never logged in have to wait.",
        minimum=1,
    )
    seconds_per_failure: float = option("number", 30.0, "After this long one more attempt is free again.", minimum=0.01)


@dataclass(frozen=True)
class Smime:
    """S/MIME signatures (RFC 9219)."""

    trust_store: str = option(
        "path",
        "/etc/ssl/certs/ca-certificates.crt",
        "Issuers whose certificates are believed: a file of PEM certificates, or a folder of such files; CRLs may lie"
        " there, too. Empty: none. Changes count at once. Nothing is fetched from the network.",
    )


@dataclass(frozen=True)
class Index:
    """The index beside the mail."""

    history_days: int = option("integer", 30, "How long /changes can look back.", minimum=1)
    upload_hours: float = option("number", 24.0, "How long an upload that nothing uses is kept.", minimum=1)
    max_open_accounts: int = option("integer", 64, "Accounts each worker keeps open.", minimum=1)


@dataclass(frozen=True)
class Log:
    """What is logged; never the content of messages."""

    level: str = option("choice", "info", "The least important messages that are kept.", choices=LEVELS)
    file: str = option("path", "", "Log file; empty: standard error, which systemd keeps in its journal.")
    access: bool = option("boolean", True, "One line for each request.")


@dataclass(frozen=True)
class Push:
    """Telling clients at once what has changed."""

    max_connections: int = option("integer", 12_000, "Event sources and WebSockets that each worker keeps.", minimum=1)
    max_connections_per_user: int = option("integer", 100, "The same, of one user.", minimum=1)
    max_subscriptions_per_user: int = option("integer", 20, "Push subscriptions of one user.", minimum=1)
    contact: str = option("string", "", "mailto: or https: URL that push services may write to (VAPID).")
    allow: list[str] = option("networks", [], "Networks, beside public addresses, that jmapd-push may send to.")
    ca_file: str = option("path", "", "Further certificate authorities (PEM) that jmapd-push trusts.")


@dataclass(frozen=True)
class Metrics:
    """Figures for Prometheus."""

    enabled: bool = option("boolean", False, "Serve /metrics.")
    allow: list[str] = option("networks", ["127.0.0.1", "::1", "unix"], "Addresses or networks that may read /metrics.")


@dataclass(frozen=True)
class Config:
    """All of jmapd.toml."""

    paths: Paths = field(default_factory=Paths)
    accounts: Accounts = field(default_factory=Accounts)
    server: Server = field(default_factory=Server)
    mail: Mail = field(default_factory=Mail)
    contacts: Contacts = field(default_factory=Contacts)
    protocol: Protocol = field(default_factory=Protocol)
    limits: Limits = field(default_factory=Limits)
    quota: Quota = field(default_factory=Quota)
    identities: Identities = field(default_factory=Identities)
    submission: Submission = field(default_factory=Submission)
    delivery: Delivery = field(default_factory=Delivery)
    vacation: Vacation = field(default_factory=Vacation)
    calendars: Calendars = field(default_factory=Calendars)
    junk: Junk = field(default_factory=Junk)
    auth: Auth = field(default_factory=Auth)
    smime: Smime = field(default_factory=Smime)
    index: Index = field(default_factory=Index)
    log: Log = field(default_factory=Log)
    push: Push = field(default_factory=Push)
    metrics: Metrics = field(default_factory=Metrics)
