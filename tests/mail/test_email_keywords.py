"""Keywords: what may be one, letters in each folder, more than there are letters, several files of one Email."""

from contextlib import contextmanager

import pytest

from jmapd.stores import dovecot, maildir_follow, maildir_scan

pytestmark = pytest.mark.rfc("8621", "4.1.1")

MESSAGE = "From: a@example.org\nSubject: one\n\nHello\n"
FORBIDDEN = '(){]%*"\\'


@pytest.fixture
def host(mailhost):
    """With a message in the inbox and a folder Work."""
    mailhost.folder("Work")
    mailhost.deliver(MESSAGE, flags="")
    mailhost.id = mailhost.ids()[0]
    mailhost.boxes = {box["name"]: box["id"] for box in mailhost.call("Mailbox/get", {"ids": None})["list"]}
    return mailhost


def update(host, patch):
    answer = host.call("Email/set", {"update": {host.id: patch}})
    return (answer["notUpdated"] or {}).get(host.id)


def keywords(host):
    [email] = host.call("Email/get", {"ids": [host.id], "properties": ["keywords"]})["list"]
    assert set(email["keywords"].values()) <= {True}
    return set(email["keywords"])


def flags(host, folder="INBOX"):
    """Of the files in a folder."""
    found = [path.name for part in ("cur", "new") for path in (host.folder(folder) / part).iterdir()]
    return sorted(name.rpartition(":2,")[2] for name in found)


def letters(host, folder="INBOX"):
    return (host.folder(folder) / "dovecot-keywords").read_text()


@pytest.mark.parametrize("code", [*range(0x21), 0x7F, 0x80, 0xE9, 0x2028, 0x1F600, *map(ord, FORBIDDEN)])
def test_characters_that_no_keyword_has(host, code):
    for keyword in (chr(code), f"a{chr(code)}", f"{chr(code)}b"):
        error = update(host, {"keywords": {keyword: True}})
        assert (error["type"], error["properties"]) == ("invalidProperties", ["keywords"]), keyword
        assert "keywords" in error["description"]
    assert keywords(host) == set()


def test_all_other_characters(host):
    allowed = {chr(code) for code in range(0x21, 0x7F)} - set(FORBIDDEN)
    for start in range(0, 90, 20):
        wanted = {f"x{character}" for character in sorted(allowed)[start : start + 20]}
        assert update(host, {"keywords": dict.fromkeys(wanted, True)}) is None
        assert keywords(host) == {keyword.lower() for keyword in wanted}
        host.start()
        assert keywords(host) == {keyword.lower() for keyword in wanted}


def test_lengths(host):
    assert update(host, {"keywords": {"k" * 255: True}}) is None
    for keyword in ("", "k" * 256):
        assert update(host, {"keywords": {keyword: True}})["type"] == "invalidProperties"
    assert keywords(host) == {"k" * 255}


@pytest.mark.parametrize("value", [False, 1, "true", None, {}, []])
def test_values_other_than_true(host, value):
    error = update(host, {"keywords": {"a": True, "b": value}})
    if value is False:  # as clients send it; [protocol] strict refuses it
        assert (error, keywords(host)) == (None, {"a"})
    else:
        assert (error["type"], error["properties"]) == ("invalidProperties", ["keywords"])


def test_case_is_no_difference(host):
    (host.root / "dovecot-keywords").write_text("0 Project-X\n")
    assert update(host, {"keywords": {"PROJECT-x": True, "$SEEN": True}}) is None
    assert keywords(host) == {"project-x", "$seen"}
    assert (flags(host), letters(host)) == (["Sa"], "0 Project-X\n")
    assert update(host, {"keywords/Project-X": None, "keywords/$Seen": None}) is None
    assert (keywords(host), flags(host)) == (set(), [""])


def test_two_spellings_in_one_object_are_one_keyword(host):
    assert update(host, {"keywords": {"Work": True, "wORK": True}}) is None
    assert keywords(host) == {"work"}


@pytest.mark.parametrize("is_copy", [False, True])
def test_letters_are_translated_to_those_of_the_other_folder(host, is_copy):
    (host.folder("Work") / "dovecot-keywords").write_text("0 other\n1 later\n")
    assert update(host, {"keywords": {"mine": True, "later": True, "$flagged": True}}) is None
    assert (flags(host), letters(host)) == (["Fab"], "0 later\n1 mine\n")
    target = {host.boxes["Work"]: True} | ({host.boxes["Inbox"]: True} if is_copy else {})
    assert update(host, {"mailboxIds": target}) is None
    assert (flags(host, "Work"), letters(host, "Work")) == (["Fbc"], "0 other\n1 later\n2 mine\n")
    assert flags(host) == (["Fab"] if is_copy else [])
    assert keywords(host) == {"mine", "later", "$flagged"}
    assert update(host, {"keywords/later": None}) is None
    assert (flags(host, "Work"), flags(host)) == (["Fc"], ["Fb"] if is_copy else [])


