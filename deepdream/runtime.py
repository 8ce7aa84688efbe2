"""TensorFlow, started the way this tool needs it, and what it runs on.

Every module that computes takes `tf` from here, so that what TensorFlow reads only once, at its own import, is set
before it. Importing this module is what loads TensorFlow; nothing that answers `--help` imports it.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepdream.errors import SettingError

TENSORFLOW_CAME_FIRST = "tensorflow" in sys.modules
"""Whether the user's own program had loaded TensorFlow already, so that the flags below come too late."""


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep TensorFlow's start-up chatter from the terminal; should it fail to start, say what it said.

    Its libraries write to the process's standard error before they read any log level, so the descriptor itself is
    turned away for the while.
    """
    try:
        terminal = os.dup(2)
    except OSError:  # a process without standard error has nothing to keep clean
        yield
        return
    if sys.stderr is not None:
        sys.stderr.flush()
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except Exception:
            said.seek(0)
            os.write(terminal, said.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


XLA_FLAGS = {
    "2.21": (
        # Bands run side by side, one thread each (see `gradient.winograd.bands`): XLA need not split them further.
        "--xla_disable_hlo_passes=cpu-parallel-task-assigner",
        "--xla_cpu_multi_thread_eigen=false",
        # The new fusion emitters look a slice's place up for every number, and so use no vector instructions: measured
        # five times slower where Winograd's rows are read.
        "--xla_cpu_use_fusion_emitters=false",
        # Wide vectors, where the processor has them; XNNPACK's matrix products were measured 5 % slower.
        "--xla_cpu_prefer_vector_width=512",
        "--xla_cpu_use_xnnpack=false",
    ),
}
"""XLA's flags for Winograd's convolution, by the versions of TensorFlow that they were tested with. XLA ends the
process on a flag that it does not know, so any other version gets none."""

EIGEN = "--xla_cpu_experimental_ynn_fusion_type="
"""Eigen's matrix products in place of YNNPACK's: 10 % faster where no other thread can join in, slower where it can."""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # off by default on processors without AVX-512
with _hushed():
    import tensorflow as tf

    tf.config.list_physical_devices()  # looks for a GPU now, and says there that it found none

if not TENSORFLOW_CAME_FIRST:
    tf.get_logger().setLevel("ERROR")  # its advice on tf.function is about this tool's code, and not for its users

_count = 0  # threads, once they are set here
_side_by_side = False  # whether all that this process computes are bands, see `configure`
_flagged = False
_noted = False

__all__ = [
    "TENSORFLOW_CAME_FIRST",
    "allowed_cores",
    "configure",
    "device",
    "gpu",
    "note_once",
    "plain",
    "prepare_xla",
    "tf",
    "threads",
    "threads_of_one",
]


def allowed_cores() -> int:
    """Processor cores that this process may use: its affinity and its control group's quota respected."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _quota() or cores))


def configure(wanted: int | None, *, bands: bool = False) -> None:
    """Give TensorFlow its threads. It takes the number once, before it first computes.

    Args:
        wanted: threads; None for all allowed cores, or what the process already runs with.
        bands: whether all that this process will compute is gradients in bands: they run side by side, and each is
            faster when no operation has more than one thread.

    Raises:
        SettingError: TensorFlow already runs with another number.
    """
    global _count, _side_by_side
    if wanted is None and threads():
        return
    count = wanted or allowed_cores()
    if threads() == count:
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1 if bands else count)
        tf.config.threading.set_inter_op_parallelism_threads(count)
    except RuntimeError:
        if wanted is None:  # the user's own program, or a command that asks for no number, has begun with its own
            return
        raise SettingError(
            f"threads {count} can't be set any more: TensorFlow already computes in this process.",
            "Set it before the first dream.",
        ) from None
    _count, _side_by_side = count, bands


def threads() -> int:
    """Threads that TensorFlow was told to use; 0 while it chooses by itself."""
    return _count or tf.config.threading.get_intra_op_parallelism_threads()


def threads_of_one() -> int:
    """Threads that one operation may take; see `configure`."""
    return tf.config.threading.get_intra_op_parallelism_threads() or threads() or 1


def prepare_xla() -> None:
    """Set XLA's flags for Winograd's convolution; it reads them once, when the process first compiles."""
    global _flagged
    if _flagged or not (flags := _tested_flags()):
        return
    _flagged = True
    eigen = [EIGEN] if _side_by_side else []
    users = os.environ.get("XLA_FLAGS", "")  # they come last, so that they count
    os.environ["XLA_FLAGS"] = " ".join([*flags, *eigen, users])


def plain() -> bool:
    """Whether TensorFlow's own convolution is the one to take: on a GPU, and where XLA's flags can't be set."""
    return gpu() or TENSORFLOW_CAME_FIRST or not _tested_flags()


def note_once() -> str:
    """A sentence about why TensorFlow's own convolution is taken; "" where it needs none, and after the first time."""
    global _noted
    noted, _noted = _noted, True
    if noted or gpu() or not plain():
        return ""
    by = "so this dreams by TensorFlow's own convolution; long runs are twice as fast with"
    if TENSORFLOW_CAME_FIRST:
        return (
            f"TensorFlow was loaded before deepdream could set its flags, {by} deepdream.runtime imported before "
            "tensorflow."
        )
    tested = " or ".join(f"tensorflow=={version}.*" for version in XLA_FLAGS)
    return f"TensorFlow {tf.__version__} is not a version that deepdream was tested with, {by} {tested}."


def _tested_flags() -> tuple[str, ...]:
    """The flags for this TensorFlow; none for a version that is not in the table."""
    return XLA_FLAGS.get(".".join(tf.__version__.split(".")[:2]), ())


def gpu() -> bool:
    """Whether TensorFlow found a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def device() -> str:
    """The device that will compute, in words, and why it is not a GPU."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        return "GPU " + tf.config.experimental.get_device_details(gpus[0]).get("device_name", gpus[0].name)
    count = threads() or allowed_cores()
    return f"CPU with {count} thread{'s' if count > 1 else ''} (TensorFlow finds no GPU)"


def _quota() -> int | None:
    """Whole cores of the control group's quota, on Linux; None where there is no quota."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else int(quota) // int(period)
    except (OSError, ValueError):
        return None
