from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.privacy.master import MasterKey, MasterKeyUnusable, make_master_key, read_master_key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    made = make_master_key(path)
    assert make_master_key(path) == made == read_master_key(path)
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_several_that_start_at_once_end_with_one_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: make_master_key(path).secret, range(8)))
    assert keys == {read_master_key(path).secret}


@pytest.mark.parametrize("text", ["", "Jane Example", base64.b64encode(bytes(16)).decode(), "A" * 44])
def test_a_file_that_holds_no_key_is_said_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(text)
    with pytest.raises(MasterKeyUnusable) as refusal:
        read_master_key(path)
    assert not text or text not in str(refusal.value)


def test_a_missing_file_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyUnusable, match="SIGHTLINE_MASTER_KEY_FILE"):
        read_master_key(tmp_path / "none")


def test_the_secret_does_not_show() -> None:
    key = MasterKey(b"0123456789abcdef0123456789abcdef")
    assert "0123" not in repr(key)
    assert "0123" not in f"{key}"


def test_keys_for_different_purposes_are_unrelated() -> None:
    key, other = MasterKey(bytes(32)), MasterKey(bytes(31) + b"\x01")
    derived = {key.derive("wrap"), key.derive("references"), other.derive("wrap"), key.secret}
    assert len(derived) == 4
    assert key.derive("wrap") == MasterKey(bytes(32)).derive("wrap")
    assert key.digest != other.digest
    assert key.digest not in key.secret
