import inspect

import pytest

from schemas.errors import BuffetError, LedgerUnavailable
from tasks.doors import discreet, is_outage


class Ended:
    def __init__(self, ending):
        self.ending = ending

    def result(self, raise_on_failure=True):
        assert not raise_on_failure
        return self.ending


def quote(text: str) -> int:
    """Fail as a parser does."""
    return int(text)


def test_an_unforeseen_error_tells_kind_and_place_and_quotes_nothing():
    with pytest.raises(BuffetError) as caught:
        discreet(quote)("PIX to Maria")
    assert caught.value.problem == "ValueError"
    assert caught.value.where.startswith("tests/tasks/test_doors.py:")
    assert "Maria" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_our_own_error_passes_without_the_error_that_caused_it():
    def load():
        try:
            quote("PIX to Maria")
        except ValueError as error:
            raise LedgerUnavailable("ledger", "it does not answer", "start it") from error

    with pytest.raises(LedgerUnavailable, match="does not answer") as caught:
        discreet(load)()
    assert caught.value.__cause__ is None


def test_a_stage_keeps_its_face():
    assert discreet(quote)("7") == 7
    assert discreet(quote).__doc__ == quote.__doc__
    assert inspect.signature(discreet(quote)) == inspect.signature(quote)


def test_only_an_outage_is_worth_another_try():
    assert is_outage(None, None, Ended(LedgerUnavailable("ledger", "away", "start it")))
    assert not is_outage(None, None, Ended(BuffetError("file", "bad", "mend it")))
    assert not is_outage(None, None, Ended(3))
