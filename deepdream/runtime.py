"""TensorFlow, configured for this package, and the device it runs on.

Every module that computes imports `tf` from here, so that the environment variables that TensorFlow reads once, at
import, are set first. Importing this module loads TensorFlow; `--help` never does.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deepdream.errors import SettingError
from deepdream.stderr import redirected

TENSORFLOW_CAME_FIRST = "tensorflow" in sys.modules
"""Whether the calling program had imported TensorFlow already, too early for the flags below to take effect."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Redirect stderr while TensorFlow loads (its C++ code logs before levels are set); replay it if that fails."""
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        try:
            with redirected(log):
                yield
        except Exception:
            log.seek(0)
            if (text := log.read()) and sys.stderr is not None:
                sys.stderr.write(text)
            raise


@contextmanager
def _without_keras() -> Iterator[None]:
    """Keep TensorFlow's import from importing Keras and Matplotlib, a quarter of its time; `tf.keras` loads it later.

    It imports Keras 3 at once and its predecessor only where that is installed, so the predecessor is asked for.
    """
    name = "TF_USE_LEGACY_KERAS"
    if name in os.environ:
        yield
        return
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]


XLA_FLAGS = {
    "2.21": (
        "--xla_cpu_multi_thread_eigen=false",
        # The new fusion emitters compute a slice's offset for every element, which prevents vectorisation: measured
        # five times slower where Winograd reads its rows.
        "--xla_cpu_use_fusion_emitters=false",
        # Wide vectors where the processor has them; XNNPACK's matrix products measured 5 % slower.
        "--xla_cpu_prefer_vector_width=512",
        "--xla_cpu_use_xnnpack=false",
    ),
}
"""XLA's flags for what is compiled here, by the versions of TensorFlow that they were tested with. XLA ends the
process on a flag that it does not know, so any other version gets none."""

EIGEN = "--xla_cpu_experimental_ynn_fusion_type="
"""Eigen's matrix products in place of YNNPACK's: 10 % faster on a single thread, slower on several."""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # off by default on processors without AVX-512
with _quiet(), _without_keras():
    import tensorflow as tf

    tf.config.list_physical_devices()  # probes for a GPU now, while its messages are redirected

if not TENSORFLOW_CAME_FIRST:
    tf.get_logger().setLevel("ERROR")  # its warnings about tf.function concern this package's code, not its users

_count = 0  # threads, once set here
_bands_only = False  # whether this process computes nothing but bands, see `configure`
_flags_set = False
_noted = False

__all__ = [
    "TENSORFLOW_CAME_FIRST",
    "allowed_cores",
    "configure",
    "device",
    "frozen",
    "gpu",
    "is_stateful",
    "note_once",
    "plain",
    "prepare_xla",
    "saved_model",
    "tf",
    "threads",
    "threads_of_one",
]


def frozen(function: Any) -> Any:
    """A function of a SavedModel with its variables as constants, and what it calls in its own graph."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(function, lower_control_flow=False)


def is_stateful(operation: str) -> bool:
    """Whether TensorFlow declares that an operation has a state or an effect; False for one that it does not know."""
    from tensorflow.python.framework import op_def_registry

    found = op_def_registry.get(operation)
    return found is not None and found.is_stateful


def saved_model(data: bytes) -> Any:
    """The protocol buffer that a saved_model.pb holds; nothing in it is computed."""
    from tensorflow.core.protobuf import saved_model_pb2

    return saved_model_pb2.SavedModel.FromString(data)


def allowed_cores() -> int:
    """Processor cores that this process may use, by its affinity and its control group's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _quota() or cores))


def configure(requested: int | None, *, bands: bool = False) -> None:
    """Set TensorFlow's thread count, which is fixed once it has computed anything.

    Args:
        requested: threads; None for all allowed cores, or the number already in use.
        bands: whether this process will compute nothing but gradients in bands: these run in parallel, and each is
            faster when no operation has more than one thread.

    Raises:
        SettingError: TensorFlow already runs with another number.
    """
    global _count, _bands_only
    if requested is None and threads():
        return
    count = requested or allowed_cores()
    if threads() == count:
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1 if bands else count)
        tf.config.threading.set_inter_op_parallelism_threads(count)
    except RuntimeError:
        if requested is None:  # the calling program has already computed with its own number
            return
        raise SettingError(
            f"threads {count} can't be set any more: TensorFlow has already started in this process.",
            "Set it before the first dream.",
        ) from None
    _count, _bands_only = count, bands


def threads() -> int:
    """Threads that TensorFlow is configured to use; 0 for its own default."""
    return _count or tf.config.threading.get_intra_op_parallelism_threads()


def threads_of_one() -> int:
    """Threads that one operation may use; see `configure`."""
    return tf.config.threading.get_intra_op_parallelism_threads() or threads() or 1


def prepare_xla() -> None:
    """Set XLA's flags; it reads them once, when the process first compiles."""
    global _flags_set
    if _flags_set or not (flags := _tested_flags()):
        return
    _flags_set = True
    eigen = [EIGEN] if _bands_only else []
    users = os.environ.get("XLA_FLAGS", "")  # last, so that they take precedence
    os.environ["XLA_FLAGS"] = " ".join([*flags, *eigen, users])


def plain() -> bool:
    """Whether to use TensorFlow's own convolution: on a GPU, and where XLA's flags can't be set."""
    return gpu() or TENSORFLOW_CAME_FIRST or not _tested_flags()


def note_once() -> str:
    """Why TensorFlow's own convolution is used, in a sentence; "" if that is no loss, and from the second call on."""
    global _noted
    noted, _noted = _noted, True
    if noted or gpu() or not plain():
        return ""
    effect = "so this run uses TensorFlow's own convolution; long runs are twice as fast with"
    if TENSORFLOW_CAME_FIRST:
        return (
            f"TensorFlow was loaded before deepdream could set its flags, {effect} deepdream.runtime imported before "
            "tensorflow."
        )
    tested = " or ".join(f"tensorflow=={version}.*" for version in XLA_FLAGS)
    return f"TensorFlow {tf.__version__} is not a version that deepdream was tested with, {effect} {tested}."


def _tested_flags() -> tuple[str, ...]:
    """The flags for this TensorFlow; none for a version that is not in the table."""
    return XLA_FLAGS.get(".".join(tf.__version__.split(".")[:2]), ())


def gpu() -> bool:
    """Whether TensorFlow found a GPU."""
    return bool(tf.config.list_physical_devices("GPU"))


def device() -> str:
    """The device that computes, for people, and why it is not a GPU."""
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
