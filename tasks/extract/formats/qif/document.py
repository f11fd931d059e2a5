"""One QIF file as text: its sections, the account of each, and what stands in them."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.errors import MalformedFile, NotAStatement
from schemas.statement import AccountKind
from tasks.extract.source import Source, decode

KINDS = {
    "bank": AccountKind.BANK,
    "cash": AccountKind.BANK,
    "ccard": AccountKind.CARD,
    "oth a": AccountKind.BANK,
    "oth l": AccountKind.BANK,
    "oth s": AccountKind.BANK,
    "invoice": AccountKind.BANK,
    "bill": AccountKind.BANK,
    "tax": AccountKind.BANK,
    "invst": AccountKind.INVESTMENT,
    "port": AccountKind.INVESTMENT,
}
"""The headings `!Type:` under which transactions stand; Intuit's own list, and two of its kin."""

_NAMES = "cat class memorized memorised security prices tag budget invitem template"
LISTS = frozenset(_NAMES.split())
"""The headings `!Type:` of lists, which hold no transactions."""

OPENINGS = (
    "opening balance",
    "initial balance",  # Tesco Bank (2018)
    "starting balance",
    "balance forward",
    "balance brought forward",
    "solde initial",
    "saldo inicial",
    "saldo iniziale",
    "beginsaldo",
    "anfangssaldo",
    "anfangsbestand",
)
"""The payee of an opening balance, as programs and banks write it in some languages."""

OPENING_PAYEE = re.compile(
    rb"\nP[ \t]*(?:%b)[ \t]*[\r\n]" % "|".join(OPENINGS).encode(), re.IGNORECASE
)
_OPENING_CATEGORY = re.compile(r"(?i)(?:^|:)(?:opening balances?)$")
_ORDERS = {"mdy": "mdy", "dmy": "dmy", "mdy!": "mdy", "dmy!": "dmy"}
_INDENT = re.compile(rb"\n[ \t]+")
_MARK = b"\n" + codecs.BOM_UTF8  # at the start of a line, where files were put together
_LOOSE_END = re.compile(rb"\n\^[\^ \t]+")
_BAD_END = re.compile(rb"\n\^[^\n]")
_EMPTY_FIRST = re.compile(rb"\n+\^")
_EMPTY_RECORD = re.compile(rb"\n\^[^\n]*(?=\n+\^)")
_FEWEST = 2
_EXPORT = "export the statement again"


@dataclass
class Section:
    """The transactions under one heading.

    Attributes:
        statement_no: 1-based, in the file; one account may have several sections.
        is_investment: its records hold actions with securities.
        line: the line of the file on which `text` starts.
        text: its records in UTF-8, each behind a line feed and ended by a line that starts with ^.
    """

    statement_no: int
    is_investment: bool
    line: int
    text: bytes


@dataclass
class Document:
    """One QIF file, whole.

    Attributes:
        source: the file.
        encoding: the encoding that was used.
        raw_count: records of transactions, counted in the bytes.
        order: the order of dates that the file itself states, "" if it states none.
        sections: the transactions, in the order of the file.
        statements: rows of STATEMENT_TEXT without file and statement number.
        marker_count: records that state an opening balance.
    """

    source: Source
    encoding: str
    raw_count: int
    order: str = ""
    sections: list[Section] = field(default_factory=list)
    statements: list[dict[str, str | None]] = field(default_factory=list)
    marker_count: int = 0


@dataclass
class _State:
    """Where the walk through a file stands.

    Attributes:
        kind: the heading `!Type:`.
        account: the account that the file has named last, null if it has named none.
        names: all accounts that it has named.
        unnamed: the first heading above movements of a bank account without a name.
        numbers: the statements of accounts.
        above: by statement, the records so far, once it has another section with several.
    """

    kind: str = ""
    account: str | None = None
    names: list[str] = field(default_factory=list)
    unnamed: str = ""
    numbers: dict[tuple[str | None, AccountKind], int] = field(default_factory=dict)
    above: dict[int, set[bytes]] = field(default_factory=dict)


