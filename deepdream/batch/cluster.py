"""Dask's schedulers: one of this machine, started for a batch, or one that runs already.

with local(count) as (cluster, client): ...    workers of this machine, reached on its loopback alone
with remote(address) as client: ...            those of a scheduler that runs already
"""

import logging
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from deepdream.errors import RequestError, SettingError, install

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

PACKAGE = "distributed"
"""Dask's package for several processes and machines: the extra `many`."""

LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?")
"""Places that only this machine reaches."""


@contextmanager
def local(count: int) -> Iterator[tuple["LocalCluster", "Client"]]:
    """Worker processes on this machine, one thread of Dask's each; they end with the block.

    Dask would end a worker that takes more than its share of the memory by cores; the dreams' own budget decides here.
    Ctrl-C, which the terminal sends to all of its processes, is left to the command.

    Raises:
        RequestError: the extra `many` is not installed.
    """
    distributed = package()
    import dask

    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": {}}),  # which would return each array to the system
        distributed.LocalCluster(
            n_workers=0,
            threads_per_worker=1,
            memory_limit=0,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        cluster.sync(_block_ctrl_c)
        cluster.scale(count)
        yield cluster, client


@contextmanager
def remote(address: str, *, insecure: bool = False) -> Iterator["Client"]:
    """A scheduler that runs already; certificates for tls:// are those of Dask's own configuration.

    Args:
        address: tcp://127.0.0.1:8786, tls://host:8786 or the like.
        insecure: take one that is neither on this machine nor encrypted.

    Raises:
        SettingError: such an address without `insecure`.
        RequestError: no scheduler responds there, or the extra `many` is not installed.
    """
    check_address(address, insecure=insecure)
    distributed = package()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is raised
    try:
        client = distributed.Client(address, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        raise RequestError(
            f"No Dask scheduler answers at {address}: {error}.", "Start one with: dask scheduler"
        ) from error
    with client:
        yield client


async def _block_ctrl_c() -> None:
    """In the thread that starts the workers: they inherit it."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # whose start would let Ctrl-C through again
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def check_address(address: str, *, insecure: bool) -> None:
    """Refuse a scheduler that others may reach.

    Raises:
        SettingError: it is neither on this machine nor encrypted.
    """
    scheme, _, place = address.rpartition("://")
    if not (insecure or scheme == "tls" or LOOPBACK.fullmatch(place)):
        raise SettingError(
            f"--dask {address} is neither on this machine nor tls://: whoever reaches it runs code as you.",
            "Set up TLS, or add --insecure where nobody else is on that network.",
        )


def package() -> Any:
    """Dask's package.

    Raises:
        RequestError: it is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise RequestError(f"Several workers need the package {PACKAGE}.", install(PACKAGE)) from error
    return distributed
