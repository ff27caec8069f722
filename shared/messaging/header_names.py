"""Lets aiokafka read records whose header names are not UTF-8: a message's own fault, for us to judge (G6).

aiokafka raises UnicodeDecodeError in the middle of a fetch. The partition would stand still for ever behind such a
record, and what was drained from other partitions in the same call would be stepped over. Kafka itself takes any bytes
as a name, so whoever may write to a topic could stop every reader of it.

Readable records go the usual way at the usual speed. Only the rest of a fetch that holds such a name is read again,
by aiokafka's own Python reader, with the bytes that are no text written as backslash escapes. `install` is called
where every client of ours gets its settings.
"""

import struct
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy  # read by us alone; aiokafka is pinned
from aiokafka.record.legacy_records import LegacyRecordBatch

_OFFSET_AND_LENGTH: Final = struct.Struct(">qi")
_MAGIC_AT: Final = 16
_WITH_HEADERS: Final = 2
_Records: Any = fetcher.PartitionRecords


def install() -> None:
    """Have every consumer of this process read records whatever their header names are; may be called again."""
    fetcher.PartitionRecords = ForgivingRecords
    fetcher.MemoryRecords = _Remembering


class _Remembering:
    """aiokafka's records of one fetch, together with the bytes they are read from."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        records = _MemoryRecords(data)
        self.has_next = records.has_next
        self.next_batch = records.next_batch
        self.size_in_bytes = records.size_in_bytes


_MemoryRecords: Any = fetcher.MemoryRecords


class ForgivingRecords(_Records):  # type: ignore[misc]  # aiokafka ships no types
    """The records of one fetch of a partition; after an unreadable name, read on from that record, forgiving."""

    def __init__(self, tp: Any, records: Any, *others: Any) -> None:
        self._data: bytes = records.data
        super().__init__(tp, records, *others)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except (UnicodeDecodeError, CorruptRecordException) as error:
            # aiokafka's Python reader, used where its compiled one is not to be had, calls such a record corrupt.
            if not isinstance(error, UnicodeDecodeError) and not isinstance(error.__cause__, UnicodeDecodeError):
                raise
            self._records = _ForgivingBatches(self._data, self.next_fetch_offset)
            self._records_iterator = self._unpack_records()
            return super().__next__()


class _ForgivingBatches:
    """The batches of a fetch from the one that holds an offset; those before it have been read."""

    def __init__(self, data: bytes, offset: int) -> None:
        self._left = [batch for batch in _batches(data) if batch.next_offset > offset]

    def has_next(self) -> bool:
        return bool(self._left)

    def next_batch(self) -> Any:
        return self._left.pop(0)


def _batches(data: bytes) -> list[Any]:
    """Cut a fetch into its batches; the broker may have cut the last one short, and that one comes again whole."""
    batches: list[Any] = []
    position = 0
    while position + _OFFSET_AND_LENGTH.size <= len(data):
        _, length = _OFFSET_AND_LENGTH.unpack_from(data, position)
        end = position + _OFFSET_AND_LENGTH.size + length
        if end > len(data):
            break
        magic = data[position + _MAGIC_AT]
        batch = memoryview(data)[position:end]
        batches.append(_ForgivingBatch(batch) if magic >= _WITH_HEADERS else LegacyRecordBatch(batch, magic))
        position = end
    return batches


class _ForgivingBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka ships no types
    """One batch, read by aiokafka's Python reader over bytes that can always be decoded."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _Forgiving(self._buffer)


class _Forgiving(bytearray):
    """Bytes whose slices are decoded with backslash escapes for what is no text: header names are all it decodes."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Forgiving(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
