"""Every task returns whatever happens to its worker, and every wait has an end."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from deepdream.batch import cluster, dispatch
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


def probe():
    return os.getpid()


def slow():
    time.sleep(3)


def fits(worker, found):
    return ""


def dispatched(client, tasks, *, probe=probe, reject=fits, patience=60.0):
    return list(dispatch.run(client, tasks, work, probe=probe, reject=reject, patience=patience))


def returned(events):
    return {event.task: event.value for event in events if isinstance(event, dispatch.Returned)}


@pytest.fixture(autouse=True)
def watchful(monkeypatch):
    monkeypatch.setattr(dispatch, "POLL", 0.1)


@pytest.fixture(scope="module")
def two():
    with cluster.local(2) as (_, client):
        yield client


def test_every_task_comes_back_once(two):
    events = dispatched(two, range(1, 51))
    assert returned(events) == {number: number**2 for number in range(1, 51)}
    assert sum(isinstance(event, dispatch.Returned) for event in events) == 50


def test_no_more_tasks_are_read_than_there_are_workers(two):
    read = []

    def tasks():
        for number in range(1, 21):
            read.append(number)
            yield number

    done = 0
    for event in dispatch.run(two, tasks(), work, probe=probe, reject=fits, patience=60.0):
        done += isinstance(event, dispatch.Returned)
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
    events = dispatched(two, [1, mark, 2, 3])
    assert returned(events) == {1: 1, 2: 4, 3: 9, mark: str(mark)}


def test_a_task_that_ends_each_of_its_workers_is_given_up_and_the_others_are_done(two):
    events = dispatched(two, [1, "deadly", 2, 3])
    assert returned(events) == {1: 1, 2: 4, 3: 9}
    assert [event.task for event in events if isinstance(event, dispatch.Lost)] == ["deadly"]
    assert [event.task for event in events if isinstance(event, dispatch.Sent)].count("deadly") == dispatch.TRIES


def test_a_worker_that_does_not_fit_gets_nothing(two):
    refused = []

    def reject(worker, found):
        if not refused:
            refused.append(found)
            return f"The worker {worker} is not used: it is a test."
        return ""

    events = list(dispatch.run(two, range(1, 5), pid, probe=probe, reject=reject, patience=60.0))
    assert len(returned(events)) == 4
    assert refused[0] not in returned(events).values()
    assert sum(isinstance(event, Note) and event.message.endswith("it is a test.") for event in events) == 1


def pid(task):
    return os.getpid()


def test_where_none_fits_that_is_an_error(two, monkeypatch):
    monkeypatch.setattr(dispatch, "SETTLE", 0.5)
    with pytest.raises(RequestError, match=r"^No worker can be used\. Give them what this machine has, and try again"):
        dispatched(two, [1], reject=lambda worker, found: "It is a test.")


def test_a_worker_that_does_not_say_what_it_is_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(dispatch, "PROBE", 1.0)
    monkeypatch.setattr(dispatch, "SETTLE", 0.5)
    with cluster.local(1) as (_, client), pytest.raises(RequestError, match=r"^No worker can be used"):
        dispatched(client, [1], probe=slow)


def test_workers_that_end_before_they_can_be_used_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(dispatch, "EARLY_DEATHS", 2)
    message = r"^2 workers have ended one after another before they could be used\. Their own output says why"
    with cluster.local(1) as (_, client), pytest.raises(RunError, match=message):
        dispatched(client, [1], probe=end)


def end():
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_are_not_waited_for_without_an_end():
    with (
        cluster.local(0) as (_, client),
        pytest.raises(RunError, match=r"^There has been no worker for 1 s\. Start workers"),
    ):
        dispatched(client, [1], patience=1.0)


def test_a_scheduler_that_has_gone_is_not_waited_for():
    with cluster.local(1) as (ours, client):
        events = dispatch.run(client, range(1, 100), work, probe=probe, reject=fits, patience=60.0)
        next(event for event in events if isinstance(event, dispatch.Returned))
        ours.close()
        with pytest.raises(RunError, match=r"^The Dask scheduler no longer responds\. Start it again"):
            list(events)
