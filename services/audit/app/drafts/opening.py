"""A stored draft opened: all of it is sealed with the child's key, its coded values as JSON, its texts as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.drafts.storing import PREFIX, StoredDraft
from services.audit.app.sealing import ERASED_TEXT
from services.audit.domain.words import SealedText
from shared.privacy.sealing import Sealer


@dataclass(frozen=True, slots=True)
class OpenedDraft:
    """A draft's coded values and texts by the names of their boxes; an erased child's has none."""

    coded: Mapping[str, Any]
    texts: Mapping[str, str]


async def open_draft(sealer: Sealer, child: UUID, audit_id: UUID, stored: StoredDraft) -> OpenedDraft:
    """Open every box of a draft, with one look into the key store."""
    sealed = {PREFIX + box.box: box.sealed for box in stored.boxes.values() if box.sealed is not None}
    opened = await sealing.unseal(sealer, child, audit_id, sealed)
    plain = {name.removeprefix(PREFIX): text for name, text in opened.items() if text != ERASED_TEXT}
    return OpenedDraft(
        coded={name: json.loads(text) for name, text in plain.items() if stored.boxes[name].coded},
        texts={name: text for name, text in plain.items() if not stored.boxes[name].coded},
    )


async def seal_boxes(
    sealer: Sealer, child: UUID, audit_id: UUID, coded: Mapping[str, Any], texts: Mapping[str, str | None]
) -> dict[str, SealedText]:
    """Seal the boxes of a draft that hold something.

    Raises:
        ChildIsErased: the child was erased.

    """
    written = {name: None if value is None else json.dumps(value) for name, value in coded.items()} | dict(texts)
    sealed = await sealing.seal(sealer, child, audit_id, [(PREFIX + name, text) for name, text in written.items()])
    return {name.removeprefix(PREFIX): text for name, text in sealed.items()}
