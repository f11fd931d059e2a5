"""The copy for others: made with the marts, shown by a link, gone with its generation."""

import stat
from collections.abc import Callable
from pathlib import Path

import duckdb

from schemas.night import NightReceipt
from schemas.settings import Settings
from tasks.report.render import in_words
from tasks.sample.march import march_2025
from warehouse.marts import publisher, sharing


def shown(settings: Settings) -> tuple[str, int]:
    """The generation of the copy that is shown, and its mode."""
    link = settings.marts / sharing.LINK
    with duckdb.connect(link, read_only=True) as con:
        ((generation, texts),) = con.execute(
            "SELECT any_value(generation), (SELECT count(description) FROM fct_transactions)"
            " FROM _shared"
        ).fetchall()
    assert texts == 0
    return generation, stat.S_IMODE(link.stat().st_mode)


def test_a_copy_goes_with_its_generation(
    run: Callable[..., NightReceipt], settings: Settings, tmp_path: Path
) -> None:
    march_2025(tmp_path / "march")
    wanted = {"share_marts": True, "keep_generations": 1}
    copies, link = settings.marts / sharing.COPIES, settings.marts / sharing.LINK
    run(tmp_path / "march", **wanted)
    second = run(tmp_path / "march", **wanted).generation
    assert second is not None
    assert (second.shared, second.unshared) == (str(link), None)
    assert shown(settings) == (second.generation, sharing.SHARED_MODE)
    assert [path.stem for path in copies.iterdir()] == [second.generation]
    full = (settings.marts / publisher.LINK).stat().st_mode
    assert stat.S_IMODE(full) == 0o400

    # What is in the way of the copy holds up no publication, and is told.
    (copies / f"{second.generation}.duckdb").unlink()
    copies.rmdir()
    copies.write_text("in the way")
    blocked = run(tmp_path / "march", **wanted)
    third = blocked.generation
    assert third is not None
    assert blocked.status == "published"
    assert publisher.current(settings.marts) == third.generation
    assert third.shared is None
    assert third.unshared
    assert f"no copy for others was made: {third.unshared}" in in_words(blocked)
    assert not link.is_symlink(), "it would lead nowhere"

    copies.unlink()
    again = run(tmp_path / "march", **wanted).generation
    assert again is not None
    assert again.shared == str(link)
    off = run(tmp_path / "march").generation
    assert off is not None
    assert (off.shared, off.unshared) == (None, None)
    assert not link.is_symlink()
    assert list(copies.iterdir()) == []


def test_after_a_rollback_the_copy_is_of_the_generation_that_is_shown(tmp_path: Path) -> None:
    copies, link = tmp_path / sharing.COPIES, tmp_path / sharing.LINK
    copies.mkdir()
    for name in ("g1", "g3"):
        (copies / f"{name}.duckdb").touch()
    for name in ("g3", "g1"):
        sharing.show(tmp_path, name)
        assert link.readlink() == Path(sharing.COPIES) / f"{name}.duckdb"
    sharing.show(tmp_path, "g2")
    assert not link.is_symlink()
    link.write_text("made by hand")
    sharing.show(tmp_path, "g2")
    assert link.read_text() == "made by hand"
