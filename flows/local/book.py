"""The server's book of runs, over its REST interface: when the next night is due, what is stale.

Plain HTTP, because importing Prefect would take longer than all the questions together.
"""

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from time import sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from schemas.errors import BuffetError

DEPLOYMENT = "nightly/nightly"
_AT_WORK = ["RUNNING", "PENDING", "CANCELLING"]
_ENOUGH = timedelta(minutes=1)
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_TIMEOUT_S = 30.0
_OPENER = build_opener(ProxyHandler({}))  # a proxy is not the way to this machine


def answers(url: str) -> bool:
    """Whether an address of this machine answers, with success, within two seconds."""
    try:
        with _OPENER.open(url, timeout=2) as response:
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False


def next_night(server: str) -> datetime | None:
    """The UTC instant of the next scheduled night; null if none is."""
    due = [at for run in _runs(server, ["SCHEDULED"]) if (at := _due(run)) > datetime.now(UTC)]
    return min(due, default=None)


def is_planned(server: str) -> bool:
    """Whether the next night stands in the book, or a person has switched the schedule off."""
    schedules = _ask(server, f"deployments/name/{DEPLOYMENT}")["schedules"]
    return next_night(server) is not None or not any(one["active"] for one in schedules)


def open_pool(server: str, pool: str) -> None:
    """Make the pool that nights wait in, unless it is there; its worker fills in the rest."""
    if _ask(server, f"work_pools/{pool}") is None:
        _ask(server, "work_pools/", {"name": pool, "type": "process"})


def has_worker(server: str, pool: str) -> bool:
    """Whether a worker of the pool has reported for duty."""
    workers = _ask(server, f"work_pools/{pool}/workers/filter", {})
    return any(worker["status"] == "ONLINE" for worker in workers)


def settle(server: str) -> None:
    """Write down what became of runs while no worker was there; call it before one starts.

    Runs that were at work have crashed, and the ledger kept nothing half done. Of several nights
    that were missed, the last one is enough: it takes whatever lies in the inbox.
    """
    for run in _runs(server, _AT_WORK):
        _close(
            server,
            run,
            "CRASHED",
            "The worker or its server was stopped. Nothing half done was kept.",
        )
    overdue = datetime.now(UTC) - _ENOUGH
    late = [run for run in _runs(server, ["SCHEDULED"]) if _due(run) < overdue]
    for run in sorted(late, key=_due)[:-1]:
        _close(server, run, "CANCELLED", "Nothing ran at that time; a later night does its work.")


def _runs(server: str, states: list[str]) -> list[dict[str, str]]:
    asked = {
        "deployments": {"name": {"any_": ["nightly"]}},
        "flows": {"name": {"any_": ["nightly"]}},
        "flow_runs": {"state": {"type": {"any_": states}}},
    }
    runs: list[dict[str, str]] = _ask(server, "flow_runs/filter", asked)
    return runs


def _due(run: dict[str, str]) -> datetime:
    return datetime.fromisoformat(run["expected_start_time"])


def _close(server: str, run: dict[str, str], kind: str, message: str) -> None:
    state = {"type": kind, "message": message}
    _ask(server, f"flow_runs/{run['id']}/set_state", {"state": state, "force": True})


def _ask(server: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    """Ask the server, or tell it something; null if it has no such thing.

    It is asked again while it is too busy to write: then it has done nothing, and says so by 503.
    So it is where it gave no answer in time to a question that changes nothing.
    """
    data = None if body is None else json.dumps(body).encode()
    request = Request(  # noqa: S310 - our own server on this machine
        f"{server}/api/{path}", data, {"Content-Type": "application/json"}
    )
    is_question = body is None or path.endswith("/filter")
    pauses = iter(_PAUSES)
    while True:
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_S) as response:
                return json.load(response)
        except OSError as error:
            code = error.code if isinstance(error, HTTPError) else None
            if code == HTTPStatus.NOT_FOUND:
                return None
            is_busy = code == HTTPStatus.SERVICE_UNAVAILABLE or (is_question and _is_late(error))
            pause = next(pauses, None)
            if not is_busy or pause is None:
                raise BuffetError(
                    "server", f"{path}: {error}", "see prefect/server.log in the data home"
                ) from error
        sleep(pause)


def _is_late(error: OSError) -> bool:
    """Whether an answer did not come in time, be it the first word of it or the rest."""
    return isinstance(error, TimeoutError) or (
        isinstance(error, URLError) and isinstance(error.reason, TimeoutError)
    )
