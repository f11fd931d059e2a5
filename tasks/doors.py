"""What the doors to Prefect share: which error is worth another try, and what may be said aloud.

A database quotes the row that it refuses, a parser the text that it cannot read. On a terminal of
the operator that helps; in a server's book, read by whoever reaches it, it is a customer's secret.
"""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from schemas.errors import BuffetError, LedgerUnavailable

P = ParamSpec("P")
R = TypeVar("R")

_HOUSE = Path(__file__).resolve().parents[1]


class Ended(Protocol):
    """How a task ended, as Prefect tells it."""

    def result(self, raise_on_failure: bool = ...) -> object:
        """What it returned, or the error that it raised."""


def is_outage(_task: object, _run: object, state: Ended) -> bool:
    """Only a ledger that does not answer is worth another try; bad data stays bad."""
    return isinstance(state.result(raise_on_failure=False), LedgerUnavailable)


def discreet(stage: Callable[P, R]) -> Callable[P, R]:
    """The same stage, whose errors tell their kind and their place, and quote nothing.

    Our own errors are written to be read and pass as they are, but for the error that caused them.

    Raises:
        BuffetError: any error that is not of our family, without what it said.
    """

    @wraps(stage)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return stage(*args, **kwargs)
        except BuffetError as error:
            raise error from None
        except Exception as error:  # noqa: BLE001 - whatever it is, it may quote a row
            raise BuffetError(
                _place(error),
                _kind(error),
                "what it said may hold a customer's data and is left out here; "
                "`buffet run --no-prefect` says it on your terminal",
            ) from None

    return door


def _kind(error: Exception) -> str:
    """The error's class and, of a database, the code and the names of what was violated."""
    said = getattr(getattr(error, "orig", error), "diag", None)
    names = ("sqlstate", "schema_name", "table_name", "constraint_name")
    facts = [str(fact) for name in names if (fact := getattr(said, name, None))]
    return " ".join([type(error).__name__, *facts])


def _place(error: Exception) -> str:
    """The last line of ours that it passed."""
    ours = [
        f"{Path(frame.filename).relative_to(_HOUSE)}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_HOUSE) and ".venv" not in frame.filename
    ]
    return ours[-1]
