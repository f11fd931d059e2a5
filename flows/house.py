"""The composition root: settings become places, a ledger, a plan; one run at a time lives here."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from flows.household import read_household
from flows.night import Doors, Teller, night, rebuild
from flows.preload import preload
from flows.rates import read_own_rates
from flows.registry import read_expectations, read_registry
from flows.rules import read_own_rules
from schemas.errors import BuffetError, SettingsError, WrongUsage
from schemas.night import NightReceipt, Plan
from schemas.settings import Settings
from tasks.enrich.recipe import recipe
from tasks.extract import waiting
from tasks.report.stage import Report
from tasks.transform.accounts import misplaced, shown
from warehouse.ledger import accounts, embedded, migrate, runs
from warehouse.ledger import rebuild as rebuilding
from warehouse.ledger.connection import atomically, connect, only_run

DATABASE = "buffet"


def now() -> datetime:
    """The only clock of the product."""
    return datetime.now(UTC)


def today(settings: Settings, at: datetime) -> date:
    """The civil day of an instant where the owners live."""
    return at.astimezone(ZoneInfo(settings.timezone)).date()


def ledger_url(settings: Settings) -> str:
    """The ledger's URL: the server that is configured, or the embedded one, started if need be.

    Raises:
        LedgerUnavailable: there is no server and none can be started.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = embedded.start(settings.home, settings.pg_bindir)
    return embedded.create_database(server, DATABASE)


def open_ledger(settings: Settings) -> sa.Engine:
    """An engine on a ledger whose schema fits; an empty database gets its tables.

    Raises:
        LedgerUnavailable: no server.
        LedgerOutdated: the schema is of another time.
    """
    engine = connect(ledger_url(settings))
    try:
        with atomically(engine) as connection:
            is_empty = migrate.current(connection) is None
        if is_empty:
            migrate.migrate(engine)
        migrate.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def plan_of(
    settings: Settings,
    *,
    root: Path | None = None,
    is_dry_run: bool = False,
    replay: tuple[str, ...] = (),
) -> Plan:
    """The plan of a run that starts now; without a root it empties the inbox."""
    if root is not None and not root.exists():
        raise WrongUsage(str(root), "there is no such file or folder", "name one that exists")
    started_at = now()
    run_id = str(uuid.uuid4())
    settings.inbox.mkdir(parents=True, exist_ok=True)
    place = settings.inbox if root is None else root.absolute()
    household, rules = read_household(settings.household), read_own_rules(settings.rules)
    return Plan(
        run_id=run_id,
        started_at=started_at,
        today_on=today(settings, started_at),
        code_version=version("better-call-buffet"),
        meant_by=recipe(rules, household),
        root=place,
        keeps_originals=place.resolve() != settings.inbox.resolve(),
        default_owner=settings.default_owner,
        quiet_seconds=settings.quiet_seconds,
        archive=settings.archive,
        staging=settings.staging / run_id,
        marts=settings.marts,
        docs=settings.docs,
        database_url=ledger_url(settings),
        batch_files=settings.batch_files,
        batch_bytes=settings.batch_bytes,
        keep_generations=settings.keep_generations,
        marts_memory=settings.marts_memory,
        use_proposals=settings.use_proposals,
        accounts=read_registry(settings.accounts),
        household=household,
        rules=rules,
        rates=read_own_rates(settings.rates),
        share_marts=settings.share_marts,
        base_currency=settings.base_currency,
        rate_days=settings.rate_days,
        expected=read_expectations(settings.accounts),
        replay=replay,
        is_dry_run=is_dry_run,
    )


@contextmanager
def one_run(settings: Settings, plan: Plan, kind: str) -> Iterator[sa.Engine]:
    """Hold the ledger's lock and keep the run book: opened, and closed as failed on any error.

    Working files of runs that were killed are removed: no other run can be at work. All code and
    data of ours that the run works by is loaded first.

    Raises:
        LedgerBusy: another run is at work, or took over while this one had lost its lock.
    """
    preload(audits=not plan.is_dry_run)
    engine = open_ledger(settings)
    try:
        with only_run(engine):
            shutil.rmtree(settings.staging, ignore_errors=True)
            plan.staging.mkdir(parents=True)
            with _in_the_book(engine, plan, kind), _taken_over_if_gone(plan):
                yield engine
    finally:
        shutil.rmtree(plan.staging, ignore_errors=True)
        engine.dispose()


