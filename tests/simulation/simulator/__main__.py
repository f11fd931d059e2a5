"""`python -m simulator 7` or `1..20`: play seeds, tell each story, fail if one went wrong."""

import signal
import sys

from simulator.play import play
from simulator.stage import stage


def main(words: list[str]) -> int:
    """Play the seeds; answer with how many went wrong."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the stage is cleared away
    first, _, last = (words[0] if words else "1").partition("..")
    wrong = []
    with stage() as place:
        for seed in range(int(first), int(last or first) + 1):
            story = play(seed, place)
            print(story, flush=True)  # noqa: T201 - that is what it is for
            if story.problems:
                wrong.append(seed)
    print(f"seeds that went wrong: {wrong or 'none'}")  # noqa: T201
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
