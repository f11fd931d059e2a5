import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from schemas.errors import LedgerUnavailable
from warehouse.ledger import embedded, server_user
from warehouse.ledger.folder_lock import is_locked

START = "import sys, pathlib; from warehouse.ledger import embedded; "
START += "print(embedded.start(pathlib.Path(sys.argv[1]), durable=False).pid)"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def connect(server: embedded.Server, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=str(server.socket), port=5432, user="postgres", dbname=database, autocommit=True
    )


def remember(server: embedded.Server, amount: str) -> None:
    with connect(server) as connection:
        connection.execute("create table if not exists entry (amount numeric(19,4))")
        connection.execute("insert into entry values (%s)", [amount])


def remembered(server: embedded.Server) -> list[str]:
    with connect(server) as connection:
        rows = connection.execute("select amount::text from entry order by 1").fetchall()
    return [amount for (amount,) in rows]


def kill(pid: int) -> None:
    """Kill a process and wait until it is dead: gone, or a zombie that nobody has buried yet."""
    os.kill(pid, signal.SIGKILL)
    stat = Path(f"/proc/{pid}/stat")
    while stat.exists() and ") Z " not in stat.read_text():
        time.sleep(0.001)


def programs_of_debian() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no Debian server on this machine")
    return found[-1].parent


