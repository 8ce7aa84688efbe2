"""The queue of dreams, with an engine that only writes down what it is asked."""

import asyncio

import pytest

from deepdream.errors import RequestError, RunError

pytest.importorskip("starlette", reason="the studio's libraries are not installed: pip install starlette uvicorn")

from deepdream.studio.limits import Limits
from deepdream.studio.listeners import Listeners
from deepdream.studio.messages import Event
from deepdream.studio.queue import LENGTH, Queue
from deepdream.studio.store import FullError, Store


class Engine:
    """Writes down each request; raises `error` if there is one."""

    def __init__(self):
        self.asked, self.error = [], None

    async def ask(self, name, **arguments):
        self.asked.append((name, arguments["id"]))
        if self.error:
            raise self.error


class Room:
    """A queue with what it needs."""

    def __init__(self, folder):
        self.store, self.engine, self.listeners = Store(folder, 10**9), Engine(), Listeners()
        self.queue = Queue(self.store, self.engine, self.listeners, Limits())

    def job(self, owner="me"):
        job = self.store.new(owner, kind="dream", picture=None, source=None, output="dream.png", given={})
        self.queue.add(job)
        return job


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def running(test):
    """Run a coroutine function as a test, with a loop that has no time to pass."""

    def run(room):
        asyncio.run(test(room))

    run.__name__ = test.__name__
    return run


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


@running
async def test_dreams_begin_in_order_one_at_a_time(room):
    first, second, third = room.job(), room.job(), room.job()
    await settle()
    assert room.engine.asked == [("dream", first.id)]
    assert [room.queue.place(job) for job in (first, second, third)] == [1, 2, 3]
    room.queue.take(first, Event(first.id, {"state": "done"}))
    await settle()
    assert room.engine.asked[1:] == [("dream", second.id)]
    assert [room.queue.place(job) for job in (first, second, third)] == [0, 1, 2]


@running
async def test_a_stopped_dream_is_resumed_before_those_that_wait(room):
    first, second, third = room.job(), room.job(), room.job()
    await settle()
    room.queue.take(first, Event(first.id, {"state": "stopped", "partial": "dream-partial.png"}))
    await settle()
    room.queue.resume(first)
    assert [room.queue.place(job) for job in (second, first, third)] == [1, 2, 3]
    room.queue.take(second, Event(second.id, {"state": "done"}))
    await settle()
    assert room.engine.asked == [("dream", first.id), ("dream", second.id), ("resume", first.id)]


@running
async def test_only_a_stopped_dream_is_resumed(room):
    job = room.job()
    await settle()
    with pytest.raises(RequestError) as refused:
        room.queue.resume(job)
    assert refused.value.message == "That dream is running: only a stopped one can be resumed."


@running
async def test_a_dream_that_ends_its_worker_is_begun_twice_and_not_a_third_time(room):
    room.engine.error = RunError("The engine stopped unexpectedly and was started again.")
    job, next_ = room.job(), room.job()
    for _ in range(2):
        await settle()
        assert job.state == "running"
        room.queue.restart()
    await settle()
    assert (job.state, job.error, job.tries) == ("failed", "The engine stopped twice in this dream.", 2)
    assert room.engine.asked == [("dream", job.id), ("dream", job.id), ("dream", next_.id)]


@running
async def test_a_dream_that_the_worker_refuses_fails_with_its_sentence(room):
    room.engine.error = RequestError("No.", "Try another.")
    job = room.job()
    await settle()
    assert (job.state, job.error, job.advice) == ("failed", "No.", "Try another.")


@running
async def test_the_queue_has_an_end(room):
    for _ in range(LENGTH + 1):  # one of them runs
        room.job()
    with pytest.raises(FullError) as refused:
        room.queue.check_room()
    assert refused.value.message == f"The queue is full: {LENGTH} dreams wait."


@running
async def test_pages_are_shown_their_owner_s_changes_once_each(room):
    mine, other = room.listeners.open("me"), room.listeners.open("somebody")
    job = room.job()
    await settle()
    for step in range(3):
        room.queue.take(job, Event(job.id, {"state": "running", "taken": step}))
    assert mine.take() == [job.id]
    assert mine.take() == []
    assert other.take() == []
    room.listeners.close(mine)
    room.queue.take(job, Event(job.id, {"note": "hot"}))
    assert mine.take() == []
    assert job.notes == ["hot"]


@running
async def test_what_a_crash_left_waiting_waits_again(room):
    first, second = room.job(), room.job()
    await settle()
    found = Room(room.store.root)
    assert found.queue.place(found.store.jobs[first.id]) == 1
    found.queue.begin()
    await settle()
    assert found.engine.asked == [("dream", first.id)]
    assert found.queue.place(found.store.jobs[second.id]) == 2
