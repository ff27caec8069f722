"""Which partition a key belongs to: the same murmur2 that Kafka's own clients use."""

from __future__ import annotations

from struct import unpack_from

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_SEED = 0x9747B28C


def key_hash(key: bytes) -> int:
    """Return murmur2 of a key without its sign bit; modulo the number of partitions it is the key's partition.

    The rule is the Java client's `Utils.toPositive(Utils.murmur2(key))`. It is computed once, at append, so that the
    relay can tell partitions apart in SQL.
    """
    size = len(key)
    words = size >> 2
    digest = _SEED ^ size
    for word in unpack_from(f"<{words}I", key):
        mixed = word * _M & _MASK
        mixed = (mixed ^ mixed >> 24) * _M & _MASK
        digest = digest * _M & _MASK ^ mixed
    rest = key[words << 2 :]
    if rest:
        digest = (digest ^ int.from_bytes(rest, "little")) * _M & _MASK
    digest = (digest ^ digest >> 13) * _M & _MASK
    return (digest ^ digest >> 15) & 0x7FFFFFFF
