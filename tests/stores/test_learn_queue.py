"""The queue of what is to be learned: the last word counts, and nothing is lost between hooks and worker."""

import os

import pytest

from jmapd.stores import learn_queue
from jmapd.stores.learn_queue import HAM, JUNK, Jobs, LearnQueue


@pytest.fixture
def queue(tmp_path):
    return LearnQueue(tmp_path / "alice" / "learn")


def waiting(queue, wait=0.0):
    with queue.jobs(wait) as jobs:
        return {id: job.kind for id, job in jobs.waiting.items()}


def test_last_word_counts(queue):
    queue.put({"M1": JUNK, "M2": JUNK, "M3": HAM})
    queue.put({"M1": HAM, "M2": None})
    assert waiting(queue) == {"M3": HAM, "M1": HAM}
    queue.put({"M3": JUNK, "M1": None})  # said after it was taken
    assert waiting(queue) == {"M3": JUNK}


def test_due_after_the_wait_and_again_does_not_put_it_off(queue):
    jobs = Jobs()
    jobs.say("M1", JUNK, since=100.0, wait=30.0)
    jobs.say("M1", JUNK, since=120.0, wait=30.0)
    assert jobs.next_time() == 130.0
    jobs.say("M1", HAM, since=120.0, wait=30.0)
    assert jobs.next_time() == 150.0


def test_what_was_learned_is_not_learned_again(queue, monkeypatch):
    monkeypatch.setattr(learn_queue, "REMEMBERED", 2)
    queue.put({"M1": JUNK, "M2": JUNK, "M3": JUNK})
    with queue.jobs(0) as jobs:
        for id in list(jobs.waiting):
            jobs.done(id)
    queue.put({"M3": JUNK, "M2": HAM, "M1": JUNK})
    assert waiting(queue) == {"M2": HAM, "M1": JUNK}  # M1 is forgotten: the memory is bounded
    queue.put({"M2": JUNK})  # as it was learned: nothing to do
    assert waiting(queue) == {"M1": JUNK}


def test_one_worker_at_a_time(queue):
    queue.put({"M1": JUNK})
    with queue.jobs(0) as first, queue.jobs(0) as second:
        assert first is not None and second is None
        queue.put({"M2": HAM})  # and nobody who reports waits for it
    assert waiting(queue) == {"M1": JUNK, "M2": HAM}


def test_killed_worker_loses_nothing(queue):
    queue.put({"M1": JUNK})
    (queue.folder / "queue").rename(queue.folder / "queue.taken")
    queue.put({"M2": JUNK})
    assert queue.has_any()
    assert waiting(queue) == {"M1": JUNK, "M2": JUNK}
    assert sorted(path.name for path in queue.folder.iterdir()) == ["lock", "waiting.json", "work.lock"]


def test_jobs_are_kept_when_the_work_fails(queue):
    queue.put({"M1": JUNK, "M2": JUNK})
    with pytest.raises(RuntimeError), queue.jobs(0) as jobs:
        jobs.done("M1")
        raise RuntimeError
    assert waiting(queue) == {"M2": JUNK}


def test_queue_is_bounded(queue, monkeypatch, caplog):
    monkeypatch.setattr(learn_queue, "QUEUE_SIZE", 100)
    for number in range(10):
        queue.put({f"M{number}": JUNK})
    assert (queue.folder / "queue").stat().st_size <= 100 and "full" in caplog.text
    assert list(waiting(queue)) == ["M0", "M1", "M2"]


@pytest.mark.parametrize("name", ["waiting.json", "learned.json"])
@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"M": {}}', b'{"M": 1}', b'{"M": {"kind": "junk", "x": 1}}'])
def test_damaged_files_stop_nothing(queue, name, damage, caplog):
    queue.put({"M1": JUNK})
    (queue.folder / name).write_bytes(damage)
    with (queue.folder / "queue").open("ab") as file:
        file.write(b'{"torn\n[1]\n["M2","other",3]\n["M3","ham",null]\n')
    queue.put({"M4": HAM})
    assert waiting(queue) == {"M1": JUNK, "M4": HAM}
    assert "damaged" in caplog.text


def test_full_disk_leaves_no_half_line(queue, monkeypatch, caplog):
    queue.put({"M1": JUNK})

    def half(fd, data):
        os.write(fd, data[:5])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(learn_queue.atomic, "write_all", half)
        queue.put({"M2": JUNK})
    queue.put({"M3": HAM})
    assert "No space" in caplog.text and waiting(queue) == {"M1": JUNK, "M3": HAM}