def test_beyond_the_letters(host):
    wanted = {f"k{n:02}" for n in range(40)}
    assert update(host, {"keywords": dict.fromkeys(wanted, True)}) is None
    assert flags(host) == ["abcdefghijklmnopqrstuvwxyz"]
    assert keywords(host) == wanted
    host.start()
    assert keywords(host) == wanted
    assert host.ids(hasKeyword="k39") == [host.id]
    # where there are letters left they are given in another folder
    some = {f"k{n}" for n in range(30, 40)}
    assert update(host, {"keywords": dict.fromkeys(some, True), "mailboxIds": {host.boxes["Work"]: True}}) is None
    assert (flags(host, "Work"), keywords(host)) == (["abcdefghij"], some)
    assert update(host, {"mailboxIds": {host.boxes["Inbox"]: True}}) is None
    assert (flags(host), keywords(host)) == ([""], some)
    assert update(host, {"keywords": {}}) is None
    assert keywords(host) == set()


def test_beyond_the_letters_survives_a_lost_index(host, tmp_path):
    wanted = {f"k{n:02}" for n in range(30)}
    update(host, {"keywords": dict.fromkeys(wanted, True)})
    for path in (tmp_path / "state" / "alice").iterdir():
        if path.name.startswith(("CURRENT", "snapshot", "journal", "records")):
            path.unlink()
    host.start()
    assert keywords(host) == wanted


def test_the_files_of_one_email_together(host):
    host.deliver(MESSAGE, folder="Work", flags="FD")
    host.deliver(MESSAGE, flags="S")
    (host.root / "dovecot-keywords").write_text("0 red\n")
    (host.folder("Work") / "dovecot-keywords").write_text("0 blue\n")
    path = next((host.folder("Work") / "cur").iterdir())
    path.rename(path.with_name(path.name + "a"))
    assert keywords(host) == {"$flagged", "$draft", "$seen", "blue"}
    assert update(host, {"keywords/red": True, "keywords/$draft": None}) is None
    assert (flags(host), flags(host, "Work")) == (["FSab", "FSab"], ["FSab"])
    assert (letters(host), letters(host, "Work")) == ("0 red\n1 blue\n", "0 blue\n1 red\n")
    assert keywords(host) == {"$flagged", "$seen", "blue", "red"}
    assert update(host, {"keywords": {}}) is None
    assert (flags(host), flags(host, "Work"), keywords(host)) == (["", ""], [""], set())


@pytest.mark.rfc("8621", "2")
def test_one_read_copy_makes_the_email_read_in_both_mailboxes(host):
    host.deliver(MESSAGE, folder="Work", flags="S")
    counts = {box["name"]: box["unreadEmails"] for box in host.call("Mailbox/get", {"ids": None})["list"]}
    assert counts == {"Inbox": 0, "Work": 0}


def test_a_flag_goes_with_its_file(host):
    path = host.deliver(MESSAGE, folder="Work", flags="F")
    assert keywords(host) == {"$flagged"}
    path.unlink()
    assert keywords(host) == set()


def test_letters_are_made_under_dovecots_lock(host, monkeypatch):
    (host.root / "dovecot-uidlist").write_text("3 V1 N2\n")
    seen = []

    def write(path, data, mode=None, aside=None):
        seen.append((path.name, (host.root / "dovecot-uidlist.lock").exists()))
        if path.name == "dovecot-keywords":  # no dot file beside it, should we be killed
            assert aside == path.parent / "tmp"
        path.write_bytes(data)

    monkeypatch.setattr("jmapd.files.atomic.write", write)
    assert update(host, {"keywords": {"mine": True}}) is None
    assert ("dovecot-keywords", True) in seen
    assert not (host.root / "dovecot-uidlist.lock").exists()


