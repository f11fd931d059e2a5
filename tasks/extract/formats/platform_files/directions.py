"""The direction of a movement whose sign the platform dropped.

The platform keeps amounts positive and says what kind a movement is. Income came in and expenses
went out; for a transfer, an investment or "other" the direction is lost. It is found again where
the file proves it, and nowhere else:

1. the file prints a sign, or names the account that the money left or reached;
2. the bank's own words say it ("recebida", "enviada", "resgate", "aplicação");
3. opening + Σ = closing holds in one direction of the record only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise

IN, OUT = "in", "out"

_CAME = re.compile(r"\b(recebid[ao]s?|resgates?|received|redemption)\b", re.IGNORECASE)
_WENT = re.compile(r"\b(enviad[ao]s?|aplica[çc][ãa]o|aplica[çc][õo]es|sent)\b", re.IGNORECASE)
_TAKEN_BACK = re.compile(r"estorn|devol|cancel|revers|refund|return", re.IGNORECASE)
_MOST_SUMS = 20_000
_PLACES = 10**16
_EXACT_DIGITS = 80


@dataclass(frozen=True)
class Doubtful:
    """A record without a direction: its amount without sign, and what the bank's words say."""

    amount: Decimal
    word: str | None


def word_in(description: str | None) -> str | None:
    """The direction that a description states in plain words, or null."""
    text = description or ""
    came, went = bool(_CAME.search(text)), bool(_WENT.search(text))
    if came == went or _TAKEN_BACK.search(text):
        return None
    return IN if came else OUT


def decide(records: Sequence[Doubtful], missing: Decimal | None) -> list[str | None]:
    """The direction of each doubtful record of a statement, or null where nothing proves it.

    Args:
        records: the doubtful records.
        missing: closing - opening - Σ of all other records, which these must make up; null where
            a balance or one of the other amounts is not known.
    """
    words = [record.word for record in records]
    if missing is None:
        return words
    with localcontext() as context:
        context.prec = _EXACT_DIGITS
        units = [int(record.amount * _PLACES) for record in records]
        target = int(missing * _PLACES)
    free = [number for number, word in enumerate(words) if word is None]
    said = sum(
        (units[number] if word == IN else -units[number]) if word else 0
        for number, word in enumerate(words)
    )
    found = _forced([units[number] for number in free], target - said)
    if found is not None:
        directions = list(words)
        for number, direction in zip(free, found, strict=True):
            directions[number] = direction
        return directions
    return _forced(units, target) or words


def _forced(units: Sequence[int], target: int) -> list[str | None] | None:
    """For each number the one sign that it has whenever all of them make the target.

    Returns:
        null for a number that may have either sign; null for all when no signs make the target, or
        when there are too many possibilities to look at.
    """
    before = _sums(units)
    after = _sums(units[::-1])
    if before is None or after is None or target not in before[-1]:
        return None
    after.reverse()
    found: list[str | None] = []
    for unit, (left, _), (_, right) in zip(units, pairwise(before), pairwise(after), strict=True):
        is_in = any(target - unit - one in right for one in left)
        is_out = any(target + unit - one in right for one in left)
        found.append(None if is_in == is_out else IN if is_in else OUT)
    return found


def _sums(units: Sequence[int]) -> list[set[int]] | None:
    """All sums that the first 0, 1, 2 … numbers can make with either sign."""
    steps = [{0}]
    for unit in units:
        step = {one + unit for one in steps[-1]} | {one - unit for one in steps[-1]}
        if len(step) > _MOST_SUMS:
            return None
        steps.append(step)
    return steps
