"""Into the cache, from the internet or from a file at hand: whole and verified, or not at all.

    download(entry, target, progress) -> {address: why it gave nothing}      empty when `target` is there now
    copy(source, target, published)                                         the same from a local file

Both write beside the target under a lock and rename, so that two processes fetch once and nobody meets half a file.
Only http(s) is spoken, by pooch and requests, which honour the usual proxy variables.
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
from deepdream.network.weights.locations import GO_ON
from deepdream.network.weights.manifest import PublishedFile, WeightSet, digests

ANSWER_SECONDS = 5.0
"""An address that has not answered a first question by then, name look-up and proxies included, is left out."""

REMEMBERED_SECONDS = 60.0
"""For so long an address that did not answer is not asked again: a run over many pictures waits for it once."""

SILENCE_SECONDS = 20.0
"""A download in which nothing arrives for so long has failed."""

ROUNDS = 2
"""A connection that broke is tried once more; an address that refused, or sends another file, is not."""

CHUNK = 1 << 18


_silent_since: dict[str, tuple[float, str]] = {}
"""Address -> when it did not answer, and why; the process's memory of REMEMBERED_SECONDS."""


class Progress(Protocol):
    """What a bar has to offer (pooch's protocol). `reset` may also follow `close`: a new attempt begins."""

    total: int

    def update(self, count: int, /) -> object:
        """So many more bytes are here."""

    def reset(self) -> object:
        """Back to none."""

    def close(self) -> object:
        """The bar is no longer needed."""


def download(entry: WeightSet, target: Path, progress: Progress | None = None) -> dict[str, str]:
    """Fetch the first file of a set, unless it is there already.

    Args:
        entry: the set; its addresses are tried in order, those that don't answer at once are left out.
        target: where the file is wanted.
        progress: a bar, told of every chunk.

    Returns: per address why it gave nothing, as a clause without subject; empty when the file is at `target`.

    Raises:
        StorageError: the cache can't be written.
    """
    published = entry.files[0]
    with _stored(target) as part:
        if target.is_file() and published.matches(digests(target)):
            return {}  # another process fetched it while this one waited for the lock
        reasons = _silent(entry.addresses)
        hopeful = [address for address in entry.addresses if address not in reasons]
        for _ in range(ROUNDS):
            for address in tuple(hopeful):
                reason, again = _attempt(address, part, published, progress)
                if not reason:
                    return {}
                reasons[address] = reason
                if not again:
                    hopeful.remove(address)
        if progress is not None:
            progress.close()
        return {address: reasons[address] for address in entry.addresses}


def copy(source: Path, target: Path, published: PublishedFile) -> None:
    """Bring a local file, known to be `published`, to `target`.

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
    """A path to write to, alone in the world; what is written there without an error takes the target's place."""
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
            f"Make room there, or name another folder in DEEPDREAM_CACHE, or {GO_ON}",
        ) from error


def _attempt(address: str, part: Path, published: PublishedFile, progress: Progress | None) -> tuple[str, bool]:
    """One download: ("", False) when the published file is at `part`, else why not and whether to try again."""
    import pooch
    import requests  # both here, because they take longer to load than `deepdream --help` may take

    fetch = pooch.HTTPDownloader(
        progressbar=progress or False, chunk_size=CHUNK, timeout=(ANSWER_SECONDS, SILENCE_SECONDS)
    )
    try:
        fetch(address, part, None)
        found = digests(part)
        if published.matches(found):
            return "", False
        reason, again = f"sends another file (md5 {found.md5}, {found.size:,} bytes) than the published one", False
    except requests.RequestException as error:
        reason, again = _reason(error)
    part.unlink(missing_ok=True)
    if progress is not None:
        progress.reset()
    return reason, again


def _silent(addresses: tuple[str, ...]) -> dict[str, str]:
    """The addresses that don't answer within ANSWER_SECONDS, or did not a moment ago, and why."""
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
    """The addresses that don't answer within ANSWER_SECONDS, and why.

    Asked all at once and in threads, because a time-out of a connection holds for each of a host's numbers in turn,
    and holds for neither the name look-up nor the proxy.
    """
    import requests

    reasons = dict.fromkeys(addresses, f"does not answer within {ANSWER_SECONDS:g} s")

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
    """What an error of requests means in words, and whether another try may help."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        return f"answers {status} {error.response.reason}", status == 429 or status >= 500
    if isinstance(error, requests.Timeout) or "Read timed out" in str(error):  # while reading it is a ConnectionError
        return f"sends nothing for {SILENCE_SECONDS:g} s", True
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "breaks the connection off", True
    if isinstance(error, requests.exceptions.SSLError):
        return "has a certificate that can't be verified", False
    if isinstance(error, requests.ConnectionError):
        return "can't be reached", False
    return f"is not an address to fetch from ({type(error).__name__})", False
