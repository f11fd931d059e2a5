"""A reader of the published marts that comes again and again: they must open at every moment."""

from multiprocessing.connection import Connection
from pathlib import Path

from simulator.process import FORKS

from schemas.errors import BuffetError, MartsUnavailable
from warehouse.marts.digest import digest, tables
from warehouse.marts.reader import connect

_PAUSE_S = 0.25
_COUNTS = """
SELECT m.mart, m.row_count, m.generation FROM _manifest m ORDER BY m.mart
"""


class Watcher:
    """A process that opens the marts over and over, and one that keeps the first ones open."""

    def __init__(self, link: Path) -> None:
        self._mine, theirs = FORKS.Pipe()
        self._process = FORKS.Process(target=watch, args=(link, theirs))
        self._process.start()

    def stop(self) -> tuple[int, list[str]]:
        """How often it looked, and what it saw that must not be."""
        self._mine.send("stop")
        if not self._mine.poll(60):
            self._process.kill()
            return 0, ["the reader of the marts hangs"]
        looks, problems = self._mine.recv()
        self._process.join()
        return looks, problems


def watch(link: Path, boss: Connection) -> None:
    """Look at the marts until told to stop; answer with the number of looks and the problems."""
    looks, problems, held, before = 0, [], None, ""
    while not boss.poll(_PAUSE_S):
        try:
            generation = look(link)
        except MartsUnavailable as error:
            if before:
                problems.append(f"after {before}: {error}")
            continue
        except Exception as error:  # noqa: BLE001 - whatever a reader meets is a problem
            problems.append(f"after {before}: {type(error).__name__}: {error}")
            continue
        if generation < before:
            problems.append(f"generation {generation} came after {before}")
        looks, before = looks + 1, generation
        if held is None:
            con = connect(link)
            held = con, {mart: digest(con, mart) for mart in tables(con)}
    if held is not None:
        con, first = held
        if {mart: digest(con, mart) for mart in tables(con)} != first:
            problems.append("marts that a reader held open have changed")
        con.close()
    boss.send((looks, list(dict.fromkeys(problems))))


def look(link: Path) -> str:
    """Open the marts, count every mart as the manifest counts it; answer with the generation."""
    with connect(link) as con:
        manifest = con.execute(_COUNTS).fetchall()
        counted = [
            (mart, con.execute(f'SELECT count(*) FROM "{mart}"').fetchall()[0][0])
            for mart, _, _ in manifest
        ]
    generations = {generation for _, _, generation in manifest}
    if len(generations) != 1 or counted != [(mart, rows) for mart, rows, _ in manifest]:
        raise BuffetError(link.name, f"is half a night: {manifest}", "")
    return generations.pop()
