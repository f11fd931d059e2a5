"""Work beside other work: in order, one ahead, and nothing goes on when its block is left."""

from collections.abc import Iterator
from contextlib import closing
from contextvars import ContextVar
from threading import Event, get_ident

import pytest

from flows.beside import beside, one_ahead

FLOW: ContextVar[str] = ContextVar("FLOW")


def test_work_knows_what_its_caller_knows_and_runs_in_another_thread() -> None:
    FLOW.set("nightly")
    with beside() as begin:
        found = begin(lambda: (FLOW.get(), get_ident())).result()
    assert found[0] == "nightly"
    assert found[1] != get_ident()


def test_leaving_waits_for_what_has_begun_and_drops_the_rest() -> None:
    done, begun, may_end = [], Event(), Event()

    def slow() -> None:
        begun.set()
        assert may_end.wait(60)
        done.append("slow")

    def leave() -> None:
        with beside() as begin:
            begin(slow)
            begin(lambda: done.append("never"))
            assert begun.wait(60)
            may_end.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert done[0] == "slow"


def test_the_next_is_under_way_while_one_is_in_hand_and_no_more() -> None:
    begun: list[int] = []
    second = Event()

    def work(number: int) -> int:
        begun.append(number)
        if number == 2:
            second.set()
        return 10 * number

    with closing(one_ahead(range(1, 5), work)) as numbers:
        first = next(numbers)
        assert first() == 10
        assert second.wait(60)
        assert begun == [1, 2]
        assert [wait() for wait in numbers] == [20, 30, 40]
    assert begun == [1, 2, 3, 4]


def test_an_error_comes_in_its_turn_and_ends_the_work() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise ValueError(number)
        return number

    def all_of_them() -> Iterator[int]:
        with closing(one_ahead(range(1, 9), work)) as numbers:
            for wait in numbers:
                yield wait()

    answers = all_of_them()
    assert next(answers) == 1
    with pytest.raises(ValueError, match="2"):
        next(answers)
    assert max(begun) <= 3


def test_of_nothing_comes_nothing() -> None:
    assert list(one_ahead([], str)) == []
