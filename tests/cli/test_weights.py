"""deepdream weights: the results as a table, as JSON and as exit codes. Lookup itself is tested elsewhere."""

import json
from pathlib import Path

import pytest

from deepdream.errors import DownloadError
from deepdream.network.weights import lookup as store


def test_every_location_is_listed_with_its_status(command, tmp_path):
    result = command("weights")
    assert (result.code, result.err) == (0, "")
    rows = [line.split() for line in result.out.splitlines()]
    assert rows[0] == ["location", "network", "status", "file"]
    assert [row[0] for row in rows[1:]] == ["DEEPDREAM_WEIGHTS", *["cache", "Keras"] * 4, "package"]
    assert [row[1] for row in rows[2:-1:2]] == ["vgg19", "vgg16", "inceptionv3", "resnet50"]
    assert rows[1][2:] == ["absent", "not", "set"]
    assert rows[2][1:3] == ["vgg19", "absent"]
    assert rows[2][3].startswith(str(tmp_path / "cache"))
    assert rows[-1][1:3] == ["pocket", "verified"]


def test_machine_readable(command):
    entries = json.loads(command("weights", "--json").out)["weights"]
    assert [entry["status"] for entry in entries] == ["absent"] * 9 + ["verified"]
    assert len(entries[-1]["digest"]) == 64


def test_verify_reads_what_is_here_or_one_file(command, tmp_path):
    result = command("weights", "verify")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()] == ["location", "package"]
    (tmp_path / "bad.h5").write_text("no weights")
    refused = command("weights", "verify", "bad.h5")
    assert (refused.code, refused.out) == (2, "")
    assert "bad.h5" in refused.err
    assert command("weights", "verify", "gone.h5").err.startswith("There is no weight file gone.h5.")


def test_a_damaged_file_is_explained_below_the_table(command, tmp_path, monkeypatch):
    (tmp_path / "bad.h5").write_text("no weights")
    monkeypatch.setenv("DEEPDREAM_WEIGHTS", str(tmp_path / "bad.h5"))
    result = command("weights")
    assert result.code == 0
    assert "damaged" in result.out.splitlines()[1]
    assert result.out.splitlines()[-1].startswith("DEEPDREAM_WEIGHTS: ")


def test_fetch_reports_the_file_or_the_error(command, monkeypatch):
    def fetch(network, *, progress):
        progress.total = 8_000_000
        progress.update(8_000_000)
        return Path("cache/vgg19.h5")

    monkeypatch.setattr(store, "fetch", fetch)
    assert command("weights", "fetch") == (
        0,
        "",
        "downloading weights: 8 MB of 8 MB\nThe weights of vgg19 are here, verified: cache/vgg19.h5\n",
    )
    assert command("weights", "fetch", "-q") == (0, "", "")

    def fail(network, *, progress):
        raise DownloadError("The weights can't be fetched: no address answered.", "Put the file there by hand.")

    monkeypatch.setattr(store, "fetch", fail)
    assert command("weights", "fetch") == (
        1,
        "",
        "The weights can't be fetched: no address answered. Put the file there by hand.\n",
    )


def test_add_refuses_a_file_that_is_not_published(command, monkeypatch):
    assert command("weights", "add", "gone.h5").code == 2
    monkeypatch.setattr(store, "add", lambda file: Path("cache") / file)
    assert command("weights", "add", "a.h5") == (0, "", "a.h5 is now in the cache, verified: cache/a.h5\n")


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("pocket", "The weights of pocket are part of the package: there is nothing to fetch."),
        ("my.keras", "my.keras is a file of your own: there is nothing to fetch."),
        ("vgg18", "There are no weights of 'vgg18' to fetch. Did you mean vgg19?"),
        ("nope", "There are no weights of 'nope' to fetch. There are those of vgg19, vgg16, inceptionv3, resnet50."),
    ],
)
def test_only_what_can_be_fetched_is(command, network, message):
    assert command("weights", "fetch", network) == (2, "", message + "\n")
