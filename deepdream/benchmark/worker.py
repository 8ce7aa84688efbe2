"""The worker's side of a benchmark: prepare, report ready, then take one step for each line on stdin.

serve(prepare, gradient)      one JSON line on stdout per reply; a line on stdin asks for a step, EOF ends it

    -> {"ready": {"compile": 5.9, "peak": 812000000}}      seconds to build and take the first step
    <- go
    -> {"step": {"seconds": 0.41, "processor": 0.8, "peak": 812000000}}
    -> {"error": {"message": ..., "advice": ...}}           and the process ends
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import DreamError

Step = Callable[[], np.ndarray]
"""Takes a step and returns the gradient of the picture, [H, W, 3]."""

Build = Callable[[], Step]
"""Builds the step; this and the first step are timed as compiling."""


def serve(prepare: Callable[[], Build], gradient: Path) -> None:
    """Take steps until EOF on stdin.

    Args:
        prepare: loads libraries, weights and picture; not timed.
        gradient: file for the first gradient.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C; when it exits, stdin closes
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # keep what libraries print out of the replies

    def reply(kind: str, **values: Any) -> None:
        replies.write(json.dumps({kind: values}) + "\n")

    try:
        build = prepare()
        began = time.perf_counter()
        step = build()
        first = step()
        seconds = time.perf_counter() - began
        np.save(gradient, first)
        step()  # warm-up: caches, memory allocation, the processor's clock
        reply("ready", compile=seconds, peak=peak())
        for _ in sys.stdin:
            reply("step", **_timed(step), peak=peak())
    except Exception as error:  # the parent reports it
        reply("error", **_reason(error))


def peak() -> int:
    """Peak memory of this process in bytes.

    On Linux from /proc, because `getrusage` there starts from the memory of the parent process.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        pass
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource  # not available on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _timed(step: Step) -> dict[str, float]:
    """Wall-clock and CPU seconds of one step."""
    clock, spent = time.perf_counter(), time.process_time()
    step()
    return {"seconds": time.perf_counter() - clock, "processor": time.process_time() - spent}


def _reason(error: Exception) -> dict[str, str]:
    """An exception as message and advice."""
    if isinstance(error, DreamError):
        return {"message": error.message, "advice": error.advice}
    if isinstance(error, MemoryError) or type(error).__name__ in ("ResourceExhaustedError", "OutOfMemoryError"):
        return {"message": "Memory ran out.", "advice": "Choose a smaller --size."}
    lines = str(error).strip().splitlines() or [""]
    return {"message": f"{type(error).__name__}: {lines[0]}", "advice": ""}
