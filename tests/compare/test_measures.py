"""Every measure is one row of MEASURES, and docs/looking-inside.md describes each."""

from pathlib import Path

import pytest

from deepdream.compare.measures import MEASURES

TABLE = (Path(__file__).parents[2] / "docs" / "looking-inside.md").read_text("utf-8")


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_the_document_describes_it(measure):
    heading = f"{measure.title}, {measure.unit}" if measure.unit else measure.title
    assert f"\n| {heading} |" in TABLE