def open_document(source: Source) -> Document:
    """Read one file and find its sections and accounts.

    A record of a section may be the opening balance of its account. The first one of an account
    becomes the opening balance of its statement; none is a transaction.

    Raises:
        UndecodableFile: a byte order mark that the bytes contradict.
        MalformedFile: NUL characters, an unknown heading, a record that is not ended.
        NotAStatement: a file of lists, which names no account.
    """
    decoded, encoding = decode(source)
    text = source.data if encoding == "utf-8" else decoded.encode()
    text = (b"\n" + _unix(text).rstrip(b"\x1a\n \t")).replace(_MARK, b"\n")
    nul = text.find(b"\0")
    if nul >= 0:
        raise _malformed(source, text.count(b"\n", 0, nul), "there is a NUL character in the text")
    if _is_indented(text):
        text = _INDENT.sub(b"\n", text)
    if _BAD_END.search(text):
        text = _LOOSE_END.sub(b"\n^", text)
        bad = _BAD_END.search(text)
        if bad is not None:
            line = text.count(b"\n", 0, bad.start() + 1)
            raise _malformed(source, line, "a line that ends a record (^) holds something else")
    document = Document(source, encoding, _count(source.data, encoding))
    state = _State()
    for heading, line, body in _parts(text):
        _take(document, state, heading, line, body)
    if not document.sections:
        if not state.names:
            raise NotAStatement(
                source.name,
                "it holds lists of Quicken and no account",
                "export the transactions of an account",
            )
        for name in dict.fromkeys(state.names):
            document.statements.append(_row(name, AccountKind.BANK))
    return document


