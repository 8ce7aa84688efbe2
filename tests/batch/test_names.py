"""The words for a sweep's values."""

from deepdream.batch.names import LONGEST, caption, stems


def test_captions_are_what_one_would_type():
    assert caption("step_size", 0.01) == "step-size 0.01"
    assert caption("size", (60, 90)) == "size 90x60"
    assert [caption("clip", False), caption("mask", None)] == ["clip false", "mask none"]


def test_files_are_named_by_their_values_in_letters_that_any_system_takes():
    assert stems([{"layers": "block2", "step_size": 0.01}]) == ("layers-block2_step-size-0.01",)
    assert stems([{"mask": "a/b*c.png"}, {"mask": None}]) == ("mask-a-b-c.png", "mask-none")
    assert stems([{}]) == ("",)


def test_names_that_collide_or_are_too_long_end_in_a_digest():
    met = stems([{"layers": "block2:1"}, {"layers": "block2=1"}, {"layers": "pool"}])
    assert len(set(met)) == 3
    assert all(stem.startswith("layers-block2-1-") for stem in met[:2])
    assert met[2] == "layers-pool"
    long = stems([{"layers": "block2," * 40}, {"layers": "block2," * 40 + "pool"}])
    assert len(set(long)) == 2
    assert max(map(len, long)) == LONGEST + 9