@pytest.mark.parametrize("is_together", [False, True])
@pytest.mark.parametrize("keyword", ["later", "todo"])
def test_letters_that_dovecot_gives_before_it_lets_go_of_its_lock(host, monkeypatch, keyword, is_together):
    """It names a file anew before it says what the letter means; we look in between."""
    (host.root / "dovecot-uidlist").write_text("3 V1 N3\n")
    for subject in ("other", "third"):
        host.deliver(f"Subject: {subject}\n\n", flags="")
    for path in list((host.root / "cur").iterdir()):
        path.rename(f"{path}a")
    subjects = {each["subject"]: each["id"] for each in host.call("Email/get", {"ids": None})["list"]}
    other, third = subjects["other"], subjects["third"]
    lock = dovecot.uidlist_lock

    @contextmanager
    def taken(folder):
        with lock(folder):
            if not (host.root / "dovecot-keywords").exists():
                (host.root / "dovecot-keywords").write_text("0 Todo\n")
            yield

    monkeypatch.setattr(dovecot, "uidlist_lock", taken)
    for ids in [[host.id, other]] if is_together else [[host.id], [other]]:
        answer = host.call("Email/set", {"update": {id: {f"keywords/{keyword}": True} for id in ids}})
        assert answer["notUpdated"] is None
    assert flags(host) == (["a", "a", "a"] if keyword == "todo" else ["a", "ab", "ab"])
    assert keywords(host) == {"todo", keyword}
    assert update(host, {"keywords/$flagged": True}) is None
    assert keywords(host) == {"todo", keyword, "$flagged"}
    found = host.call("Email/get", {"ids": [other, third], "properties": ["keywords"]})["list"]
    assert [set(email["keywords"]) for email in found] == [{"todo", keyword}, {"todo"}]


@pytest.mark.parametrize("is_seen", [False, True])
@pytest.mark.parametrize("is_copy", [False, True])
def test_a_letter_that_dovecot_gives_before_a_message_goes_elsewhere(host, monkeypatch, is_copy, is_seen):
    """`is_seen`: we have seen the file's letter, and not what it means."""
    (host.root / "dovecot-uidlist").write_text("3 V1 N2\n")
    [path] = (host.root / "cur").iterdir()
    path = path.rename(f"{path}a") if is_seen else path
    assert keywords(host) == set()
    lock = dovecot.uidlist_lock

    @contextmanager
    def taken(folder):
        with lock(folder):
            if not (host.root / "dovecot-keywords").exists():
                path.rename(f"{path}".removesuffix("a") + "a")
                (host.root / "dovecot-keywords").write_text("0 Todo\n")
            yield

    monkeypatch.setattr(dovecot, "uidlist_lock", taken)
    target = {host.boxes["Work"]: True} | ({host.boxes["Inbox"]: True} if is_copy else {})
    assert update(host, {"mailboxIds": target}) is None
    assert (flags(host, "Work"), letters(host, "Work")) == (["a"], "0 todo\n")
    assert flags(host) == (["a"] if is_copy else [])
    assert keywords(host) == {"todo"}


@pytest.mark.parametrize(("name", "other"), [("INBOX", "Work"), ("Work", "INBOX")])
def test_a_keyword_of_one_folder_goes_along_when_another_is_disturbed(host, monkeypatch, name, other):
    """The file that is taken along never had it, so nobody has cleared it there."""
    archive, disturbed = host.folder("Archive"), host.folder(other)
    host.deliver(MESSAGE, folder="Work", flags="")
    [path] = (host.folder(name) / "cur").iterdir()
    path.rename(f"{path}R")
    assert keywords(host) == {"$answered"}
    lock = dovecot.uidlist_lock

    @contextmanager
    def taken(folder):
        with lock(folder):
            (disturbed / "dovecot-keywords").write_text("0 Todo\n")
            yield

    monkeypatch.setattr(dovecot, "uidlist_lock", taken)
    assert update(host, {"mailboxIds": {host.mailbox("Archive"): True}}) is None
    assert keywords(host) == {"$answered"}
    assert len(list((archive / "cur").iterdir())) == 1


def test_a_letter_that_dovecot_gives_while_we_look(host, monkeypatch):
    """It names a file anew before it says what the letter means."""
    [path] = (host.root / "cur").iterdir()
    path.rename(f"{path}a")
    read = maildir_scan.with_letters

    def overtaken(record, folder):
        found = read(record, folder)
        (host.root / "dovecot-keywords").write_text("0 Todo\n")
        return found

    for module in (maildir_scan, maildir_follow):
        monkeypatch.setattr(module, "with_letters", overtaken)
    keywords(host)
    monkeypatch.undo()
    assert keywords(host) == {"todo"}
    assert update(host, {"keywords/$flagged": True}) is None
    assert (flags(host), keywords(host)) == (["Fa"], {"todo", "$flagged"})


def test_too_many(host):
    error = update(host, {"keywords": {f"k{n}": True for n in range(101)}})
    assert error["type"] == "tooManyKeywords"
    assert "keywords" in error["description"]
    assert keywords(host) == set()
