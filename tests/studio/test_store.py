"""The studio's folder: what goes first when it is full."""

from deepdream.studio.store import Store


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
