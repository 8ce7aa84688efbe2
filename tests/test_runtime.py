"""TensorFlow starts in silence, with the threads that were asked for."""

import os
import subprocess
import sys

import pytest

from deepdream import runtime


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_tensorflow_starts_in_silence():
    done = run("from deepdream.runtime import tf; tf.ones(3).numpy()")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_threads_are_set_once_and_another_number_is_refused_in_words():
    done = run(
        "from deepdream import runtime\n"
        "runtime.configure(1); runtime.tf.ones(3).numpy(); runtime.configure(1); runtime.configure(None)\n"
        "print(runtime.threads(), runtime.device())\n"
        "runtime.configure(2)"
    )
    assert done.stdout == "1 CPU with 1 thread (TensorFlow finds no GPU)\n"
    assert done.stderr.splitlines()[-1].endswith(
        "SettingError: threads 2 can't be set any more: TensorFlow already computes in this process. "
        "Set it before the first dream."
    )


def test_a_process_that_computed_before_keeps_its_threads_where_no_number_is_asked_for():
    done = run("from deepdream import runtime\nruntime.tf.ones(3).numpy(); runtime.configure(None); print('goes on')")
    assert (done.stdout, done.stderr) == ("goes on\n", "")


def test_a_program_that_loaded_tensorflow_first_is_noticed():
    assert run("import tensorflow, deepdream.runtime as r; print(r.TENSORFLOW_CAME_FIRST)").stdout == "True\n"
    assert run("import deepdream.runtime as r; print(r.TENSORFLOW_CAME_FIRST)").stdout == "False\n"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no processor affinity")
def test_only_the_cores_that_the_process_may_use_are_counted():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert runtime.allowed_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
