"""The studio's folder: what goes first when it is full."""

from pathlib import Path

from deepdream.studio.store import Store


def test_a_folder_named_from_here_is_found_from_elsewhere_too(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    part = (store := Store(Path("mine"), 10**9)).part()
    monkeypatch.chdir(tmp_path / "elsewhere")  # as the engine does
    part.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert store.keep(part, "me").path.parent == tmp_path / "mine" / "pictures"


def test_pictures_that_are_about_to_be_used_make_no_room(tmp_path):
    store = Store(tmp_path, 10**9)
    uploads = []
    for number in range(4):
        part = store.part()
        part.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]) * 1000)
        uploads.append(store.keep(part, "me"))
    store.bound = store.bytes() - 1
    store.room(keep=[uploads[0].id])
    assert [upload.id in store.pictures for upload in uploads] == [True, False, True, True]
    assert uploads[0].path.exists()
    assert not uploads[1].path.exists()
