"""Sample mail for a first look: a Maildir of some hundred messages, as of today; or contacts, or calendars."""

import argparse
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from jmapd.cli import sample_calendars, sample_contacts
from jmapd.cli import sample_texts as texts

OWNER = texts.PEOPLE[0]
DAY = 86400
PNG = sample_contacts.PIXEL


@dataclass
class Sample:
    """One message and where it goes; `folder` is a Maildir++ name, "" for the inbox."""

    message: EmailMessage
    received: int
    folder: str = ""
    flags: str = "S"
    references: list[str] = field(default_factory=list)


def address(person: tuple[str, str]) -> Address:
    return Address(person[0], addr_spec=person[1])


def draft(sender: tuple[str, str], to: tuple[str, str], subject: str, when: int, number: int) -> EmailMessage:
    """A message without a body."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = address(sender), address(to), subject
    message["Date"] = format_datetime(datetime.fromtimestamp(when, UTC))
    message["Message-ID"] = f"<sample.{number}@example.org>"
    return message


def put_html(message: EmailMessage, text: str, picture: bool) -> None:
    body = "".join(f"<p>{line}</p>" for line in text.split("\n") if line)
    image = '<p><img src="cid:pixel@example.org" alt="a pixel"></p>' if picture else ""
    message.add_alternative(f"<!DOCTYPE html><html><body>{body}{image}</body></html>", subtype="html")
    if picture:
        html = message.get_payload()[1]  # type: ignore[index]
        html.add_related(PNG, "image", "png", cid="<pixel@example.org>")  # type: ignore[union-attr]


def attach(message: EmailMessage, name: str, chance: random.Random) -> None:
    rows = "\n".join(f"{day:02d};{chance.randrange(4, 30)}" for day in range(1, 29))
    message.add_attachment(f"day;litres\n{rows}\n".encode(), "text", "csv", filename=name)


def signature(person: tuple[str, str], charset: str) -> str:
    """The name, or what comes before the @ where the charset has no letters for the name."""
    try:
        person[0].encode(charset)
    except UnicodeEncodeError:
        return person[1].partition("@")[0]
    return person[0]


def conversations(chance: random.Random, start: int) -> Iterator[Sample]:
    """Threads among a few people in several languages; the owner's own messages lie in Sent."""
    number = 0
    for turn in range(9):
        for language, charset, encoding, subject, sentences in texts.CONVERSATIONS:
            other = chance.choice(texts.PEOPLE[1:])
            references: list[str] = []
            when = start + chance.randrange(300 * DAY)
            title = subject if turn == 0 else f"{subject} ({turn + 1})"
            for place, sentence in enumerate(sentences):
                number, when = number + 1, when + chance.randrange(600, 2 * DAY)
                mine = place % 2 == 1
                pair = (OWNER, other) if mine else (other, OWNER)
                message = draft(*pair, title if place == 0 else f"Re: {title}", when, number)
                if references:
                    message["In-Reply-To"], message["References"] = references[-1], " ".join(references)
                references.append(message["Message-ID"])
                quoted = f"\n> {sentences[place - 1]}\n" if place else "\n"
                text = f"{sentence}\n{quoted}\n{signature(pair[0], charset)}\n"
                message.set_content(text, charset=charset, cte=encoding)
                message["Content-Language"] = language
                if place % 3 == 0 and turn % 2 == 0:
                    put_html(message, text, picture=turn % 4 == 0)
                if place == 0 and turn % 3 == 1:
                    attach(message, f"Liste für {turn}.csv", chance)
                flags = "RS" if not mine and place + 1 < len(sentences) else "S"
                yield Sample(message, when, "Sent" if mine else "", flags)