@contextmanager
def _taken_over_if_gone(plan: Plan) -> Iterator[None]:
    """Only another run removes our working files; then that is what went wrong."""
    try:
        yield
    except OSError as error:
        if plan.staging.exists():
            raise
        raise runs.taken_over() from error


@contextmanager
def _in_the_book(engine: sa.Engine, plan: Plan, kind: str) -> Iterator[None]:
    """Write the run into the book; an error closes it as failed."""
    with atomically(engine) as connection:
        runs.open_run(
            connection,
            run_id=plan.run_id,
            kind=kind,
            started_at=plan.started_at,
            code_version=plan.code_version,
        )
    try:
        yield
    except BaseException as error:
        problem = error.problem if isinstance(error, BuffetError) else type(error).__name__
        _close(engine, plan, "failed", problem)
        raise


def run_night(
    settings: Settings,
    plan: Plan,
    doors: Doors,
    *,
    tell: Teller,
    clock: Callable[[], datetime] = now,
) -> tuple[NightReceipt, Report | None]:
    """The night with everything around it: lock, run book, working folder."""
    from flows.rereading import outdated_count

    with one_run(settings, plan, "replay" if plan.replay else "night") as engine:
        insist_on_accounts(engine, plan)
        plan = _in_order(engine, plan)
        receipt, report = night(plan, doors, clock=clock, tell=tell)
        with atomically(engine) as connection:
            receipt = replace(receipt, outdated_count=outdated_count(connection))
        if plan.is_dry_run:
            with atomically(engine) as connection:
                runs.forget_run(connection, plan.run_id)
        else:
            _close(engine, plan, receipt.status)
    return receipt, report


def _in_order(engine: sa.Engine, plan: Plan) -> Plan:
    """The plan of a run that the ledger knows after all others, whatever the clock says."""
    with atomically(engine) as connection:
        return replace(
            plan, not_before=runs.latest_instant(connection, plan.run_id, plan.started_at)
        )


def insist_on_accounts(engine: sa.Engine, plan: Plan) -> None:
    """Refuse to load beside accounts that would be others by accounts.toml.

    Raises:
        SettingsError: the ledger has some; half of their movements would come a second time.
    """
    with atomically(engine) as connection:
        wrong = misplaced(accounts.named(connection), plan.accounts)
    if wrong:
        raise SettingsError(
            "accounts.toml",
            f"{len(wrong)} accounts of the ledger are others by it, the first is {shown(wrong[0])}",
            "buffet rebuild reads all files again, under the names that hold now",
        )


def run_rebuild(
    settings: Settings,
    plan: Plan,
    doors: Doors,
    *,
    tell: Teller,
    clock: Callable[[], datetime] = now,
) -> tuple[NightReceipt, Report | None]:
    """Empty the ledger and read every file of the archive again, in the order of the first time.

    All files are queued before the ledger gives them up: if this is killed, the next night goes on.

    Raises:
        WrongUsage: the archive lacks a file of the ledger; nothing was changed.
    """
    with one_run(settings, plan, "rebuild") as engine:
        with atomically(engine) as connection:
            known = rebuilding.waves(connection)
        lost = waiting.requeue(plan.archive, (one for wave in known for one in wave.sha256s))
        if lost:
            raise WrongUsage(
                "archive",
                f"it lacks {len(lost)} files of the ledger, the first is {lost[0][:12]}",
                "restore the archive from a backup, then rebuild",
            )
        with atomically(engine) as connection:
            rebuilding.clear(connection)
        waves = [replace(plan, started_at=one.known_from, replay=one.sha256s) for one in known]
        receipt, report = rebuild(plan, waves, doors, clock=clock, tell=tell)
        _close(engine, plan, receipt.status)
    return receipt, report


def _close(engine: sa.Engine, plan: Plan, status: str, problem: str | None = None) -> None:
    with atomically(engine) as connection:
        runs.close_run(
            connection, run_id=plan.run_id, status=status, finished_at=now(), problem=problem
        )
