"""Work beside other work: one thread more, which knows what its caller knows."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Begin(Protocol):
    """Begins work, after that which was begun before; its future answers, or raises."""

    def __call__(self, work: Callable[[], R]) -> Future[R]:
        """The future of the work."""


@contextmanager
def beside() -> Iterator[Begin]:
    """Let work go on beside the block; on leaving, what has begun is waited for, the rest dropped.

    Context variables are those of the caller: a task of Prefect finds its flow by them.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")

    def begin(work: Callable[[], R]) -> Future[R]:
        return thread.submit(copy_context().run, work)

    try:
        yield begin
    finally:
        thread.shutdown(cancel_futures=True)


def one_ahead(items: Iterable[T], work: Callable[[T], R]) -> Generator[Callable[[], R]]:
    """Do the work of each item in order, that of the next while the caller has one in hand.

    Close it, unless it came to its end: that waits for what is under way.

    Yields:
        for each item what waits for the answer to it, or raises as its work did.
    """
    with beside() as begin:
        coming: Future[R] | None = None
        for item in items:
            following = begin(partial(work, item))
            if coming:
                yield coming.result
            coming = following
        if coming:
            yield coming.result
