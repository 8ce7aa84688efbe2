"""What a fresh machine gets: the locks, the wheel's contents, the Makefile's refusals, the sample picture."""

import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image, ImageCms

from deepdream import SAMPLE, errors
from deepdream.batch import cluster
from deepdream.cli import compare, studio
from deepdream.images.decoders import heif
from tools import lock

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WHEELS = (ROOT / lock.WHEELS).read_text("utf-8")
LOCKS = {name: (ROOT / name).read_text("utf-8") for name in (lock.LOCK, lock.DEV_LOCK)}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_hashed(name):
    found = lock.pins(LOCKS[name])

    assert len(found) > 5
    for pin in found:
        assert re.fullmatch(r"[\w.!+]+", pin.version), pin
        assert pin.hashes, pin
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in pin.hashes), pin


@pytest.mark.parametrize("name", [*LOCKS, lock.WHEELS])
def test_no_lock_names_a_package_index(name):
    assert not re.search(r"://|\bindex\b|@|find-links|\.org|\.com", (ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_wheel_for_each_platform_and_python(name):
    assert lock.missing(LOCKS[name], WHEELS) == []


def test_a_missing_wheel_is_reported():
    """Shows that the test above can fail."""
    without = "".join(
        line for line in WHEELS.splitlines(keepends=True) if "tensorflow-" not in line or "win_" not in line
    )

    version = next(pin.version for pin in lock.pins(LOCKS[lock.LOCK]) if pin.name == "tensorflow")
    assert lock.missing(LOCKS[lock.LOCK], without) == [
        f"tensorflow=={version} has no wheel for Windows x86-64, Python {python}" for python in ("3.11", "3.12", "3.13")
    ]


def test_a_wheel_whose_digest_is_not_in_the_lock_is_reported():
    text = "six==1.17.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"

    assert len(lock.missing(text, "1" * 64 + "  six-1.17.0-py2.py3-none-any.whl\n")) == 9
    assert lock.missing(text, "0" * 64 + "  six-1.17.0-py2.py3-none-any.whl\n") == []


def test_a_pin_for_one_system_needs_wheels_for_that_system_only():
    text = "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64 + "\n"

    assert lock.missing(text, "") == [
        f"colorama==0.4.6 has no wheel for Windows x86-64, Python {python}" for python in ("3.11", "3.12", "3.13")
    ]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (lock.LOCK, PROJECT["project"]["dependencies"]),
        (lock.LOCK, PROJECT["build-system"]["requires"]),
        (lock.DEV_LOCK, PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_the_lock_satisfies_the_projects_requirements(name, wanted):
    pinned = {canonicalize_name(pin.name): pin.version for pin in lock.pins(LOCKS[name])}

    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_the_two_locks_agree():
    versions = [{pin.name: pin.version for pin in lock.pins(text)} for text in LOCKS.values()]

    assert all(versions[0][name] == versions[1][name] for name in versions[0].keys() & versions[1].keys())


def test_the_build_tools_of_both_tables_are_the_same():
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ("report", set(compare.PACKAGES.values())),
        ("heic", {heif.HEIC}),
        ("many", {cluster.PACKAGE}),
        ("studio", set(studio.PACKAGES)),
    ],
)
def test_an_extra_installs_the_same_packages_as_the_advice(extra, named):
    wanted = [Requirement(requirement).name for requirement in PROJECT["project"]["optional-dependencies"][extra]]

    assert set(wanted) == named


def test_the_distribution_is_ours_and_the_command_keeps_its_name():
    assert PROJECT["project"]["name"] == "deepdream-tf"  # `deepdream` on the index is another project's
    assert PROJECT["project"]["scripts"] == {"deepdream": "deepdream.__main__:main"}


@pytest.mark.parametrize(
    ("python", "typed"),
    [("/a b/python", "Type: '/a b/python' -m pip install x y"), ("/b/python3", "Type: /b/python3 -m pip install x y")],
)
def test_the_advice_names_the_running_python(monkeypatch, python, typed):
    monkeypatch.setattr(sys, "executable", python)

    assert errors.install("x", "y") == typed


def test_the_wheel_holds_the_data_and_not_the_tests(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert {
        "deepdream/__main__.py",
        "deepdream/compare/page.html",
        "deepdream/pages/base.html",
        "deepdream/pages/slider.html",
        "deepdream/sample.jpg",
        "deepdream/network/weights/manifest.toml",
        "deepdream/network/weights/pocket.safetensors",
    } <= names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"deepdream"}
    assert {name.rsplit("/", 1)[1] for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}
    assert "deepdream = deepdream.__main__:main" in entry_points


def test_make_refuses_an_unsupported_python(tmp_path):
    unsupported = tmp_path / "python3.9"
    unsupported.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    unsupported.chmod(0o755)
    command = ["make", "dream", f"PYTHON={unsupported}", f"VENV={tmp_path / 'venv'}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        "deepdream needs Python 3.11, 3.12 or 3.13 with its venv module: choose one with 'make dream PYTHON=...'."
    )
    assert not (tmp_path / "venv").exists()


def test_the_sample_is_a_small_srgb_picture():
    with Image.open(SAMPLE) as sample:
        assert (sample.format, sample.mode, sample.size) == ("JPEG", "RGB", (900, 600))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(sample.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert SAMPLE.stat().st_size < 400_000


@pytest.mark.slow
def test_the_script_paints_the_sample():
    """Painted with one sample per pixel instead of four, so compared by the mean over blocks of 10 pixels."""
    from tools.sample import make

    def blocks(picture: Image.Image) -> np.ndarray:
        return np.asarray(picture, np.float64).reshape(60, 10, 90, 10, 3).mean(axis=(1, 3))

    with Image.open(SAMPLE) as sample:
        difference = np.abs(blocks(make.paint(supersampling=1)) - blocks(sample))
    assert difference.mean() < 1.5
