"""The entrance of the worker process; it imports the worker, and with it TensorFlow, only there."""

import os
import signal
from multiprocessing.connection import Connection


def main(pipe: Connection, root: str, threads: int | None) -> None:
    """Work until the pipe closes; then what runs is kept as a partial picture.

    Args:
        pipe: to the server.
        root: the folder that names are relative to.
        threads: of TensorFlow; None for all allowed cores.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which ends this process
    from deepdream.studio.worker import Worker

    os.chdir(root)
    Worker(pipe, root, threads).run()
