"""Pictures for the tests of several workers."""

from pathlib import Path

import pytest

from tests.batch.support import make_pictures


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Five pictures in a tree and a broken one, in a folder of their own that is the current one."""
    make_pictures(tmp_path, monkeypatch)
    return Path("in")
