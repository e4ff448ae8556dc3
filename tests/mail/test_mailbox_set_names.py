"""Names of Mailboxes that a file system, Dovecot or mbsync cannot have as they are."""

import pytest

from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2")
NAMES = [
    "Dr. Smith", "a/b", ".", "..", "...", "/", ".hidden", "~", "~alice", "new", "cur", "tmp", "Entwürfe", "R&D",
    "A&-B", "&", "日本語", "a\\b", "%", "*", " lead", "trail ", "x~y", "\U0001f4e7", "a\u2024b", "a\u2215b", "\u223c",
    "new\u2060", "subscriptions", "dovecot-uidlist", "dovecot.index", "maildirfolder", "DOVECOT-TRASHED",
    ".DOVECOT-TRASHED", "con", "a:b", "a.b", "a\u202eb", "x" * 255, "é" * 127, "." * 255, "a." * 127, "\U0001f4e7" * 63,
    "&" * 255,
]  # fmt: skip
TOO_LONG = ["x" * 256, "é" * 128]
CONTROLS = ["a\nb", "a\x00b", "\x7f", "a\x85b", "a\u2028b", " ", "\u3000"]


def stays(trees, names):
    """The Mailboxes are the same when the files are looked at again, without the index, and after a rename."""
    before = trees.boxes()
    assert {box["name"] for box in before.values()} == {"Inbox", *names}
    assert trees.is_settled()
    trees.lose_state(keep=True)
    assert trees.boxes() == before


@layouts
def test_every_name_at_the_top_and_below(make_trees, layout):
    trees = make_trees(layout)
    answer = trees.change(create={name: {"name": name} for name in NAMES})
    assert answer["notCreated"] is None and all("name" not in each for each in answer["created"].values())
    stays(trees, NAMES)
    assert trees.change(destroy=[each["id"] for each in answer["created"].values()])["notDestroyed"] is None
    assert trees.folders() == set()
    [top] = trees.make("Top")
    answer = trees.change(create={name: {"name": name, "parentId": top} for name in NAMES})
    assert answer["notCreated"] is None
    stays(trees, [*NAMES, "Top"])
    assert trees.change(update={top: {"name": "To. p"}})["notUpdated"] is None
    stays(trees, [*NAMES, "To. p"])
    files = {path: path.name for path in trees.root.rglob("cur")}
    assert len(files) == len(NAMES) + 2 and max(len(path.parent.name.encode()) for path in files) <= 254


@layouts
def test_renamed_to_each_in_turn(make_trees, layout):
    trees = make_trees(layout)
    [id] = trees.make("First")
    trees.put("one", next(path for path in trees.root.rglob("cur") if path.parent != trees.root).parent)
    for name in NAMES:
        assert trees.change(update={id: {"name": name}})["updated"] == {id: None}, name
        assert trees.subjects() == {"one": {name}}
    assert trees.is_settled()


@layouts
def test_stand_ins_are_read_back_without_us(make_trees, layout):
    """What can be told from the folder's name needs no record of ours."""
    names = ["Dr. Smith", "a/b", ".hidden", "~alice", "new", "subscriptions", "Entwürfe", "A&-B", "R&D"]
    trees = make_trees(layout)
    trees.change(create={name: {"name": name} for name in names})
    trees.lose_state()
    assert {box["name"] for box in trees.boxes().values()} == {"Inbox", *names}


def test_what_other_programs_see(make_trees):
    """Characters that look the same; a name that stays readable where it is too long."""
    trees = make_trees()
    trees.change(create={name: {"name": name} for name in ("Dr. Smith", "a/b", "~x", "Entwürfe", "é" * 127)})
    folders = trees.folders()
    assert {".Dr&ICQ- Smith", ".a&IhU-b", ".&Ijw-x", ".Entw&APw-rfe"} < folders
    [long] = [path for path in folders if len(path) > 50]
    assert long.startswith(".&AOkA6QDpAOk") and "~" in long


