"""Play a seed: random nights with faults over a random world, then compare with a calm one."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simulator import faults, oracle
from simulator.faults import FATES, WELL
from simulator.process import Ended, Run
from simulator.proxy import LossyProxy
from simulator.stage import REFERENCE, Stage
from simulator.watcher import Watcher
from simulator.world import File, World, some, world

from tasks.sample.world import Chance

_STRIKES = (
    "kill",
    "kill",
    "kill",
    "terminate",
    "interrupt",
    "stop server",
    "restart server",
    "kill server",
    "cut connections",
    "cut lock",
)
_NIGHTS = (
    *_STRIKES,
    "full disk",
    "full disk",
    "lost answer",
    "lost answer",
    "two at once",
    "two at once",
    "calm",
)


@dataclass
class Story:
    """What happened in a seed, for a person who must find out why it ended badly."""

    seed: int
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = f"seed {self.seed}: " + ("as it should be" if not self.problems else "NOT RIGHT")
        told = [f"  {line}" for line in self.lines]
        found = [f"  ! {problem}" for problem in self.problems]
        again = [f"  again: make simulate SEED={self.seed}"] if self.problems else []
        return "\n".join([head, *told, *found, *again])


def play(seed: int, stage: Stage) -> Story:
    """Play one seed and judge how it ended."""
    story, all_files = Story(seed), world(seed)
    stage.clear()
    began = time.monotonic()
    drop(stage.undisturbed / "inbox", all_files.files)
    calm = stage.undisturbed_run().wait()
    usual_s = time.monotonic() - began
    _judge(story, "undisturbed", calm, WELL)
    watcher = Watcher(stage.home / "marts" / "buffet.duckdb")
    try:
        for files in _portions(Chance(seed, "portions"), all_files):
            chance = Chance(seed, "night", len(story.lines))
            late = chance.between(0, len(files)) if chance.between(0, 2) == 0 else 0
            drop(stage.home / "inbox", files[late:])
            with _late(stage, files[:late]):
                _night(story, chance, stage, usual_s, len(files))
        story.lines.append("one plain run")
        last = stage.buffet().wait()
        _judge(story, "the plain run", last, WELL)
    finally:
        looks, seen = watcher.stop()
    story.problems += seen
    story.lines.append(f"{len(all_files.files)} files; the marts were opened {looks} times")
    if not story.problems:
        story.problems += _verdict(stage, last, all_files)
    return story


def drop(inbox: Path, files: Sequence[File]) -> None:
    """Put files into an inbox as a careful person does: each is whole when it appears."""
    for file in files:
        target = inbox / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(file.data)
        os.replace(part, target)


@contextmanager
def _late(stage: Stage, files: Sequence[File]) -> Iterator[None]:
    """Files that come while the night is at work; it takes them or leaves them for the next."""

    def come() -> None:
        for file in files:
            time.sleep(0.05)
            drop(stage.home / "inbox", [file])

    dropping = threading.Thread(target=come)
    dropping.start()
    try:
        yield
    finally:
        dropping.join()


def _portions(chance: Chance, everything: World) -> Iterator[list[File]]:
    """The files in random order, in as many portions as there are nights."""
    files = some(chance, list(everything.files), len(everything.files))
    while files:
        count = len(files) if len(files) < 3 else chance.between(2, len(files))
        yield files[:count]
        del files[:count]


def _night(story: Story, chance: Chance, stage: Stage, usual_s: float, count: int) -> None:
    """One night with one fault."""
    name = chance.pick(_NIGHTS)
    place = f"night of {count} files, {name}"
    options = {"extra": {"BUFFET_BATCH_FILES": str(chance.pick((1, 2, 3, 5, 500)))}}
    if name == "full disk":
        most = chance.pick(faults.DISKS)
        stage.url()  # the server starts outside of the limit
        _end(story, f"{place} at {most:,} bytes", name, stage.buffet(most_bytes=most, **options))
    elif name == "lost answer":
        _lose_answer(story, chance, stage, place, options["extra"])
    elif name == "two at once":
        runs = [stage.buffet(**options), stage.buffet(**options)]
        for run in runs:
            _end(story, place, name, run)
    elif name == "calm":
        _end(story, place, name, stage.buffet(**options))
    else:
        when = faults.instant(chance)
        with faults.awaited(when, stage, usual_s) as wait:
            run = stage.buffet(**options)
            is_there = wait(run)
            if is_there:
                faults.strike(name, stage, run)
        second = stage.buffet() if name == "cut lock" and is_there else None
        _end(story, f"{place} {when}" + ("" if is_there else ", too late"), name, run)
        if second is not None:
            _end(story, "  and at once another run", name, second)


def _lose_answer(
    story: Story, chance: Chance, stage: Stage, place: str, extra: dict[str, str]
) -> None:
    folder = stage.home / "proxy" / str(len(story.lines))
    folder.mkdir()
    url, mark = stage.url(), chance.pick(faults.MARKS)
    proxy = LossyProxy(folder, stage.server().socket, mark)
    through = url.partition("?")[0] + f"?host={folder}&port=5432"
    run = stage.buffet(extra={**extra, "BUFFET_DATABASE_URL": through})
    _end(story, f"{place} to {mark.decode()}", "lost answer", run)
    proxy.close()
    if not proxy.has_lost:
        story.lines[-1] += ", too late"


def _end(story: Story, place: str, name: str, run: Run) -> None:
    """Wait for the end of a run, and note how it ended."""
    try:
        ended = run.wait()
    except TimeoutError as error:
        story.problems.append(f"{place}: {error}")
        return
    story.lines.append(f"{place}: exit status {ended.status}")
    _judge(story, place, ended, FATES[name])


def _judge(story: Story, place: str, ended: Ended, fates: set[int]) -> None:
    if ended.status not in fates or "Traceback" in ended.err:
        said = ended.err.strip().splitlines()[-6:]
        story.problems.append(f"{place}: exit status {ended.status}: {' | '.join(said)}")


def _verdict(stage: Stage, last: Ended, everything: World) -> Iterator[str]:
    """All that must hold at the end."""
    yield from oracle.ledgers_differ(stage.url(REFERENCE), stage.url())
    yield from oracle.marts_differ(stage.undisturbed, stage.home)
    yield from oracle.broken_laws(stage.url(), stage.home)
    yield from oracle.leftovers(stage.home)
    yield from oracle.unbalanced(last.out)
    said = [path for path in stage.said.iterdir() if path.is_file()]
    for path in [*said, stage.home / "postgres" / "server.log"]:
        text = path.read_text("utf-8", "replace")
        for number in everything.secrets:
            if number in text:
                yield f"{path.name} shows the account number {number}"
