"""Uploaded pictures and films: checked by their headers, then shown to the browser.

Pictures(store, engine, limits)     add · lend · one
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import DreamError, SettingError
from deepdream.studio import names
from deepdream.studio.controls import PAINTED
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits, check_size
from deepdream.studio.store import Job, NotFoundError, Store, Upload


class Pictures:
    """Everybody's uploads."""

    def __init__(self, store: Store, engine: Engine, limits: Limits) -> None:
        self._store, self._engine, self._limits = store, engine, limits

    async def add(self, part: Path, owner: str, *, name: str = "", film: bool = False) -> dict[str, Any]:
        """Take in a picture or a film that has arrived.

        Args:
            part: its file, which is moved or deleted.
            owner: who sent it.
            name: its own.
            film: whether it is a film.

        Raises:
            ImageError: not a picture or a film, damaged, or too large.
        """
        try:
            upload = self._store.keep(part, owner, called=names.clean(name), film=film)
        finally:
            part.unlink(missing_ok=True)
        try:
            if not film:
                check_size("picture", images.read_size(upload.path), self._limits.megapixels)
            path = upload.path.relative_to(self._store.root)
            seen = await self._engine.ask(
                "look film" if film else "look", path=str(path), limit=self._limits.megapixels
            )
        except DreamError as error:
            self._store.drop_picture(upload)
            raise type(error)(error.message.replace(str(upload.path), "That file"), error.advice) from None
        upload.path.with_suffix(".jpg").write_bytes(seen.pop("preview"))
        return {"id": upload.id, **seen}

    def lend(self, job: Job, others: Mapping[str, Any]) -> None:
        """Put a dream's further pictures into its folder, and their names into its settings.

        Args:
            job: the dream.
            others: setting, such as mask -> id of an upload.

        Raises:
            SettingError: a setting that takes no picture.
            NotFoundError: there is none with this id.
        """
        if not isinstance(others, Mapping):
            raise SettingError("The further pictures are an object.", f"{', '.join(PAINTED)} take one.")
        for name, id_ in others.items():
            if name not in PAINTED:
                raise SettingError(f"{name!r} takes no picture: {', '.join(PAINTED)} do.")
            upload = self.one(str(id_), job.owner)
            job.given[name] = self._store.lend(upload, job, f"{name}-{upload.name}")

    def one(self, id: str, owner: str) -> Upload:
        """An upload of one's own.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self._store.pictures.get(id)
        if found is None or found.owner != owner:
            raise NotFoundError("There is no such picture.", "Upload it again.")
        return found
