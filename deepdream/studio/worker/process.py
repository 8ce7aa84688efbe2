"""The entry point of the worker process, which imports TensorFlow only there."""

import os
import signal
from multiprocessing.connection import Connection


def main(pipe: Connection, root: str, threads: int | None) -> None:
    """Serve requests until the pipe closes, then write what has been dreamt so far as partial pictures.

    Args:
        pipe: to the server.
        root: the folder that names are relative to.
        threads: of TensorFlow; None for all allowed cores.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the server, which ends this process
    from deepdream.studio.worker.loop import Worker

    os.chdir(root)
    Worker(pipe, root, threads).run()
