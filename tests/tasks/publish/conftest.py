"""A house of marts beside a ledger, and random nights for both."""

import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

sys.path.append(str(Path(__file__).parent))

from histories import Life, lives, night, publish_at, rules, said

from schemas.household import NOTHING_SAID
from schemas.night import Generation, Plan
from tasks.enrich.recipe import recipe
from tasks.enrich.stage import enrich
from tasks.publish import stage
from warehouse.ledger import embedded, runs
from warehouse.ledger.connection import atomically, connect
from warehouse.ledger.writer import write_batch

_THREE_NIGHTS = "three_nights"
FIRST_NIGHT = datetime(2026, 2, 27, 6, tzinfo=UTC)


class House:
    """Nights of a ledger, published here or, for comparison, elsewhere."""

    def __init__(self, engine: sa.Engine, url: str, folder: Path, chance: Random) -> None:
        self.engine = engine
        self.accounts: list[Life] = lives(chance, 5)
        self.marts = folder / "marts"
        self.rules: str | None = None
        self._folder, self._url, self._chance = folder, url, chance
        self._at = FIRST_NIGHT

    def copied(self, engine: sa.Engine, url: str, folder: Path) -> "House":
        """The same house elsewhere, on a copy of its ledger."""
        other = copy(self)
        other.engine, other._url, other._folder = engine, url, folder
        other.accounts, other._chance = deepcopy(self.accounts), deepcopy(self._chance)
        other.marts = folder / "marts"
        shutil.copytree(self.marts, other.marts, symlinks=True)
        return other

    def wait(self, time: timedelta) -> None:
        """Let time pass; a clock that was wrong goes back."""
        self._at += time

    def plan(self) -> Plan:
        """The plan of a run that is in the book."""
        self._at += timedelta(hours=self._chance.choice((1, 20, 90)))
        number = int(self._at.timestamp())
        plan = Plan(
            run_id=f"{number:08x}-0000-0000-0000-{number:012}",
            started_at=self._at,
            today_on=self._at.date(),
            rules=self.rules,
            code_version="test",
            meant_by=recipe(self.rules, NOTHING_SAID),
            root=self._folder,
            keeps_originals=True,
            default_owner="ana",
            quiet_seconds=0,
            archive=self._folder / "archive",
            staging=self._folder / "staging",
            marts=self.marts,
            docs=self._folder / "docs",
            database_url=self._url,
            batch_files=10,
            batch_bytes=1_000_000,
            keep_generations=3,
            marts_memory="500MB",
        )
        with atomically(self.engine) as connection:
            runs.open_run(
                connection,
                run_id=plan.run_id,
                kind="night",
                started_at=plan.started_at,
                code_version=plan.code_version,
            )
        return plan

    def load(self) -> Plan:
        """Load a night of some statements."""
        plan = self.plan()
        with atomically(self.engine) as connection:
            batch = night(self._chance, self.accounts, plan.run_id, plan.started_at)
            write_batch(connection, batch)
        return plan

    def speak(self) -> None:
        """Somebody says, or the owner writes, what movements mean; the ledger stays as it is."""
        with atomically(self.engine) as connection:
            said(connection, self._chance, self._at)
        self.rules = rules(self._chance)

    def publish(self, plan: Plan, why_whole: str | None = None) -> Generation:
        """Publish as the night does."""
        return publish_at(plan, plan.started_at + timedelta(minutes=1), why_whole)

    def settled(self, plan: Plan) -> tuple[str, ...]:
        """The owners whose movements need not be looked at again."""
        elsewhere = replace(plan, staging=self._folder / "other-staging")
        return stage.export(elsewhere, plan.started_at).settled

    def rebuilt(self, plan: Plan) -> Path:
        """The same ledger as marts that are built whole, elsewhere; nothing is written down."""
        elsewhere = replace(
            plan, marts=self._folder / "elsewhere", staging=self._folder / "other-staging"
        )
        at = plan.started_at + timedelta(minutes=1)
        exported = stage.export(elsewhere, at, "to compare")
        return stage.build(elsewhere, exported, enrich(elsewhere, exported), "whole", at).path


@pytest.fixture(scope="session")
def three_nights(
    postgres: embedded.Server, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A house that has loaded three nights and published them; to copy from."""
    url = embedded.create_database(postgres, _THREE_NIGHTS, template=migrated)
    engine = connect(url)
    made = House(engine, url, tmp_path_factory.mktemp("three_nights"), Random(3))  # noqa: S311
    for _ in range(3):
        plan = made.load()
    made.publish(plan)
    engine.dispose()  # a database that somebody looks at cannot be copied
    yield made
    embedded.drop_database(postgres, _THREE_NIGHTS)


@pytest.fixture
def mine(three_nights: House, postgres: embedded.Server, tmp_path: Path) -> Iterator[House]:
    """A house of this test's own that has published three nights."""
    name = f"mine_{uuid.uuid4().hex[:12]}"
    url = embedded.create_database(postgres, name, template=_THREE_NIGHTS)
    engine = connect(url)
    yield three_nights.copied(engine, url, tmp_path)
    engine.dispose()
    embedded.drop_database(postgres, name)


@pytest.fixture
def house(engine: sa.Engine, ledger_url: str, tmp_path: Path) -> Callable[[int], House]:
    """A house whose nights are drawn by a seed."""
    return lambda seed: House(engine, ledger_url, tmp_path, Random(seed))  # noqa: S311
