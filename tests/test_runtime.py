"""TensorFlow starts without a word on the terminal, with the requested threads."""

import os
import subprocess
import sys

import pytest

from deepdream import runtime


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_tensorflow_starts_without_output():
    done = run("from deepdream.runtime import tf; tf.ones(3).numpy()")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_threads_are_set_once_and_another_number_raises():
    done = run(
        "from deepdream import runtime\n"
        "runtime.configure(1); runtime.tf.ones(3).numpy(); runtime.configure(1); runtime.configure(None)\n"
        "print(runtime.threads(), runtime.device())\n"
        "runtime.configure(2)"
    )
    assert done.stdout == "1 CPU with 1 thread (TensorFlow finds no GPU)\n"
    assert done.stderr.splitlines()[-1].endswith(
        "SettingError: threads 2 can't be set any more: TensorFlow has already started in this process. "
        "Set it before the first dream."
    )


def test_a_process_that_has_already_computed_keeps_its_threads_if_none_are_requested():
    done = run("from deepdream import runtime\nruntime.tf.ones(3).numpy(); runtime.configure(None); print('ran')")
    assert (done.stdout, done.stderr) == ("ran\n", "")


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


def test_bands_get_one_thread_each_and_all_requested_threads_in_parallel():
    done = run(
        "from deepdream import runtime\n"
        "runtime.configure(2, bands=True)\n"
        "threading = runtime.tf.config.threading\n"
        "print(runtime.threads(), threading.get_inter_op_parallelism_threads())\n"
        "print(threading.get_intra_op_parallelism_threads())"
    )
    assert (done.stdout, done.stderr) == ("2 2\n1\n", "")


def test_the_users_own_xla_flags_come_last(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_use_xnnpack=true")
    done = run("import os\nfrom deepdream import runtime\nruntime.prepare_xla()\nprint(os.environ['XLA_FLAGS'])")
    flags = [flag for flag in done.stdout.split() if "xnnpack" in flag]
    assert flags == ["--xla_cpu_use_xnnpack=false", "--xla_cpu_use_xnnpack=true"]


DREAMS = """
import os
import numpy as np
from deepdream import dream_steps, runtime
{faked}
picture = np.full((40, 50, 3), 0.5, np.float32)
picture[10:20, 10:30] = 0.9
for convolution in ("auto", "winograd"):
    *records, done = dream_steps(
        picture, network="pocket", layers="block1_conv2", octaves=1, steps=1, convolution=convolution,
        precision="float32",
    )
    notes = [record.message for record in records if hasattr(record, "message")]
    print(done.recipe["runtime"]["convolution"], "XLA_FLAGS" in os.environ, notes)
"""


@pytest.mark.slow
@pytest.mark.parametrize("faked", [False, True], ids=["tested", "not tested"])
def test_only_a_tested_tensorflow_gets_flags_and_only_before_winograds_convolution_is_compiled(faked, monkeypatch):
    """XLA ends the process on an unknown flag, and only the version tells which flags it knows."""
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    # Whichever plain convolution this processor uses, the first dream is too short for Winograd's.
    done = run(DREAMS.format(faked="runtime.tf.__version__ = '9.7.1'" if faked else ""))
    first, second = done.stdout.splitlines()
    note = (
        "TensorFlow 9.7.1 is not a version that deepdream was tested with, so this run uses TensorFlow's own "
        "convolution; long runs are twice as fast with tensorflow==2.21.*."
    )
    assert first.endswith(f"] False {[note] if faked else []}")
    assert second == f"['winograd'] {not faked} []"


@pytest.mark.parametrize(("version", "plain"), [("2.21.0", False), ("2.21.3", False), ("2.20.0", True), ("3.1", True)])
def test_winograds_convolution_is_used_on_tested_versions_only(version, plain, monkeypatch):
    monkeypatch.setattr(runtime, "TENSORFLOW_CAME_FIRST", False)
    monkeypatch.setattr(runtime, "gpu", lambda: False)
    monkeypatch.setattr(runtime.tf, "__version__", version)
    assert runtime.plain() is plain


@pytest.mark.slow
def test_a_program_that_imports_tensorflow_first_gets_its_own_convolution_and_one_note():
    done = run(
        "import tensorflow, numpy as np\n"
        "from deepdream import dream_steps\n"
        "picture = np.full((40, 50, 3), 0.5, np.float32)\n"
        "given = {'network': 'pocket', 'layers': 'block1', 'octaves': 1, 'steps': 1, 'precision': 'float32'}\n"
        "for _ in range(2):\n"
        "    *records, done = dream_steps(picture, **given)\n"
        "    print(sum('TensorFlow was loaded before' in str(record) for record in records))\n"
        "    print(done.recipe['runtime']['convolution'])"
    )
    assert done.stdout == "1\n['direct']\n0\n['direct']\n"
