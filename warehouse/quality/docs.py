"""Data Docs: the audits as pages that need no network and hold no value of any row.

Great Expectations' own pages load their looks from six hosts and a logo with the id of the project;
these are written from its results instead. Beside each page stands the same as JSON; the index is
made from those.
"""

import errno
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path

from warehouse.quality.verdict import CheckResult, Verdict

KEPT = 30
"""Audits that stay in the folder."""

_STYLE = Path(__file__).with_name("docs.css").read_text(encoding="utf-8")


def write(verdict: Verdict) -> None:
    """Add the page of an audit, forget the oldest, and write the index anew.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = verdict.docs.parent / "validations"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = verdict.at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    name = f"{stamp}-{(verdict.run_id or 'whole-ledger')[:12]}"
    _put(folder / f"{name}.html", _page(verdict))
    _put(folder / f"{name}.json", json.dumps(_record(verdict), indent=1, ensure_ascii=False))
    _forget(folder)
    newest_first = sorted(folder.glob("*.json"), reverse=True)
    _put(verdict.docs, _index([_load(path) for path in newest_first]))


@dataclass(frozen=True)
class _Audit:
    """One line of the index."""

    name: str
    at: datetime
    run_id: str | None
    is_passed: bool
    checks: int
    failed: int
    warned: int


def _record(verdict: Verdict) -> dict[str, object]:
    return {
        "at": verdict.at.astimezone(UTC).isoformat(),
        "run_id": verdict.run_id,
        "is_passed": verdict.is_passed,
        "failed": len(verdict.failures),
        "warned": len(verdict.warnings),
        "checks": [asdict(check) for check in verdict.checks],
    }


def _load(path: Path) -> _Audit:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return _Audit(
            path.stem,
            datetime.fromisoformat(record["at"]),
            record["run_id"],
            record["is_passed"],
            len(record["checks"]),
            record["failed"],
            record["warned"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OSError(errno.EINVAL, f"{path.name} is damaged; remove it", str(path)) from error


def _put(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _forget(folder: Path) -> None:
    for path in sorted(folder.glob("*.json"), reverse=True)[KEPT:]:
        path.with_suffix(".html").unlink(missing_ok=True)
        path.unlink()


def _index(audits: Sequence[_Audit]) -> str:
    rows = "".join(_index_row(audit) for audit in audits)
    newest = audits[0]
    return _document(
        "Audits of the ledger",
        f"""
        <h1>Audits of the ledger</h1>
        <p class="lead">Before anything is published, the ledger answers these audits.
        The last {KEPT} of them stay here, newest first.</p>
        {_banner(newest.is_passed, newest.warned, "The newest audit")}
        <table>
          <thead><tr><th>Audited at (UTC)</th><th>Looked at</th><th>Verdict</th>
          <th class="number">Checks</th><th class="number">Failed</th>
          <th class="number">Warnings</th></tr></thead>
          <tbody>{rows}</tbody>
        </table>""",
    )


def _index_row(audit: _Audit) -> str:
    return f"""
        <tr><td><a href="validations/{escape(audit.name)}.html">{_instant(audit.at)}</a></td>
        <td>{_scope(audit.run_id)}</td>
        <td>{_badge("passed" if audit.is_passed else "failed")}</td>
        <td class="number">{audit.checks}</td><td class="number">{audit.failed}</td>
        <td class="number">{audit.warned}</td></tr>"""


def _page(verdict: Verdict) -> str:
    troubles = (*verdict.failures, *verdict.warnings)
    attention = _section("What needs attention", troubles, opened=True) if troubles else ""
    topics = groupby(verdict.checks, key=lambda check: check.topic)
    sections = "".join(_section(topic, tuple(checks)) for topic, checks in topics)
    good = len(verdict.checks) - len(troubles)
    return _document(
        f"Audit of {_instant(verdict.at)}",
        f"""
        <p class="crumbs"><a href="../index.html">All audits</a></p>
        <h1>Audit of {_instant(verdict.at)} UTC</h1>
        <p class="lead">{_about(verdict.run_id)}</p>
        {_banner(verdict.is_passed, len(verdict.warnings), "The ledger")}
        <div class="tiles">
          {_tile(_number(good, "check") + " passed", "passed")}
          {_tile(_number(len(verdict.warnings), "warning"), "warning")}
          {_tile(_number(len(verdict.failures), "failure"), "failed")}
        </div>
        {attention}{sections}""",
    )


def _section(topic: str, checks: Iterable[CheckResult], *, opened: bool = False) -> str:
    rows = "".join(_check_row(check, opened=opened) for check in checks)
    return f"""
        <section class="card"><h2>{escape(topic)}</h2>
        <table class="checks">
          <thead><tr><th>Status</th><th>Expectation</th><th>Expected</th><th>Observed</th></tr>
          </thead><tbody>{rows}</tbody>
        </table></section>"""


def _check_row(check: CheckResult, *, opened: bool) -> str:
    state = "passed" if check.is_passed else "failed" if check.severity == "fail" else "warning"
    bars = "bars the publication" if check.severity == "fail" else "never bars the publication"
    remedy = f'<p class="remedy">{escape(check.remedy)}</p>' if opened else ""
    return f"""
        <tr class="{state}"><td>{_badge(state)}</td>
        <td><strong>{escape(check.title)}</strong>{remedy}
          <details><summary>{escape(check.name)}, {bars}</summary>
          <pre>{escape(check.asked)}</pre></details></td>
        <td>{escape(check.expected)}</td><td>{escape(check.observed)}</td></tr>"""


def _banner(is_passed: bool, warned: int, subject: str) -> str:
    if not is_passed:
        text = f"{subject} did not pass: nothing is published, the old marts stay."
        return f'<div class="alert failed" role="status">{text}</div>'
    state = "warning" if warned else "passed"
    more = f", with {_number(warned, 'warning')}" if warned else ""
    return f'<div class="alert {state}" role="status">{subject} passed{more}.</div>'


def _tile(words: str, state: str) -> str:
    count, _, rest = words.partition(" ")
    shown = state if count != "0" else "none"
    return f'<div class="tile {shown}"><b>{count}</b> {rest}</div>'


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _badge(state: str) -> str:
    return f'<span class="badge {state}">{state}</span>'


def _scope(run_id: str | None) -> str:
    if run_id is None:
        return "the whole ledger"
    return f"run <code>{escape(run_id)}</code>"


def _about(run_id: str | None) -> str:
    if run_id is None:
        return "Every row of the whole ledger was looked at."
    return f"What {_scope(run_id)} changed was looked at, and the ledger's global counters."


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _document(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{_STYLE}</style>
</head>
<body>
<nav>Better Call Buffet<span>Data Docs of the ledger, by Great Expectations</span></nav>
<main>{body}
</main>
</body>
</html>
"""
