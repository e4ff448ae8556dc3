"""A JMAP client that keeps itself up to date by /changes alone (RFC 8620 5.2)."""

import random
from typing import Any

from .jmap import Jmap

EMAIL = ["id", "mailboxIds", "keywords", "subject", "receivedAt", "size", "blobId", "threadId"]


class Follower:
    """All Emails and Mailboxes, as told from the first look on."""

    def __init__(self, jmap: Jmap, pick: random.Random) -> None:
        self.jmap, self.pick = jmap, pick
        emails = jmap.call("Email/get", ids=None, properties=EMAIL)
        boxes = jmap.call("Mailbox/get", ids=None)
        self.email_state, self.box_state = emails["state"], boxes["state"]
        self.emails: dict[str, dict[str, Any]] = {each["id"]: each for each in emails["list"]}
        self.boxes: dict[str, dict[str, Any]] = {each["id"]: each for each in boxes["list"]}

    def refresh(self) -> None:
        while self._ask(self.pick.choice([1, 5, 50, 500])):
            pass

    def _ask(self, most: int) -> bool:
        """One page; whether there are more."""
        calls: list[tuple[str, dict[str, Any]]] = []
        for at, (type, state, properties) in enumerate(
            (("Email", self.email_state, EMAIL), ("Mailbox", self.box_state, None))
        ):
            calls.append((f"{type}/changes", {"sinceState": state, "maxChanges": most}))
            for what in ("created", "updated"):
                origin = {"resultOf": str(3 * at), "name": f"{type}/changes", "path": f"/{what}"}
                calls.append((f"{type}/get", {"#ids": origin, "properties": properties}))
        answers = self.jmap.request(*calls)
        assert [name for name, _ in answers] == [name for name, _ in calls], answers
        has_more = False
        for at, known in ((0, self.emails), (3, self.boxes)):
            changes, created, updated = (answer for _, answer in answers[at : at + 3])
            for each in created["list"] + updated["list"]:
                known[each["id"]] = each
            for id in (*changes["destroyed"], *created["notFound"], *updated["notFound"]):
                known.pop(id, None)
            has_more |= changes["hasMoreChanges"]
        self.email_state, self.box_state = answers[0][1]["newState"], answers[3][1]["newState"]
        return has_more

    def paths(self) -> dict[str, str]:
        """{path as Dovecot has it: Mailbox id}"""
        found = {}
        for id, box in self.boxes.items():
            names, above = [box["name"]], box["parentId"]
            while above:
                names.append(self.boxes[above]["name"])
                above = self.boxes[above]["parentId"]
            found[".".join(reversed(names)).replace("Inbox", "INBOX")] = id
        return found

    def by_subject(self) -> dict[str, dict[str, Any]]:
        return {email["subject"]: email for email in self.emails.values()}
