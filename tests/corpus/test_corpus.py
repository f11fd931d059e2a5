"""Real statements, where the corpus is at hand: nothing wrong, nothing crashed, no step back."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"
SCORE = SHARED / "tools" / "score_corpus.py"
RIGHT = {
    "bai2": 6,
    "camt052": 137,
    "camt053": 99,
    "camt054": 153,
    "cfonb": 8,
    "coda": 12,
    "csv": 50,
    "mt940": 102,
    "mt942": 4,
    "norma43": 3,
    "ofx1": 34,
    "ofx2": 10,
    "qfx": 3,
    "qif": 6,
    "xlsx": 6,
    "xml-malicious": 3,
}
"""Files of each format that are read right; these numbers only go up."""

pytestmark = pytest.mark.skipif(not SCORE.exists(), reason="the corpus is not beside the project")


@pytest.fixture(scope="module")
def said() -> str:
    command = shlex.join([str(Path(sys.executable).parent / "buffet"), "read", "--json"])
    done = subprocess.run(
        [sys.executable, SCORE, "--command", command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_of_the_corpus_is_right_or_refused_with_a_reason(said: str) -> None:
    assert re.search(r"WRONG 0, crashed 0", said)


def test_what_was_once_read_right_stays_right(said: str) -> None:
    right = dict(re.findall(r"^(\S+) +(\d+) ", said, re.MULTILINE))
    fallen = {name: right.get(name) for name, least in RIGHT.items() if int(right[name]) < least}
    assert not fallen
