"""The options of how mail leaves and arrives: a part of the table in jmapd/config_table.py."""

from dataclasses import dataclass

from jmapd.config_values import MIB, option


@dataclass(frozen=True)
class Identities:
    """Whose mail may come from which addresses, and which addresses lead to whom."""

    domain: str = option(
        "domain", "", "Where a login is no address: its user's address is login@domain. Empty: this machine's domain."
    )
    addresses: dict[str, list[str]] = option(
        "addresses", {}, "Further addresses of an account, as { alice = ['sales@example.org', '*@alice.example'] }."
    )
    alias_files: list[str] = option(
        "paths",
        [],
        "Files as /etc/aliases and Postfix's virtual. An alias of one account, and of no one else, is its address, too;"
        " their changes count at once.",
    )


@dataclass(frozen=True)
class Submission:
    """How mail leaves: jmapd-submit hands it to an SMTP server, or to a command as sendmail."""

    max_delayed_send: int = option(
        "integer", 30 * 86400, "How many seconds ahead a client may have a message sent; 0: not at all.", minimum=0
    )
    undo_seconds: float = option(
        "number",
        0.0,
        "How long each message is held, so that it can be called back, also where nobody asks.",
        minimum=0,
    )
    max_recipients: int = option("integer", 500, "Recipients of one message.", minimum=1)
    max_size: int = option("size", 75 * MIB, "Largest message that may be sent.", minimum=1024)
    extensions: list[str] = option(
        "ehlo_lines",
        ["8BITMIME", "DSN", "SIZE", "SMTPUTF8"],
        "SMTP extensions that clients may use, as in the answer to EHLO; the server that takes our mail should have"
        " them. FUTURERELEASE is ours: max_delayed_send.",
    )
    may_not_send: list[str] = option("string[]", [], "Users and accounts that may not send at present.")
    keep_days: int = option("integer", 30, "How long it is known what became of a message that was sent.", minimum=1)
    host: str = option("string", "localhost", "The SMTP server that takes our mail.")
    port: int = option("integer", 25, "Its port.", minimum=1, maximum=65535)
    security: str = option(
        "choice",
        "auto",
        "tls: from the first octet; starttls: required; none; auto: tls on port 465, none to this machine, starttls to"
        " any other.",
        choices=("auto", "none", "starttls", "tls"),
    )
    trust_store: str = option(
        "path", "", "Certificates by which the server is known, as a file in PEM form; empty: those of the system."
    )
    user: str = option("string", "", "The login there; empty: none. CRAM-MD5, PLAIN and LOGIN are spoken.")
    password_file: str = option("path", "", "A file whose first line is the password.")
    token_command: list[str] = option(
        "command", [], "Prints a token for XOAUTH2, in place of a password; {user} stands for the login."
    )
    user_file: str = option(
        "template",
        "",
        "What differs for a user, as /etc/jmapd/submit/{user}.toml: host, port, security, user, password.",
    )
    command: list[str] = option(
        "send_command",
        [],
        "Takes the mail instead of a server, as ['/usr/sbin/sendmail', '-i', '-f', '{sender}', '--', '{recipients}'].",
    )
    connections: int = option("integer", 4, "Messages that are sent at a time, to one server.", minimum=1, maximum=32)
    timeout: float = option(
        "number", 300.0, "Seconds the server may take to answer; after a message twice as long.", minimum=1
    )
    retry: list[float] = option(
        "numbers",
        [1, 2, 5, 15, 30, 60],
        "Minutes until a message is tried again that could not be sent; the last one over and over.",
    )
    give_up_hours: float = option("number", 120.0, "After this long the sender gets it back.", minimum=0)


@dataclass(frozen=True)
class Delivery:
    """How mail comes in by jmapd-deliver."""

    recipient_delimiter: str = option("string", "+", "What parts a detail from a user in a recipient's address.")
    max_size: int = option("size", 100 * MIB, "Largest message that is taken.", minimum=1024)
    over_quota: str = option(
        "choice",
        "defer",
        "What becomes of mail for a full account. defer: the MTA keeps it and tries again (452); bounce: the sender"
        " gets it back at once (552).",
        choices=("defer", "bounce"),
    )


@dataclass(frozen=True)
class Vacation:
    """Who answers while users are away (RFC 8621 8)."""

    method: str = option(
        "choice",
        "agent",
        "agent: jmapd-deliver answers; sieve: a script that Dovecot runs; off: VacationResponse is not offered.",
        choices=("agent", "sieve", "off"),
    )
    days: int = option("integer", 7, "Nobody gets the same answer again within so many days.", minimum=1, maximum=365)
    sieve_folder: str = option(
        "template", "/home/{user}/sieve", "Where method sieve writes its script jmapd-vacation.sieve."
    )
    sieve_active: str = option(
        "template",
        "/home/{user}/.dovecot.sieve",
        "The link to the script that Dovecot runs; made to run ours, too, while a vacation response is enabled. Empty:"
        " it is never changed, and Dovecot's sieve_before names our script.",
    )


@dataclass(frozen=True)
class Calendars:
    """What becomes of invitations and answers to them that arrive in the Inbox; jmapd-reindex follows them."""

    invitations: str = option(
        "choice",
        "known",
        "Which new events are added, as not yet answered: those of all senders; of known ones (in the user's contacts,"
        " or users of this server); none, but events that are there are kept up to date (update); off: no message is"
        " followed.",
        choices=("all", "known", "update", "off"),
    )
    cancelled: str = option(
        "choice",
        "keep",
        "What becomes of an event that its organizer cancels. keep: it is marked as cancelled; remove: it goes.",
        choices=("keep", "remove"),
    )
    signed: bool = option(
        "boolean", False, "Follow only messages with an S/MIME signature that holds and is of the sender (RFC 6047)."
    )


@dataclass(frozen=True)
class Junk:
    """What learns from messages that users call junk, or not, by keyword or by moving them; jmapd-submit runs it."""

    learn_junk: list[str] = option(
        "learn_command",
        [],
        "A command that reads a message on standard input, as ['rspamc', 'learn_spam'], or files where it has {files},"
        " as ['sa-learn', '--spam', '-u', '{user}', '{files}']; {user} is the account's name. Empty: none.",
    )
    learn_ham: list[str] = option("learn_command", [], "The same for what is no junk, as ['rspamc', 'learn_ham'].")
    wait_seconds: float = option(
        "number", 30.0, "How long users may change their minds before a message is learned.", minimum=0
    )
    timeout_seconds: float = option("number", 60.0, "The longest that a command may take.", minimum=1)
