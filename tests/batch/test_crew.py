"""A crew: every task comes back whatever becomes of its worker, and no wait is without an end."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from deepdream.batch import cluster, crew
from deepdream.errors import RequestError, RunError
from deepdream.pipeline.events import Note


def work(task):
    """A worker's work: a number is squared; a path ends the first worker, and "deadly" each of them."""
    if task == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    if isinstance(task, Path) and not task.exists():
        task.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task**2 if isinstance(task, int) else str(task)


def meet():
    return os.getpid()


def slow():
    time.sleep(3)


def fits(worker, found):
    return ""


def carried(client, tasks, *, meet=meet, unfit=fits, patience=60.0):
    return list(crew.carry(client, tasks, work, meet=meet, unfit=unfit, patience=patience))


def returned(events):
    return {event.task: event.value for event in events if isinstance(event, crew.Returned)}


@pytest.fixture(autouse=True)
def watchful(monkeypatch):
    monkeypatch.setattr(crew, "LOOK", 0.1)


@pytest.fixture(scope="module")
def two():
    with cluster.local(2) as (_, client):
        yield client


def test_every_task_comes_back_once(two):
    events = carried(two, range(1, 51))
    assert returned(events) == {number: number**2 for number in range(1, 51)}
    assert sum(isinstance(event, crew.Returned) for event in events) == 50


def test_no_more_tasks_are_read_than_there_are_workers(two):
    read = []

    def tasks():
        for number in range(1, 21):
            read.append(number)
            yield number

    done = 0
    for event in crew.carry(two, tasks(), work, meet=meet, unfit=fits, patience=60.0):
        done += isinstance(event, crew.Returned)
        assert len(read) <= done + 2


def test_only_this_machine_reaches_the_workers(two):
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    places = {c.laddr.ip for process in processes for c in process.net_connections() if c.status == "LISTEN"}
    assert places == {"127.0.0.1"}


def test_workers_keep_the_memory_that_they_use_again(two):
    """Dask would have them return each array to the system, by which NumPy takes four times as long."""
    assert set(two.run(os.environ.get, "MALLOC_TRIM_THRESHOLD_").values()) == {None}


def test_the_work_of_a_worker_that_ends_is_done_by_another(two, tmp_path):
    mark = tmp_path / "mark"
    events = carried(two, [1, mark, 2, 3])
    assert returned(events) == {1: 1, 2: 4, 3: 9, mark: str(mark)}


def test_a_task_that_ends_each_of_its_workers_is_given_up_and_the_others_are_done(two):
    events = carried(two, [1, "deadly", 2, 3])
    assert returned(events) == {1: 1, 2: 4, 3: 9}
    assert [event.task for event in events if isinstance(event, crew.Lost)] == ["deadly"]
    assert [event.task for event in events if isinstance(event, crew.Handed)].count("deadly") == crew.TRIES


def test_a_worker_that_does_not_fit_gets_nothing(two):
    refused = []

    def unfit(worker, found):
        if not refused:
            refused.append(found)
            return f"The worker {worker} is not used: it is a test."
        return ""

    events = list(crew.carry(two, range(1, 5), pid, meet=meet, unfit=unfit, patience=60.0))
    assert len(returned(events)) == 4
    assert refused[0] not in returned(events).values()
    assert sum(isinstance(event, Note) and event.message.endswith("it is a test.") for event in events) == 1


def pid(task):
    return os.getpid()


def test_where_none_fits_that_is_an_error(two, monkeypatch):
    monkeypatch.setattr(crew, "SETTLE", 0.5)
    with pytest.raises(RequestError, match=r"^No worker can be used\. Give them what this machine has, and try again"):
        carried(two, [1], unfit=lambda worker, found: "It is a test.")


def test_a_worker_that_does_not_say_what_it_is_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(crew, "MEET", 1.0)
    monkeypatch.setattr(crew, "SETTLE", 0.5)
    with cluster.local(1) as (_, client), pytest.raises(RequestError, match=r"^No worker can be used"):
        carried(client, [1], meet=slow)


def test_workers_that_end_before_they_can_be_used_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(crew, "STILLBORN", 2)
    message = r"^2 workers have ended one after another before they could be used\. Their own output says why"
    with cluster.local(1) as (_, client), pytest.raises(RunError, match=message):
        carried(client, [1], meet=end)


def end():
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_are_not_waited_for_without_an_end():
    with (
        cluster.local(0) as (_, client),
        pytest.raises(RunError, match=r"^There has been no worker for 1 s\. Start workers"),
    ):
        carried(client, [1], patience=1.0)


def test_a_scheduler_that_has_gone_is_not_waited_for():
    with cluster.local(1) as (ours, client):
        events = crew.carry(client, range(1, 100), work, meet=meet, unfit=fits, patience=60.0)
        next(event for event in events if isinstance(event, crew.Returned))
        ours.close()
        with pytest.raises(RunError, match=r"^The Dask scheduler no longer responds\. Start it again"):
            list(events)
