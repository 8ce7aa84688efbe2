"""Pins the requirements of the package and its tools for every platform: `make lock` (needs uv and packaging).

Writes three files, none of which names a package index:

    requirements.lock      what a dream needs, including build tools; every pin with the digests of all its files
    requirements-dev.lock  what the tests need in addition
    requirements.wheels    digest and name of one wheel per pin, platform and Python: proof, readable offline, that
                           nothing has to be compiled (`missing` reads it; a test checks it)
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from packaging import tags
from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent
LOCK, DEV_LOCK, WHEELS = "requirements.lock", "requirements-dev.lock", "requirements.wheels"
PYTHONS = ((3, 11), (3, 12), (3, 13))
# Platform tags, best first, and the environment markers of the same machine.
PLATFORMS = {
    "Linux x86-64": (
        [f"manylinux_2_{glibc}_x86_64" for glibc in range(28, 4, -1)]
        + ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"],
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    ),
    "macOS arm64": (
        list(tags.mac_platforms((14, 0), "arm64")),
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    ),
    "Windows x86-64": (
        ["win_amd64"],
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    ),
}


class Pin(NamedTuple):
    """One package of a lock: its exact version, where it applies, and the SHA-256 of each of its files."""

    name: str
    version: str
    marker: Marker | None
    hashes: frozenset[str]


class Target(NamedTuple):
    """One kind of machine that the lock supports."""

    label: str
    tags: list[tags.Tag]
    environment: dict[str, str]


def targets() -> Iterator[Target]:
    """Every platform with every Python."""
    for python in PYTHONS:
        short = f"cp{python[0]}{python[1]}"
        for platform, (platforms, environment) in PLATFORMS.items():
            yield Target(
                f"{platform}, Python {python[0]}.{python[1]}",
                [*tags.cpython_tags(python, platforms=platforms), *tags.compatible_tags(python, short, platforms)],
                environment
                | {"python_version": "{}.{}".format(*python), "python_full_version": "{}.{}.9".format(*python)},
            )


def pins(lock: str) -> list[Pin]:
    """The packages in the text of a lock file."""
    found = []
    for entry in re.sub(r"\\\n", " ", lock).splitlines():
        if not entry.strip() or entry.startswith("#"):
            continue
        requirement, *hashes = entry.split("--hash=sha256:")
        pinned, _, marker = requirement.partition(";")
        name, _, version = pinned.strip().partition("==")
        found.append(
            Pin(
                name,
                version,
                Marker(marker) if marker.strip() else None,
                frozenset(digest.strip() for digest in hashes),
            )
        )
    return found


def missing(lock: str, wheels: str) -> list[str]:
    """One line for each pin without a recorded wheel on one of the targets.

    Args:
        lock: text of a lock file.
        wheels: text of requirements.wheels, each line a SHA-256 and a wheel's file name.
    """
    recorded: dict[tuple[str, str], list[tuple[str, frozenset[tags.Tag]]]] = {}
    for line in wheels.splitlines():
        digest, file_name = line.split()
        name, version, _, wheel_tags = parse_wheel_filename(file_name)
        recorded.setdefault((name, str(version)), []).append((digest, wheel_tags))
    gaps = []
    for target in targets():
        supported = set(target.tags)
        for pin in pins(lock):
            if pin.marker is not None and not pin.marker.evaluate(target.environment):
                continue
            candidates = recorded.get((canonicalize_name(pin.name), pin.version), [])
            if not any(digest in pin.hashes and supported & wheel_tags for digest, wheel_tags in candidates):
                gaps.append(f"{pin.name}=={pin.version} has no wheel for {target.label}")
    return gaps


def wheels_for_targets(packages: list[dict]) -> set[str]:
    """The best wheel of each package on each target, as lines of requirements.wheels.

    Args:
        packages: the `packages` table of a pylock.toml (PEP 751).
    """
    lines: set[str] = set()
    for package in packages:
        files = [(wheel["url"].rsplit("/", 1)[-1], wheel["hashes"]["sha256"]) for wheel in package.get("wheels", ())]
        for target in targets():
            rank = {tag: number for number, tag in enumerate(target.tags)}
            usable = [
                (min(rank[tag] for tag in fitting), f"{digest}  {file_name}")
                for file_name, digest in files
                if (fitting := parse_wheel_filename(file_name)[3] & rank.keys())
            ]
            lines.update(line for _, line in sorted(usable)[:1])
    return lines


def compile_lock(*arguments: str, output: Path) -> None:
    """Resolve for all platforms with uv; existing pins stay unless `--upgrade` is given."""
    options = [
        "--quiet",
        "--universal",
        "--fork-strategy",
        "fewest",
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
    ]
    command = ["uv", "pip", "compile", *arguments, *options, "--output-file", str(output)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def wheels_of(*arguments: str) -> set[str]:
    """The lines of requirements.wheels for one resolution."""
    with TemporaryDirectory() as folder:
        output = Path(folder, "pylock.toml")
        compile_lock(*arguments, "--format", "pylock.toml", output=output)
        return wheels_for_targets(tomllib.loads(output.read_text("utf-8"))["packages"])


def main() -> int:
    """Write the three files and report the gaps; any argument goes to uv (`--upgrade`)."""
    user = ("pyproject.toml", "--group", "build")
    tests = ("--group", "dev", "--constraint", LOCK)
    compile_lock(*user, "--generate-hashes", *sys.argv[1:], output=ROOT / LOCK)
    compile_lock(*tests, "--generate-hashes", *sys.argv[1:], output=ROOT / DEV_LOCK)
    lines = wheels_of(*user, "--constraint", LOCK) | wheels_of(*tests, "--constraint", DEV_LOCK)
    (ROOT / WHEELS).write_text(
        "".join(f"{line}\n" for line in sorted(lines, key=lambda line: line.split()[1])), "utf-8"
    )
    gaps = [gap for name in (LOCK, DEV_LOCK) for gap in missing((ROOT / name).read_text("utf-8"), "\n".join(lines))]
    print("\n".join(gaps) or f"Every pin has wheels for {', '.join(PLATFORMS)} on Python 3.11 to 3.13.")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
