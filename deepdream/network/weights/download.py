"""Weight files into the cache, downloaded or copied: verified and written atomically.

    download(entry, target, progress) -> {address: why it failed}      empty if `target` is there now
    copy(source, target, published)                                    the same from a local file

Both write a temporary file under a lock and rename it, so that concurrent processes download once and never read a
partial file. Only http(s), through pooch and requests, which honour the usual proxy variables.
"""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from deepdream.errors import StorageError, WeightsError
from deepdream.network.weights.locations import USE_POCKET
from deepdream.network.weights.manifest import PublishedFile, WeightSet, digests

ANSWER_SECONDS = 5.0
"""Time-out of the first request to an address, including name resolution and proxies; then it is skipped."""

REMEMBERED_SECONDS = 60.0
"""How long an unresponsive address is not tried again, so that a run over many pictures waits for it once."""

SILENCE_SECONDS = 20.0
"""Time-out of a download in which no data arrives."""

ROUNDS = 2
"""A broken connection is retried once; an address that refuses, or serves another file, is not."""

CHUNK = 1 << 18


_silent_since: dict[str, tuple[float, str]] = {}
"""Address -> (time of the failed request, why); cached for REMEMBERED_SECONDS."""


class Progress(Protocol):
    """A progress bar (pooch's protocol). `reset` may be called after `close`, when a new attempt begins."""

    total: int

    def update(self, count: int, /) -> object:
        """Add bytes received."""

    def reset(self) -> object:
        """Restart from zero."""

    def close(self) -> object:
        """Remove the bar."""


def download(entry: WeightSet, target: Path, progress: Progress | None = None) -> dict[str, str]:
    """Download the first file of a set, unless it is there already.

    Args:
        entry: the set; its addresses are tried in order, unresponsive ones are skipped.
        target: where to write the file.
        progress: a bar, updated with every chunk.

    Returns: per address why it failed, as a clause without subject; empty if the file is at `target`.

    Raises:
        StorageError: the cache can't be written.
    """
    published = entry.files[0]
    with _stored(target) as part:
        if target.is_file() and published.matches(digests(target)):
            return {}  # another process fetched it while this one waited for the lock
        reasons = _silent(entry.addresses)
        remaining = [address for address in entry.addresses if address not in reasons]
        for _ in range(ROUNDS):
            for address in tuple(remaining):
                reason, retry = _attempt(address, part, published, progress)
                if not reason:
                    return {}
                reasons[address] = reason
                if not retry:
                    remaining.remove(address)
        if progress is not None:
            progress.close()
        return {address: reasons[address] for address in entry.addresses}


def copy(source: Path, target: Path, published: PublishedFile) -> None:
    """Copy a local file, known to be `published`, to `target`.

    Raises:
        WeightsError: it changed while it was copied.
        StorageError: the cache can't be written.
    """
    with _stored(target) as part:
        if target.is_file() and published.matches(digests(target)):
            return
        shutil.copyfile(source, part)
        if not published.matches(digests(part)):
            part.unlink()
            raise WeightsError(f"{source} changed while it was copied.")


@contextlib.contextmanager
def _stored(target: Path) -> Iterator[Path]:
    """A temporary path to write to, under a lock; renamed to the target if no error is raised."""
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            try:
                yield part
                if part.exists():
                    os.replace(part, target)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"The weights can't be written to {target}: {error.strerror or error}.",
            f"Make room there, or name another folder in DEEPDREAM_CACHE, or {USE_POCKET}",
        ) from error


def _attempt(address: str, part: Path, published: PublishedFile, progress: Progress | None) -> tuple[str, bool]:
    """One download: ("", False) if the published file is at `part`, else why not and whether to retry."""
    import pooch
    import requests  # not at the top: both are too slow to import for `deepdream --help`

    fetch = pooch.HTTPDownloader(
        progressbar=progress or False, chunk_size=CHUNK, timeout=(ANSWER_SECONDS, SILENCE_SECONDS)
    )
    try:
        fetch(address, part, None)
        found = digests(part)
        if published.matches(found):
            return "", False
        reason, retry = f"sends another file (md5 {found.md5}, {found.size:,} bytes) than the published one", False
    except requests.RequestException as error:
        reason, retry = _reason(error)
    part.unlink(missing_ok=True)
    if progress is not None:
        progress.reset()
    return reason, retry


def _silent(addresses: tuple[str, ...]) -> dict[str, str]:
    """The addresses that don't respond within ANSWER_SECONDS, or did not recently, and why."""
    now = time.monotonic()
    known = {
        address: reason
        for address, (when, reason) in _silent_since.items()
        if address in addresses and now - when < REMEMBERED_SECONDS
    }
    fresh = _ask(tuple(address for address in addresses if address not in known))
    _silent_since.update({address: (now, reason) for address, reason in fresh.items()})
    return known | fresh


def _ask(addresses: tuple[str, ...]) -> dict[str, str]:
    """The addresses that don't respond within ANSWER_SECONDS, and why.

    Requested concurrently in threads, because requests' time-out applies to each IP address of a host in turn, and
    not to name resolution or the proxy.
    """
    import requests

    reasons = dict.fromkeys(addresses, f"does not respond within {ANSWER_SECONDS:g} s")

    def ask(address: str) -> None:
        try:
            requests.head(address, timeout=ANSWER_SECONDS, allow_redirects=False).close()
            reasons.pop(address, None)
        except requests.Timeout:
            pass
        except (requests.RequestException, ValueError) as error:
            reasons[address] = _reason(error)[0]

    deadline = time.monotonic() + ANSWER_SECONDS
    threads = [threading.Thread(target=ask, args=(address,), daemon=True) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return dict(reasons)


def _reason(error: Exception) -> tuple[str, bool]:
    """An error of requests as a clause, and whether a retry may help."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        return f"returns {status} {error.response.reason}", status == 429 or status >= 500
    if isinstance(error, requests.Timeout) or "Read timed out" in str(error):  # while reading it is a ConnectionError
        return f"sends nothing for {SILENCE_SECONDS:g} s", True
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "closes the connection", True
    if isinstance(error, requests.exceptions.SSLError):
        return "has a certificate that can't be verified", False
    if isinstance(error, requests.ConnectionError):
        return "can't be reached", False
    return f"is not an address to fetch from ({type(error).__name__})", False
