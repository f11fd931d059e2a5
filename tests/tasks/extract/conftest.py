"""An inbox and an archive of a test's own."""

from pathlib import Path

import pytest

from tasks.extract.inbox import Drop


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    root = tmp_path / "inbox"
    (root / "ana" / "conta").mkdir(parents=True)
    return Drop(root, keeps_originals=False, default_owner="me", quiet_seconds=2)
