"""How a person sees a night go on: a bar in a terminal, a line now and then anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.commands import talk
from flows.night import Teller


@contextmanager
def teller(*, is_watched: bool) -> Iterator[Teller]:
    """Somebody to tell how far the night is, on stderr."""
    if is_watched:
        with _bar() as tell:
            yield tell
    else:
        yield _Lines()


class _Lines:
    """One line each time more bytes are in the ledger, and one for each stage after that."""

    def __init__(self) -> None:
        self._last: object = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        line = f"{done:,} of {total:,} bytes read" if stage in _BY_BATCH else stage
        if line != self._last:
            talk.say(line)
        self._last = line


_BY_BATCH = {"extract", "validate", "transform", "load"}


@contextmanager
def _bar() -> Iterator[Teller]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("claim", total=None)

        def tell(stage: str, done: int, total: int) -> None:
            if stage in _BY_BATCH:
                progress.update(bar, description=stage, completed=done, total=total)
            else:
                progress.update(bar, description=stage)

        yield tell
