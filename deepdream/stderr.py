"""Standard error, redirected while a library that writes to it runs.

redirected(file) -> context manager
"""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

# The descriptor belongs to the whole process, so only one thread redirects it at a time.
_LOCK = threading.RLock()


@contextlib.contextmanager
def redirected(file: TextIO) -> Iterator[None]:
    """Send what C libraries and Python write to standard error to a file, until the block ends.

    C libraries write to the process's descriptor, Python to `sys.stderr`, which may be another stream in a notebook.
    """
    with _LOCK:
        if sys.stderr is not None:
            sys.stderr.flush()
        if sys.__stderr__ is None:  # the process has no standard error: the descriptor may be another file's
            yield
            return
        try:
            terminal = os.dup(2)
        except OSError:  # it was closed since
            yield
            return
        os.dup2(file.fileno(), 2)
        try:
            with contextlib.redirect_stderr(file):
                yield
        finally:
            file.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
