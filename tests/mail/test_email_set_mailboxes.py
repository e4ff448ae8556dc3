"""Email/set update of mailboxIds: replaced, added to, taken from; limits; Mailboxes of the same request."""

import pytest

pytestmark = [pytest.mark.rfc("8621", "4.6"), pytest.mark.rfc("8620", "5.3")]

MESSAGE = "From: a@example.org\nSubject: one\n\nHello\n"


@pytest.fixture
def host(mailhost):
    """With a message in the inbox and two more folders."""
    return filled(mailhost)


def filled(mailhost):
    mailhost.deliver(MESSAGE, flags="S")
    mailhost.folder("Archive")
    mailhost.folder("Work")
    mailhost.id = mailhost.ids()[0]
    mailhost.boxes = {box["name"]: box["id"] for box in mailhost.call("Mailbox/get", {"ids": None})["list"]}
    return mailhost


def update(host, patch):
    answer = host.call("Email/set", {"update": {host.id: patch}})
    return answer["updated"], (answer["notUpdated"] or {}).get(host.id)


def where(host):
    """The names of its Mailboxes; the files of each folder agree."""
    [email] = host.call("Email/get", {"ids": [host.id], "properties": ["mailboxIds"]})["list"]
    names = {name for name, id in host.boxes.items() if id in email["mailboxIds"]}
    for name, folder in (("Inbox", "INBOX"), ("Archive", "Archive"), ("Work", "Work")):
        files = [path for part in ("cur", "new") for path in (host.folder(folder) / part).iterdir()]
        assert len(files) == (name in names)
        assert not list((host.folder(folder) / "tmp").iterdir())
        total = host.call("Mailbox/get", {"ids": [host.boxes[name]]})["list"][0]["totalEmails"]
        assert total == (name in names)
    return names


def test_steps(host):
    inbox, archive, work = (host.boxes[name] for name in ("Inbox", "Archive", "Work"))
    steps = [
        ({"mailboxIds": {archive: True}}, {"Archive"}),
        ({f"mailboxIds/{work}": True}, {"Archive", "Work"}),
        ({f"mailboxIds/{work}": True, f"mailboxIds/{inbox}": None}, {"Archive", "Work"}),
        ({f"mailboxIds/{archive}": None, f"mailboxIds/{inbox}": True}, {"Inbox", "Work"}),
        ({"mailboxIds": {archive: True, work: True}}, {"Archive", "Work"}),
        ({"mailboxIds": {inbox: True, archive: True, work: True}}, {"Inbox", "Archive", "Work"}),
        ({"mailboxIds": {work: True}}, {"Work"}),
        ({"mailboxIds": {inbox: True, archive: False}}, {"Inbox"}),
    ]
    for patch, expected in steps:
        assert update(host, patch) == ({host.id: None}, None), patch
        assert where(host) == expected


def test_the_last_one_stays(host):
    for patch in ({f"mailboxIds/{host.boxes['Inbox']}": None}, {"mailboxIds": {}}, {"mailboxIds": None}):
        updated, error = update(host, patch)
        assert (updated, error["type"], error["properties"]) == (None, "invalidProperties", ["mailboxIds"])
        assert "mailboxIds" in error["description"]
    assert where(host) == {"Inbox"}


def test_a_mailbox_made_in_the_same_request(host):
    responses = host.request(
        [
            ["Mailbox/set", {"accountId": "alice", "create": {"box": {"name": "New"}}}],
            ["Email/set", {"accountId": "alice", "update": {host.id: {"mailboxIds/#box": True}}}],
            ["Email/set", {"accountId": "alice", "update": {host.id: {"mailboxIds": {"#box": True}}}}],
        ]
    )
    new = responses[0][1]["created"]["box"]["id"]
    assert [answer["updated"] for _, answer, _ in responses[1:]] == [{host.id: None}] * 2
    assert host.ids(inMailbox=new) == [host.id]
    assert host.ids(inMailbox=host.boxes["Inbox"]) == []


@pytest.mark.parametrize("patch", [{"mailboxIds/#none": True}, {"mailboxIds": {"#none": True}}])
def test_a_creation_id_that_is_none(host, patch):
    updated, error = update(host, patch)
    assert (updated, error["type"], error["properties"]) == (None, "invalidProperties", ["mailboxIds"])
    assert where(host) == {"Inbox"}


def test_a_hard_link_has_one_content(host):
    update(host, {f"mailboxIds/{host.boxes['Work']}": True})
    [one], [two] = (list((host.folder(name) / "cur").iterdir()) for name in ("INBOX", "Work"))
    assert one.samefile(two)


def test_identical_files_in_one_folder_all_move(host):
    host.deliver(MESSAGE, flags="F")
    assert update(host, {"mailboxIds": {host.boxes["Work"]: True}}) == ({host.id: None}, None)
    assert where(host) == {"Work"}


def test_each_email_by_itself(host):
    host.deliver(MESSAGE + "two")
    other = next(id for id in host.ids() if id != host.id)
    answer = host.call(
        "Email/set",
        {
            "update": {
                host.id: {"mailboxIds": {"none": True}},
                other: {"mailboxIds": {host.boxes["Work"]: True}},
            }
        },
    )
    assert answer["updated"] == {other: None}
    assert list(answer["notUpdated"]) == [host.id]


def test_too_many_mailboxes(make_mailhost):
    host = filled(make_mailhost(limits={"max_mailboxes_per_email": 2}))
    session = host.client.get("/.well-known/jmap", auth=host.authorization, follow_redirects=True).get_json()
    mail = session["accounts"]["alice"]["accountCapabilities"]["urn:ietf:params:jmap:mail"]
    assert mail["maxMailboxesPerEmail"] == 2
    inbox, archive, work = (host.boxes[name] for name in ("Inbox", "Archive", "Work"))
    assert update(host, {f"mailboxIds/{archive}": True})[1] is None
    for patch in ({f"mailboxIds/{work}": True}, {"mailboxIds": {inbox: True, archive: True, work: True}}):
        updated, error = update(host, patch)
        assert (updated, error["type"]) == (None, "tooManyMailboxes")
        assert "mailboxIds" in error["description"]
    assert update(host, {f"mailboxIds/{work}": True, f"mailboxIds/{inbox}": None})[1] is None
    assert where(host) == {"Archive", "Work"}


def test_more_than_that_may_be_there_already(make_mailhost):
    host = make_mailhost(limits={"max_mailboxes_per_email": 1})
    host.deliver(MESSAGE, folder="Work")
    filled(host)
    assert where(host) == {"Inbox", "Work"}
    assert update(host, {"keywords/$flagged": True})[1] is None
    assert update(host, {f"mailboxIds/{host.boxes['Archive']}": True})[1]["type"] == "tooManyMailboxes"
    assert update(host, {f"mailboxIds/{host.boxes['Inbox']}": None})[1] is None


@pytest.mark.parametrize("method", ["Email/set", "Email/import"])
def test_too_many_mailboxes_for_a_new_email(make_mailhost, method):
    host = filled(make_mailhost(limits={"max_mailboxes_per_email": 2}))
    boxes = dict.fromkeys(host.boxes.values(), True)
    if method == "Email/set":
        answer = host.call(method, {"create": {"e": {"mailboxIds": boxes, "subject": "x"}}})
    else:
        [email] = host.call("Email/get", {"ids": [host.id], "properties": ["blobId"]})["list"]
        answer = host.call(method, {"emails": {"e": {"blobId": email["blobId"], "mailboxIds": boxes}}})
    assert answer["notCreated"]["e"]["type"] == "tooManyMailboxes"
    assert where(host) == {"Inbox"}