def _parts(text: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Each heading, the line on which it stands, and the text up to the next one.

    The text in front of the first heading has the heading "".
    """
    at, line, heading = 0, 0, ""
    while at <= len(text):
        stop = text.find(b"\n!", at)
        stop = len(text) if stop < 0 else stop
        body = text[at:stop]
        yield heading, line, body
        end = text.find(b"\n", stop + 2)
        end = len(text) if end < 0 else end
        line += body.count(b"\n") + 1
        heading = text[stop + 1 : end].decode().strip()
        at = end if stop < len(text) else len(text) + 1


def _take(document: Document, state: _State, heading: str, line: int, body: bytes) -> None:
    """Follow one heading and take over what stands below it."""
    word, _, rest = heading.lower().partition(":")
    if word in ("!option", "!clear"):
        document.order = _ORDERS.get(rest.strip(), document.order)
    elif word == "!account":
        state.kind = "account"
    elif word == "!type" and rest.strip() in {*KINDS, *LISTS}:
        state.kind = rest.strip()
    elif heading:
        problem = f'the heading "{heading[:40]}" is not known'
        raise _malformed(document.source, line, problem)
    if not body.strip(b"\n ^\t"):
        if word == "!type" and state.kind in KINDS:
            _add(document, state, line, b"")
        return
    _refuse_open_end(document, line, body)
    if not state.kind:
        raise _malformed(document.source, line + 1, "records stand under no heading !Type:")
    if state.kind == "account":
        state.account = _account_names(document.source, line, body, state.names)
    elif state.kind in KINDS:
        _add(document, state, line, body)


def _refuse_open_end(document: Document, line: int, body: bytes) -> None:
    last = body.rstrip(b"\n \t")
    start = last.rfind(b"\n") + 1
    if not last.startswith(b"^", start):
        problem = "the record that ends here is not ended by ^; the file was cut short"
        raise _malformed(document.source, line + body.count(b"\n", 0, start), problem)


def _account_names(source: Source, line: int, body: bytes, names: list[str]) -> str:
    """Read the names of an account list into `names`; the last one is of what follows."""
    found = re.findall(rb"\nN([^\n]*)", body)
    if not found or len(found) != len(re.findall(rb"\n[^\n^][^\n]*\n+\^", body)):
        raise _malformed(source, line + 1, "a record under !Account names no account (N)")
    names += [name.decode().strip() for name in found]
    return names[-1]


def _add(document: Document, state: _State, line: int, body: bytes) -> None:
    """Add a section of transactions, and its statement if the account is a new one."""
    kind = KINDS[state.kind]
    account, opening = state.account, None
    if account is None and body:
        account = _unlike(state, kind)
    is_new = (account, kind) not in state.numbers
    found = _opening(body, state.account, kind, is_new=is_new)
    if found is not None:
        opening = found.amount
        account = state.account or found.account or account
        body = body[: found.start] + b"\n" * found.line_count + body[found.stop :]
        document.marker_count += 1
    key = (account, kind)
    if key in state.numbers:
        _refuse_again(document, state, state.numbers[key], line, body)
    else:
        state.numbers[key] = len(document.statements) + 1
        document.statements.append(_row(account, kind) | {"opening_text": opening})
    document.sections.append(
        Section(state.numbers[key], kind is AccountKind.INVESTMENT, line, body)
    )


def _refuse_again(document: Document, state: _State, number: int, line: int, body: bytes) -> None:
    """An account that is listed twice with the same record: exports put together, which overlap.

    One record alone below a heading may be a twin: some programs write the heading before each.
    """
    records = _records(body)
    if number not in state.above and len(records) >= _FEWEST:
        texts = (one.text for one in document.sections if one.statement_no == number)
        state.above[number] = {record for text in texts for record in _records(text)}
    above = state.above.get(number, set())
    at = line
    for record in records if len(records) >= _FEWEST else ():
        if record.strip() and record in above:
            raise MalformedFile(
                f"{document.source.name}: line {at + 1}",
                "this record stands above as well, below another heading of the same account",
                "give each export a file of its own: what they share is then counted once",
            )
        at += record.count(b"\n") + 1
    above.update(records)


def _records(body: bytes) -> list[bytes]:
    return body.split(b"\n^")[:-1]


def _unlike(state: _State, kind: AccountKind) -> str | None:
    """A name for an account without one: its heading, if it is another than the first such.

    A purse, what is owed to others and an account of a bank are not the same account.
    """
    if kind is not AccountKind.BANK:
        return None
    state.unnamed = state.unnamed or state.kind
    return state.kind.title() if state.kind != state.unnamed else None


@dataclass(frozen=True)
class _Opening:
    """A record that states an opening balance.

    Attributes:
        start, stop: where its lines stand in the section.
        line_count: how many lines it has.
        account: the account that it names, null if it names none.
        amount: the balance as printed.
    """

    start: int
    stop: int
    line_count: int
    account: str | None
    amount: str


def _opening(
    body: bytes, account: str | None, kind: AccountKind, *, is_new: bool
) -> _Opening | None:
    """The first record that is an opening balance, null if there is none.

    Its payee says so, and it names no other account and no category; or it is the first record of a
    new account, and a transfer from the account to itself. It stands last where the newest record
    is first.
    """
    ends = [body.rfind(b"\n^", 0, one.start()) for one in OPENING_PAYEE.finditer(body)]
    for start in [0, *(end + 2 if end >= 0 else 0 for end in ends)]:
        first_line = body.find(b"\n", start)
        stop = body.find(b"\n^", max(first_line, 0))
        if first_line < 0 or stop < 0:
            continue
        text = body[first_line:stop].decode()
        cells = {one[:1]: one[1:].strip() for one in reversed(text.split("\n"))}
        category, amount = cells.get("L", ""), cells.get("T") or cells.get("U")
        is_named = cells.get("P", "").lower() in OPENINGS
        transfer = re.fullmatch(r"\[(.+)\]", category)
        name = transfer[1] if transfer else None
        is_own = name is not None and account in (name, None)
        is_plain = not category or _OPENING_CATEGORY.search(category) is not None
        is_first = start == 0 and is_new and kind is not AccountKind.INVESTMENT
        if amount and ((is_named and (is_own or is_plain)) or (is_first and is_own and account)):
            return _Opening(first_line, stop, text.count("\n"), name, amount)
    return None


def _row(name: str | None, kind: AccountKind) -> dict[str, str | None]:
    return {"account_text": name or None, "account_kind": kind.value, "opening_text": None}


def _unix(data: bytes) -> bytes:
    """Line feeds alone at the ends of lines."""
    if b"\r" not in data:  # a look that costs nothing
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _is_indented(text: bytes) -> bool:
    """Does a line begin with blanks?"""
    return b"\n " in text or (b"\t" in text and b"\n\t" in text)


def _count(data: bytes, encoding: str) -> int:
    """Records of transactions in the bytes: ends of records under a heading of transactions."""
    if encoding == "utf-16":
        data = data.replace(b"\0", b"").replace(b"\xff\xfe", b"").replace(b"\xfe\xff", b"")
    data = (b"\n" + _unix(data.removeprefix(codecs.BOM_UTF8))).replace(_MARK, b"\n")
    odd = (b"\n\n", b"^\n^", b"\n^^", b"\n^ ", b"\n^\t")
    has_blanks = any(one in data for one in odd) or _is_indented(data)
    if has_blanks:
        data = _INDENT.sub(b"\n", data)
    total, kind, at = 0, "", 0
    while at < len(data):
        stop = data.find(b"\n!", at)
        stop = len(data) if stop < 0 else stop
        if kind in KINDS:
            total += _ends(data[at:stop]) if has_blanks else data.count(b"\n^", at, stop)
            total -= data.startswith(b"\n^", at) and not has_blanks
        at = data.find(b"\n", stop + 2)
        at = len(data) if at < 0 else at
        word, _, rest = data[stop + 2 : at].decode("latin-1").lower().partition(":")
        kind = rest.strip() if word.strip() in ("type", "account") else kind
    return total


def _ends(body: bytes) -> int:
    """Ends of records that hold anything, in text with blank lines or empty records."""
    empty = sum(1 for _ in _EMPTY_RECORD.finditer(body))
    return body.count(b"\n^") - empty - (_EMPTY_FIRST.match(body) is not None)


def _malformed(source: Source, line: int, problem: str) -> MalformedFile:
    return MalformedFile(f"{source.name}: line {line}", problem, _EXPORT)
