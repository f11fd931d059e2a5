"""Real statements, where the corpus is at hand: nothing wrong, nothing crashed, no step back."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"
SCORE = SHARED / "tools" / "score_corpus.py"

pytestmark = pytest.mark.skipif(not SCORE.exists(), reason="the corpus is not beside the project")


def score(*options: str) -> tuple[int, str]:
    command = shlex.join([str(Path(sys.executable).parent / "buffet"), "read", "--json"])
    done = subprocess.run(
        [sys.executable, SCORE, "--command", command, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_file_of_the_corpus_is_right_or_refused_with_a_reason() -> None:
    status, said = score()
    assert status == 0, said
    assert re.search(r"WRONG 0, crashed 0", said)


def test_ofx_is_right_wherever_it_is_sound() -> None:
    status, said = score("--format", "ofx1,ofx2,qfx")
    assert status == 0, said
    assert "right 45 of 45" in said
