"""docs/studio.md lists every route and every option."""

import inspect
import re

from deepdream.cli.studio import studio
from deepdream.studio.app import ROUTES
from tests.studio.conftest import ROOT

TEXT = (ROOT / "docs" / "studio.md").read_text("utf-8")


def test_every_route_of_the_api_is_listed():
    listed = set(re.findall(r"^\| `((?:GET|POST|DELETE) /api/[^`]*)` \|", TEXT, flags=re.MULTILINE))
    assert listed == {f"{method} {path}" for method, path, _ in ROUTES if path.startswith("/api")}


def test_every_option_is_listed():
    options = [name.replace("_", "-") for name in inspect.signature(studio).parameters if name != "traceback"]
    named = {name.removeprefix("no-") for name in re.findall(r"`--([\w-]+)`", TEXT)}
    assert set(options) <= named
