"""Values over time: easing, sums that no rate of frames changes, and what is refused."""

import pytest

from deepdream.errors import RecipeError
from deepdream.film.keyframes import Curves, read

USUAL, BOUNDS = {"zoom": 1.5, "degrees": 0.0}, {"zoom": (0.1, 10.0), "degrees": (-360.0, 360.0)}


def curves(ease):
    return Curves(USUAL, {"degrees": ((1.0, 10.0, "linear"), (3.0, 30.0, ease))})


@pytest.mark.parametrize(("ease", "quarter", "middle"), [("linear", 15, 20), ("smooth", 13.125, 20), ("hold", 10, 10)])
def test_a_value_goes_from_key_to_key_by_its_ease(ease, quarter, middle):
    found = [curves(ease).at("degrees", seconds) for seconds in (0, 1, 1.5, 2, 3, 9)]
    assert found == pytest.approx([10, 10, quarter, middle, 30, 30])


def test_a_value_without_keys_is_the_usual_one():
    assert curves("linear").at("zoom", 7) == 1.5
    assert curves("linear").total("zoom", 4) == 6


def test_the_total_is_the_integral():
    assert curves("linear").total("degrees", 4) == pytest.approx(10 + 40 + 30, rel=1e-4)
    assert curves("smooth").total("degrees", 3) - curves("smooth").total("degrees", 1) == pytest.approx(40, rel=1e-4)


def test_a_file_of_keyframes_is_read_in_order_of_time(tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text(
        '[[keyframe]]\nseconds = 4\nzoom = 2\n\n[[keyframe]]\nseconds = 0\nzoom = 1.2\ndegrees = 5\nease = "linear"\n'
    )
    found = read(path, USUAL, BOUNDS)
    assert found.keys == {"zoom": ((0, 1.2, "linear"), (4, 2, "smooth")), "degrees": ((0, 5, "linear"),)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zoom = 2", "holds no keyframes."),
        ("[[keyframe]]\nzoom = 2", "has no time: seconds is a number from 0 to 1000000."),
        ("[[keyframe]]\nseconds = 1\nzomm = 2", "has 'zomm', which does not change over time. Did you mean zoom?"),
        ("[[keyframe]]\nseconds = 1\nzoom = 20", "zoom is 20; it must be 0.1 to 10."),
        ("[[keyframe]]\nseconds = 1\nzoom = 'x'", "zoom is 'x'; it must be 0.1 to 10."),
        ("[[keyframe]]\nseconds = nan\nzoom = 2", "has no time: seconds is a number from 0 to 1000000."),
        ("[[keyframe]]\nseconds = inf\nzoom = 2", "has no time: seconds is a number from 0 to 1000000."),
        ("[[keyframe]]\nseconds = 1\nease = []", "has the ease []; it must be one of linear, smooth, hold."),
        ("[[keyframe]]\nseconds = 1\nease = 'bump'", "has the ease 'bump'; it must be one of linear, smooth, hold."),
    ],
)
def test_what_is_no_keyframe_is_refused(tmp_path, text, message):
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        read(path, USUAL, BOUNDS)
    assert message in str(caught.value)
    assert "keys.toml" in str(caught.value)
