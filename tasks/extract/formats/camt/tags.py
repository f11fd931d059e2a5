"""Where the tags of a text stand, and which of them begin and end an entry, found with vectors.

Nothing is parsed here. A tag is a "<". The text may be anything: what is odd about an entry is
noticed, and then the entry is left to the XML parser.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]
Words = NDArray[np.uint64]

_WORD = 8
BEYOND = _WORD
"""So many bytes behind the last tag must be there, or it is not seen."""

_START, _STOP = b"<%bNtry>", b"</%bNtry>"
_AMPERSAND, _OPENS, _SPACE = b"&< "
_ENTITY = re.compile(rb"&(?:amp|lt|gt|quot|apos);")
_FORBIDDEN = (b"]]>", "\ufffe".encode(), "\uffff".encode())  # in a text, by XML 1.0, 2.2 and 2.4


@dataclass(frozen=True)
class Tags:
    """The tags of a text, and the entries that are there at first sight.

    Attributes:
        text: the text.
        data: its bytes as a vector.
        places: where each tag stands.
        firsts, lasts: of each entry the numbers of its first tag and of its last one.
        starts, stops: where each entry starts and stops.
        is_plain: nothing in the entry is odd: no "&" but the usual five entities, nothing that XML
            forbids in a text.
        breaks: where line breaks and tabs stand.
        ampersands: where each "&" stands.
        words: the eight bytes from each place on, as one number.
    """

    text: memoryview
    data: NDArray[np.uint8]
    places: Numbers
    firsts: Numbers
    lasts: Numbers
    starts: Numbers
    stops: Numbers
    is_plain: Truths
    breaks: Numbers
    ampersands: Numbers
    words: Words

    def entry(self, row: int) -> bytes:
        """The bytes of one entry."""
        return bytes(self.text[self.starts[row] : self.stops[row]])

    def holds(self, starts: Numbers, ends: Numbers, literal: bytes) -> Truths:
        """Whether these bytes stand at each of the starts, and before its end."""
        return _hold(self.words, starts, ends, literal)

    def is_capital(self, starts: Numbers, count: int) -> Truths:
        """Whether so many capital letters stand at each of the starts."""
        is_there = np.ones(len(starts), bool)
        for offset in range(count):
            letter = self.data[starts + offset]
            is_there &= (letter >= ord("A")) & (letter <= ord("Z"))
        return is_there

    def within(self, offsets: Numbers, rows: Numbers) -> Truths:
        """Which of these entries hold one of the offsets, which ascend."""
        return _counted(offsets, self.starts[rows], self.stops[rows]) > 0


def tags_of(text: memoryview, prefixes: set[bytes]) -> Tags:
    """Find the tags of a text, and the entries written with one of these prefixes."""
    data = np.frombuffer(text, np.uint8)
    words = np.ndarray((max(0, len(text) - _WORD + 1),), "<u8", text, strides=(1,))
    places = np.flatnonzero(data == _OPENS)
    places = places[: np.searchsorted(places, len(words))]  # so that a word may be read at each
    firsts, lasts, sizes = _pairs(words, places, prefixes)
    starts, stops = places[firsts], places[lasts] + sizes
    low = _places(data < _SPACE)
    is_break = (data[low] == 9) | (data[low] == 10) | (data[low] == 13)
    ampersands = _places(data == _AMPERSAND)
    odd = np.concatenate(
        [
            low[~is_break],
            _unusual(text, ampersands),
            *(_all(data, words, one) for one in _FORBIDDEN),
        ]
    )
    return Tags(
        text=text,
        data=data,
        places=places,
        firsts=firsts,
        lasts=lasts,
        starts=starts,
        stops=stops,
        is_plain=_counted(np.sort(odd), starts, stops) == 0,
        breaks=low[is_break],
        ampersands=ampersands,
        words=words,
    )


def _pairs(words: Words, places: Numbers, prefixes: set[bytes]) -> tuple[Numbers, Numbers, Numbers]:
    """The first and last tag of entries with no entry within, and the size of the last one."""
    heads = words[places]
    firsts, lasts, sizes = [], [], []
    for prefix in sorted(prefixes):
        start, stop = _START % prefix, _STOP % prefix
        opening, ending = (_at(words, places, heads, tag) for tag in (start, stop))
        after = np.searchsorted(ending, opening)
        opening, after = opening[after < len(ending)], after[after < len(ending)]
        last = ending[after]
        is_own = _are_apart(opening, last)
        firsts.append(opening[is_own])
        lasts.append(last[is_own])
        sizes.append(np.full(int(is_own.sum()), len(stop)))
    first, last, size = map(np.concatenate, (firsts, lasts, sizes))
    order = np.argsort(first, kind="stable")
    first, last, size = first[order], last[order], size[order]
    is_apart = _are_apart(first, last)
    return first[is_apart], last[is_apart], size[is_apart]


def _are_apart(firsts: Numbers, lasts: Numbers) -> Truths:
    """Whether each entry ends before the next one begins."""
    is_apart = np.ones(len(firsts), bool)
    is_apart[:-1] = lasts[:-1] < firsts[1:]
    return is_apart


def _at(words: Words, places: Numbers, heads: Words, tag: bytes) -> Numbers:
    """The numbers of the tags that are this one; heads are the words at the places."""
    head = tag[:_WORD]
    found = np.flatnonzero(heads & _word(b"\xff" * len(head)) == _word(head))
    if len(tag) <= _WORD:
        return found
    ends = np.full(len(found), len(words) + _WORD - 1)
    return found[_hold(words, places[found], ends, tag)]


def _hold(words: Words, starts: Numbers, ends: Numbers, literal: bytes) -> Truths:
    """Whether the literal stands at each of the starts: compared eight bytes at a time."""
    is_there: Truths = starts + len(literal) <= ends
    if not is_there.all():
        is_there[is_there] = _hold(words, starts[is_there], ends[is_there], literal)
    elif len(literal) < _WORD:
        is_there = words[starts] & _word(b"\xff" * len(literal)) == _word(literal)
    else:
        for offset in {*range(0, len(literal) - _WORD + 1, _WORD), len(literal) - _WORD}:
            is_there &= words[starts + offset] == _word(literal[offset : offset + _WORD])
    return is_there


def _unusual(text: memoryview, ampersands: Numbers) -> Numbers:
    """Where an "&" starts none of the usual entities."""
    if not len(ampersands):
        return ampersands
    usual = np.array([found.start() for found in _ENTITY.finditer(text)], np.int64)
    return np.setdiff1d(ampersands, usual, assume_unique=True)


def _all(data: NDArray[np.uint8], words: Words, literal: bytes) -> Numbers:
    """Where a literal of at most eight bytes stands."""
    at = _places(data == literal[0])
    at = at[: np.searchsorted(at, len(words))]
    is_it: Truths = words[at] & _word(b"\xff" * len(literal)) == _word(literal)
    return at[is_it]


def _places(is_there: Truths) -> Numbers:
    """Where something is there; most often it is nowhere, which is quickly seen."""
    return np.flatnonzero(is_there) if is_there.any() else np.zeros(0, np.int64)


def _counted(offsets: Numbers, starts: Numbers, stops: Numbers) -> Numbers:
    """How many of the offsets, which ascend, lie in each of the spans."""
    if not len(offsets):
        return np.zeros(len(starts), np.int64)
    return np.searchsorted(offsets, stops) - np.searchsorted(offsets, starts)


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))