def test_a_tree_in_utf_8_stays_one(make_trees):
    trees = make_trees("fs")
    for part in ("cur", "new", "tmp"):
        (trees.root / "Entwürfe" / part).mkdir(parents=True)
    trees.change(create={name: {"name": name} for name in ("Größe", "A&-B", "R&D")})
    assert trees.folders() == {"Entwürfe", "Größe", "A&--B", "R&D"}
    assert {box["name"] for box in trees.boxes().values()} == {"Inbox", "Entwürfe", "Größe", "A&-B", "R&D"}
    assert trees.is_settled()


@pytest.mark.parametrize("name", TOO_LONG + CONTROLS, ids=ascii)
def test_refused(trees, name):
    error = trees.refused({"name": name})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["name"])
    [id] = trees.make("A")
    assert trees.not_updated(id, {"name": name})["properties"] == ["name"]


@pytest.mark.parametrize("name", ["INBOX", "inbox", "InBox", "Inbox"])
@layouts
def test_one_inbox_in_whatever_case(make_trees, layout, name):
    trees = make_trees(layout)
    assert trees.refused({"name": name})["properties"] == ["name"]
    [top] = trees.make("Top")
    assert trees.change(create={"a": {"name": name, "parentId": top}})["notCreated"] is None
    assert f"Top/{name}" in trees.boxes()
    inner = trees.boxes()[f"Top/{name}"]["id"]
    assert trees.not_updated(inner, {"parentId": None})["properties"] == ["name"]


def test_no_room_below_a_long_path(trees):
    """Maildir++ has 254 octets for a whole path; a name may be shortened, what others named may not."""
    for path in ("x" * 250, "y" * 150, "q", "q." + "z" * 150):
        trees.folder(path)
    ids = trees.ids_by_path()
    error = trees.refused({"name": "b" * 100, "parentId": ids["x" * 250]})
    assert error["type"] == "invalidProperties" and error["properties"] == ["name"]
    error = trees.not_updated(ids["q"], {"parentId": ids["y" * 150]})
    assert error["type"] == "invalidProperties" and error["properties"] == ["name", "parentId"]
    assert trees.change(update={ids["x" * 250]: {"parentId": ids["y" * 150]}})["notUpdated"] is None
    assert max(map(len, trees.folders())) <= 254 and trees.is_settled()


@layouts
def test_a_directory_in_the_way(make_trees, layout):
    """Nothing is ever put into it, or over it; an empty one gives way."""
    trees = make_trees(layout)
    dot = "." if layout == "maildir++" else ""
    (trees.root / f"{dot}Work").mkdir()
    (trees.root / f"{dot}Work" / "notes.txt").write_text("x")
    (trees.root / f"{dot}Empty").mkdir()
    ids = trees.make("Work", "Empty")
    assert [path.name for path in (trees.root / f"{dot}Work").iterdir()] == ["notes.txt"]
    assert f"{dot}Empty" in trees.folders()
    stays(trees, ["Work", "Empty"])
    trees.change(destroy=ids)
    assert (trees.root / f"{dot}Work" / "notes.txt").exists() and trees.folders() == set()


def test_a_name_kept_beside_ends_when_another_program_renames(trees):
    [id] = trees.make("é" * 127)
    [path] = [path for path in trees.root.iterdir() if path.name.startswith(".")]
    path.rename(trees.root / ".Short")
    assert trees.boxes()["Short"]["id"] == id


@pytest.mark.rfc("8620", "5.3")
def test_one_waits_for_another_that_cannot_change(trees):
    """Updates are tried together, then without those that would still be wrong."""
    [a, b, c] = trees.make("A", "B", "C")
    answer = trees.change(update={a: {"name": "B"}, b: {"name": "C"}, c: {"sortOrder": 1 << 31}})
    assert answer["updated"] is None and answer["notUpdated"].keys() == {a, b, c}
    answer = trees.change(update={a: {"name": "B"}, b: {"name": "C"}, c: {"name": "D"}})
    assert answer["notUpdated"] is None
    assert trees.ids_by_path() == {"Inbox": trees.mailbox("Inbox"), "B": a, "C": b, "D": c}
    assert trees.is_settled()
