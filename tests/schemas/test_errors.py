"""Every error says where, what and what next, and survives the way to another process."""

import pickle

import pytest

from schemas import errors
from schemas.errors import BuffetError


def family(root: type[BuffetError]) -> list[type[BuffetError]]:
    return [root, *(one for child in root.__subclasses__() for one in family(child))]


@pytest.mark.parametrize("kind", family(BuffetError))
def test_survives_a_process_boundary(kind: type[BuffetError]) -> None:
    error = kind("a.csv: line 3", "the amount is missing", "export it again")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), copy.where, copy.problem, copy.remedy) == (
        kind,
        error.where,
        error.problem,
        error.remedy,
    )


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in family(BuffetError)]
    assert len(codes) == len(set(codes))


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = [line for line in errors.__doc__.splitlines() if "─ " in line or "BuffetError" in line]
    named = [
        line.replace("│", "").replace("├──", "").replace("└──", "").split()[0] for line in drawn
    ]
    assert sorted(named) == sorted(kind.__name__ for kind in family(BuffetError))


def test_reads_as_where_problem_remedy() -> None:
    text = str(errors.MalformedFile("a.ofx: line 9", "a tag is never closed", "export it again"))
    assert text == "a.ofx: line 9: a tag is never closed\n  remedy  export it again"
