"""By what it is found out what movements mean: one digest of the code, the rules and the household.

Where it is the same, movements of one owner that nothing touched mean what they meant.
"""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from schemas.household import Household

_HOME = Path(__file__).parent
_READ = {".py", ".toml"}


def recipe(rules: str | None, household: Household) -> str:
    """A digest of all that meaning follows from, but movements and the words of persons.

    Args:
        rules: the text of the owner's rules.toml; null where there is none.
        household: what owners said of cards, subscriptions and plans.
    """
    return sha256(f"{_code()}\n{rules}\n{household!r}".encode()).hexdigest()


@cache
def _code() -> str:
    """This stage as it runs, with the libraries that answer for it."""
    told = sha256()
    for path in sorted(path for path in _HOME.rglob("*") if path.suffix in _READ):
        told.update(path.relative_to(_HOME).as_posix().encode())
        told.update(path.read_bytes())
    return " ".join([told.hexdigest(), *(version(name) for name in ("polars", "scikit-learn"))])
