"""Uploaded pictures: checked by their headers, then shown to the browser.

Pictures(store, engine, limits)     add · one
"""

from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import DreamError, ImageError
from deepdream.settings import format_size
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits
from deepdream.studio.store import NotFoundError, Store, Upload


class Pictures:
    """Everybody's uploads."""

    def __init__(self, store: Store, engine: Engine, limits: Limits) -> None:
        self._store, self._engine, self._limits = store, engine, limits

    async def add(self, part: Path, owner: str) -> dict[str, Any]:
        """Take in a picture that has arrived.

        Args:
            part: its file, which is moved or deleted.
            owner: who sent it.

        Raises:
            ImageError: not a picture, damaged, or too large.
        """
        try:
            upload = self._store.keep(part, owner)
        finally:
            part.unlink(missing_ok=True)
        try:
            self._check_size(upload)
            path = upload.path.relative_to(self._store.root)
            seen = await self._engine.ask("look", path=str(path), limit=self._limits.megapixels)
        except DreamError as error:
            self._store.drop_picture(upload)
            raise type(error)(error.message.replace(str(upload.path), "That file"), error.advice) from None
        upload.path.with_suffix(".jpg").write_bytes(seen.pop("preview"))
        return {"id": upload.id, **seen}

    def one(self, id: str, owner: str) -> Upload:
        """An upload of one's own.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self._store.pictures.get(id)
        if found is None or found.owner != owner:
            raise NotFoundError("There is no such picture.", "Upload it again.")
        return found

    def _check_size(self, upload: Upload) -> None:
        height, width = images.read_size(upload.path)
        if height * width > self._limits.megapixels * 1e6:
            megapixels = f"{height * width / 1e6:.0f} megapixels"
            raise ImageError(
                f"The picture has {format_size((height, width))}, {megapixels}; this studio takes "
                f"{self._limits.megapixels:g} (--limit-megapixels).",
                "Make it smaller.",
            )