def nobody_runs(code: str, *words: str) -> str:
    """Run Python code as an ordinary user, with an interpreter that this user can run."""
    entry = pwd.getpwnam("nobody")
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    path = f"{Path(embedded.__file__).parents[2]}:{Path(psycopg.__file__).parents[1]}"
    for python in (sys.executable, f"/usr/bin/{name}"):
        try:
            done = subprocess.run(
                [python, "-c", code, *words],
                env={"PYTHONPATH": path, "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
                user=entry.pw_uid,
                group=entry.pw_gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                text=True,
                check=True,
            )
        except (PermissionError, FileNotFoundError):
            continue
        return done.stdout
    pytest.skip("no Python that an ordinary user may run")


def test_a_server_is_made_once_and_keeps_its_rows(home, postgres_programs):
    assert embedded.status(home) is None
    assert embedded.stop(home) is False
    server = embedded.start(home, postgres_programs, durable=False)
    remember(server, "12.3400")
    assert embedded.start(home, postgres_programs) == server == embedded.status(home)
    assert is_locked(home / "postgres" / "data")

    assert embedded.stop(home) is True
    assert not is_locked(home / "postgres" / "data")
    assert embedded.status(home) is None
    assert embedded.stop(home) is False

    assert remembered(embedded.start(home, postgres_programs, durable=False)) == ["12.3400"]


def test_sqlalchemy_reaches_it_whatever_the_environment_says(empty_database, monkeypatch):
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    engine = sa.create_engine(empty_database)
    with engine.connect() as connection:
        told = connection.execute(
            sa.text(
                "select current_setting('timezone'), current_setting('listen_addresses'), "
                "current_setting('server_encoding'), current_setting('data_checksums')"
            )
        ).one()
    engine.dispose()
    assert tuple(told) == ("UTC", "", "UTF8", "on")


def test_several_commands_start_one_server(home):
    starters = [
        subprocess.Popen([sys.executable, "-c", START, home], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    pids = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0, 0]
    running = embedded.status(home)
    assert running is not None
    assert pids == {str(running.pid)}


@pytest.mark.parametrize("durable", [True, False])
def test_committed_rows_survive_a_killed_server(home, postgres_programs, durable):
    server = embedded.start(home, postgres_programs, durable=durable)
    with connect(server) as connection:
        names = "'fsync', 'full_page_writes', 'synchronous_commit'"
        told = connection.execute(
            f"select setting from pg_settings where name in ({names}) order by name"
        )
        switch = "on" if durable else "off"
        assert told.fetchall() == [(switch,), (switch,), ("on",)]
    remember(server, "0.01")
    kill(server.pid)
    again = embedded.start(home, postgres_programs, durable=durable)
    assert again.pid != server.pid
    assert remembered(again) == ["0.0100"]


def test_rows_survive_a_kill_while_others_write(home, postgres_programs):
    server = embedded.start(home, postgres_programs, durable=False)
    remember(server, "1")
    with connect(server) as writer:
        writer.autocommit = False
        writer.execute("insert into entry select 2 from generate_series(1, 100000)")
        kill(server.pid)
        server = embedded.start(home, postgres_programs, durable=False)
        with pytest.raises(psycopg.OperationalError):
            writer.execute("select 1")
    assert remembered(server) == ["1.0000"]


def test_a_killed_server_can_be_stopped(home, postgres_programs):
    server = embedded.start(home, postgres_programs, durable=False)
    kill(server.pid)
    embedded.stop(home)
    assert embedded.status(home) is None


@pytest.mark.parametrize("delay_s", [0.2, 0.4, 0.6])
def test_a_killed_starter_leaves_nothing_that_stops_the_next(home, delay_s):
    starter = subprocess.Popen([sys.executable, "-c", START, home], stdout=subprocess.DEVNULL)
    time.sleep(delay_s)
    starter.kill()
    starter.wait()
    server = embedded.start(home, durable=False)
    remember(server, "1")
    assert remembered(server) == ["1.0000"]
    embedded.stop(home)
    assert remembered(embedded.start(home, durable=False)) == ["1.0000"]


def test_what_a_killed_initdb_left_is_cleared_away(home, postgres_programs):
    embedded.start(home, postgres_programs, durable=False)
    embedded.stop(home)
    data = home / "postgres" / "data"
    data.rename(data.with_name("data.new-1234"))
    embedded.start(home, postgres_programs, durable=False)
    assert sorted(path.name for path in (home / "postgres").iterdir()) == [
        "data",
        "server.log",
        "socket",
    ]


def test_a_number_that_was_given_to_another_process_does_not_matter(home, postgres_programs):
    server = embedded.start(home, postgres_programs, durable=False)
    noted = home / "postgres" / "data" / "postmaster.pid"
    lines = noted.read_text().splitlines()
    embedded.stop(home)
    owner = noted.parent.stat().st_uid
    bystander = subprocess.Popen(["/bin/sleep", "60"], user=owner)
    try:
        noted.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        os.chown(noted, owner, -1)
        assert embedded.status(home) is None
        assert embedded.stop(home) is False
        again = embedded.start(home, postgres_programs, durable=False)
        assert again.pid not in (bystander.pid, server.pid)
        embedded.stop(home)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_busy_server_counts_as_running(home, postgres_programs):
    server = embedded.start(home, postgres_programs, durable=False)
    with ExitStack() as guests:
        for _ in range(50):
            guests.enter_context(connect(server))
        with pytest.raises(LedgerUnavailable, match="too many clients"):
            embedded.create_database(server, "one_more")
        assert embedded.status(home) == server


def test_a_server_that_cannot_start_says_why_in_its_own_words(home, postgres_programs):
    embedded.start(home, postgres_programs, durable=False)
    embedded.stop(home)
    with (home / "postgres" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffets = 7\n")
    with pytest.raises(LedgerUnavailable) as told:
        embedded.start(home, postgres_programs, durable=False)
    assert "shared_buffets" in told.value.problem
    assert "server.log" in told.value.remedy


def test_names_of_folders_may_be_long_and_odd(home, postgres_programs):
    odd = home / ("a $HOME \"quoted\" 'name', `with` 100% ünïcode\\" + "x" * 90)
    before = set(Path(tempfile.gettempdir()).glob("buffet-socket-*"))
    server = embedded.start(odd, postgres_programs, durable=False)
    try:
        remember(server, "5")
        assert embedded.status(odd) == server
        kill(server.pid)
        server = embedded.start(odd, postgres_programs, durable=False)
        engine = sa.create_engine(server.url)
        with engine.connect() as connection:
            assert connection.scalar(sa.text("select amount::text from entry")) == "5.0000"
        engine.dispose()
    finally:
        embedded.stop(odd)
    assert set(Path(tempfile.gettempdir()).glob("buffet-socket-*")) == before


def test_a_ledger_is_opened_by_the_version_that_made_it(home):
    made_by = programs_of_debian()
    remember(embedded.start(home, made_by, durable=False), "3")
    embedded.stop(home)
    assert remembered(embedded.start(home, durable=False)) == ["3.0000"]
    version = (home / "postgres" / "data" / "PG_VERSION").read_text().strip()
    assert version == made_by.parent.name


def test_a_template_is_copied_and_a_database_is_made_once(postgres):
    url = embedded.create_database(postgres, "pattern")
    try:
        with connect(postgres, "pattern") as connection:
            connection.execute("create table entry as select 1.25::numeric(19,4) as amount")
        embedded.create_database(postgres, "copy", template="pattern")
        with connect(postgres, "copy") as connection:
            assert connection.execute("select amount::text from entry").fetchone() == ("1.2500",)
            assert embedded.create_database(postgres, "pattern") == url
            embedded.drop_database(postgres, "copy")  # in spite of our connection
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            connect(postgres, "copy")
        embedded.drop_database(postgres, "copy")
    finally:
        embedded.drop_database(postgres, "pattern")


def test_a_missing_template_and_a_missing_server_are_said(postgres, tmp_path):
    with pytest.raises(LedgerUnavailable, match="no_such_pattern"):
        embedded.create_database(postgres, "copy", template="no_such_pattern")
    gone = embedded.Server(tmp_path, tmp_path, 1)
    with pytest.raises(LedgerUnavailable):
        embedded.create_database(gone, "anything")
    with pytest.raises(LedgerUnavailable):
        embedded.drop_database(gone, "anything")


def test_the_log_holds_nothing_of_a_customer(home, postgres_programs):
    server = embedded.start(home, postgres_programs, durable=False)
    with connect(server) as connection:
        connection.execute("create table payee (name text primary key, amount numeric(19,4))")
        connection.execute("insert into payee values ('CANARY', 1)")
        with pytest.raises(psycopg.errors.UniqueViolation, match="CANARY"):
            connection.execute("insert into payee values ('CANARY', 1)")
        with (
            pytest.raises(psycopg.errors.InvalidTextRepresentation),
            connection.cursor() as cursor,
            cursor.copy("copy payee from stdin (format csv)") as copy,
        ):
            copy.write(b"CANARY,1.2.3\n")
    log = (home / "postgres" / "server.log").read_text()
    assert "duplicate key" in log
    assert "invalid input syntax" in log
    assert "CANARY" not in log


@as_root
def test_root_keeps_a_ledger_where_the_server_can_reach_it(home, postgres_programs, monkeypatch):
    shared = home / "shared"
    monkeypatch.setattr(server_user, "SHARED", shared)
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    project = closed / "project" / "data"
    remember(embedded.start(project, postgres_programs, durable=False), "8")
    embedded.stop(project)

    link = project / "postgres"
    assert link.is_symlink()
    assert link.resolve().parent == shared
    assert closed.stat().st_mode & 0o777 == 0o700

    moved = closed / "elsewhere"
    project.rename(moved)
    assert remembered(embedded.start(moved, postgres_programs, durable=False)) == ["8.0000"]
    assert embedded.stop(moved)

    (moved / "postgres").resolve().rename(shared / "lost")
    with pytest.raises(LedgerUnavailable, match="not there"):
        embedded.start(moved, postgres_programs, durable=False)


@as_root
def test_an_ordinary_user_and_root_share_the_ledger_of_that_user(home):
    nobody = pwd.getpwnam("nobody")
    theirs = home / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, nobody.pw_uid, nobody.pw_gid)
    code = (
        "import sys, pathlib; from warehouse.ledger import embedded as e;"
        "home = pathlib.Path(sys.argv[1]); server = e.start(home, durable=False);"
        "e.create_database(server, 'mine'); print(server.pid, e.start(home) == server)"
    )
    pid, same = nobody_runs(code, str(theirs)).split()
    assert same == "True"

    server = embedded.status(theirs)
    assert server is not None
    assert server.pid == int(pid)
    remember(server, "4")
    assert embedded.stop(theirs)
    again = embedded.start(theirs, durable=False)  # by root, on behalf of the owner
    assert Path(f"/proc/{again.pid}").stat().st_uid == nobody.pw_uid
    assert embedded.stop(theirs)

    code = "import sys, pathlib; from warehouse.ledger import embedded as e;"
    code += "home = pathlib.Path(sys.argv[1]); e.start(home, durable=False); print(e.stop(home))"
    assert nobody_runs(code, str(theirs)).strip() == "True"
    assert remembered(embedded.start(theirs, durable=False)) == ["4.0000"]
    embedded.stop(theirs)


@as_root
def test_the_ledger_of_root_is_refused_to_others_with_a_reason(home, postgres_programs):
    embedded.start(home, postgres_programs, durable=False)
    code = (
        "import sys, pathlib; from warehouse.ledger import embedded as e\n"
        "from schemas.errors import LedgerUnavailable\n"
        "for call in (e.status, e.start, e.stop):\n"
        "    try: call(pathlib.Path(sys.argv[1]))\n"
        "    except LedgerUnavailable as error: print(error.remedy)\n"
    )
    assert nobody_runs(code, str(home)).count("owner of the folder") == 3
