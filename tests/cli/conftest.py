"""The command line called in this process: its exit code and both streams."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import typer
from PIL import Image

from deepdream.cli.main import run
from deepdream.pipeline.session import Session


class Ended(NamedTuple):
    """The result of a command line."""

    code: int
    out: str
    err: str


@pytest.fixture
def forget(gradients) -> Callable[[], None]:
    """Makes the next command compile its gradients, as in a process of its own; so does the first of the test."""
    gradients.clear()
    return gradients.clear


@pytest.fixture
def command(tmp_path, monkeypatch, capsys, built, gradients) -> Callable[..., Ended]:
    """Calls the command line in an empty folder, with only the package's own weights.

    The dreams of a module share their gradients, as those of a session do: to compile them is most of a small dream.
    """
    begin = Session.__init__

    def sharing(session, **how):
        begin(session, **how)
        session._gradients = gradients

    monkeypatch.setattr(Session, "__init__", sharing)
    monkeypatch.setattr(typer.main, "get_command", lambda app: built)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEEPDREAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("DEEPDREAM_RECIPES", str(tmp_path / "recipes"))
    monkeypatch.delenv("DEEPDREAM_WEIGHTS", raising=False)

    def call(*words: str) -> Ended:
        capsys.readouterr()
        code = run([str(word) for word in words])
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def photo(tmp_path):
    """Makes a small, odd, non-square picture file: photo() or photo("other.jpg", seed=2)."""

    def make(name: str = "photo.png", *, size: tuple[int, int] = (53, 37), seed: int = 0):
        width, height = size
        noise = np.random.default_rng(seed).integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(path)
        return path

    return make