def mailing_list(chance: random.Random, start: int) -> Iterator[Sample]:
    """A list with long threads, in a folder of its own."""
    for turn, subject in enumerate(texts.LIST_SUBJECTS * 2):
        references: list[str] = []
        when = start + chance.randrange(320 * DAY)
        for place in range(chance.randrange(3, 9)):
            when += chance.randrange(300, DAY)
            sender = chance.choice(texts.PEOPLE[1:])
            title = f"[plainmail] {subject} {turn}"
            message = draft(
                sender, ("plainmail", "plainmail@lists.example.org"), title, when, 10000 + turn * 100 + place
            )
            if place:
                message.replace_header("Subject", f"Re: {title}")
                message["In-Reply-To"], message["References"] = references[-1], " ".join(references)
            references.append(message["Message-ID"])
            message["List-Id"] = "Plain mail <plainmail.lists.example.org>"
            message["List-Unsubscribe"] = "<mailto:plainmail-leave@lists.example.org>"
            message.set_content(chance.choice(texts.LIST_SENTENCES) + "\n")
            yield Sample(message, when, "Lists.plainmail", chance.choice(["S", "S", ""]))


def the_rest(chance: random.Random, start: int) -> Iterator[Sample]:
    """Newsletters, something unread today, a draft, junk, and what was thrown away."""
    for number in range(48):
        when = start + number * 7 * DAY
        subject = texts.NEWS_SUBJECTS[number % len(texts.NEWS_SUBJECTS)]
        message = draft(
            ("The Weekly Leaf", "leaf@example.net"), OWNER, f"{subject}, no. {number + 1}", when, 20000 + number
        )
        text = "\n".join(chance.sample(texts.NEWS_SENTENCES, 3))
        message.set_content(text)
        put_html(message, text, picture=number % 5 == 0)
        message["List-Unsubscribe"] = "<https://news.example.net/leave>"
        yield Sample(message, when, chance.choice(["", "Archive"]), chance.choice(["S", "S", "FS"]))
    now = start + 340 * DAY
    for number in range(6):
        message = draft(
            texts.PEOPLE[1 + number], OWNER, f"Quick question {number + 1}", now + number * 3600, 30000 + number
        )
        message.set_content("Do you still have the ladder? 🪜\n")
        yield Sample(message, now + number * 3600, "", "")
    message = draft(OWNER, texts.PEOPLE[2], "Summer plans", now, 40000)
    message.set_content("I had thought of the coast, but\n")
    yield Sample(message, now, "Drafts", "DS")
    for number, folder in enumerate(["Junk", "Junk", "Trash", "Trash"]):
        message = draft(
            ("Prize Office", "prize@example.com"), OWNER, "You have won a lamp", now - number * DAY, 50000 + number
        )
        message.set_content("Answer within the hour.\n")
        yield Sample(message, now - number * DAY, folder, "S")


def samples(seed: int = 1) -> list[Sample]:
    """All sample messages, oldest first; the newest is of today."""
    chance = random.Random(seed)
    start = int(time.time()) // DAY * DAY - 340 * DAY
    every = [*conversations(chance, start), *mailing_list(chance, start), *the_rest(chance, start)]
    return sorted((s for s in every if s.received <= time.time()), key=lambda s: s.received)


def write(root: Path, every: list[Sample]) -> None:
    """Writes a Maildir++ tree."""
    for number, sample in enumerate(every):
        folder = root / f".{sample.folder}" if sample.folder else root
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        name = f"{sample.received}.M{number}P1.sample"
        place = folder / "cur" / f"{name}:2,{sample.flags}" if sample.flags else folder / "new" / name
        place.write_bytes(sample.message.as_bytes())
        os.utime(place, (sample.received, sample.received))


def main(arguments: list[str] | None = None) -> int:
    """Answers 0; refuses a folder that has something in it with 2."""
    parser = argparse.ArgumentParser(prog="jmapd-sample", description="Writes a Maildir of sample mail.")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--contacts", action="store_true", help="two address books in its place")
    instead.add_argument("--calendars", action="store_true", help="calendars and tasks in its place")
    parser.add_argument("folder", type=Path, help="where; must not exist or be empty")
    given = parser.parse_args(arguments)
    root: Path = given.folder
    if root.exists() and any(root.iterdir()):
        parser.error(f"{root} is not empty")
    if given.contacts:
        print(f"{sample_contacts.write(root)} contacts in {root}")
        return 0
    if given.calendars:
        events, tasks = sample_calendars.write(root)
        print(f"{events} events and {tasks} tasks in {root}")
        return 0
    every = samples()
    write(root, every)
    print(f"{len(every)} messages in {root}")
    return 0
