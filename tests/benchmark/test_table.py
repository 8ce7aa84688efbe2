"""The table on the terminal, and the plot."""

from PIL import Image

from deepdream.benchmark import plot, table
from tests.benchmark.made import MACHINE, row

ROWS = (row(), row(path="winograd", difference=3.4e-4, of_sgemm=1.8))


def test_the_columns_of_the_table():
    assert table.lines(ROWS) == [
        ("path", "size", "deepest", "s/step", "min", "max", "processor", "Mpx/s", "GFLOP/s", "of SGEMM", "peak MB",
         "compile s", "difference"),
        ("direct", "20x10", "block1_conv2", "0.500", "0.250", "12.35", "0.125", "0.4", "62", "62%", "812", "2.0", "0"),
        ("winograd", "20x10", "block1_conv2", "0.500", "0.250", "12.35", "0.125", "0.4", "62", "180%", "812", "2.0",
         "3e-04"),
    ]  # fmt: skip


def test_the_machine_is_described_in_one_line():
    assert table.where(MACHINE) == (
        "a processor, a CPU; matrix products reach 100 GFLOP/s, copies 20.0 GB/s; TensorFlow 2.21.0, Python 3.12.1"
    )


def test_the_plot_has_a_curve_for_each_worker(tmp_path):
    rows = [row(path=path, pixels=10**n, peak_memory=10**n) for path in ("direct", "winograd") for n in (7, 5, 6)]
    plot.draw(rows, tmp_path / "p.svg")
    plot.draw(rows, tmp_path / "p.png")
    drawn = (tmp_path / "p.svg").read_text()
    assert drawn.count("<!-- pocket, direct, block1_conv2 -->") == 1
    assert "<!-- peak memory of the process, GB -->" in drawn
    assert Image.open(tmp_path / "p.png").size == (1080, 504)
