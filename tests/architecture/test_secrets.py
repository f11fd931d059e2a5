"""Nothing in the repository tells of a machine, a package registry or a real person."""

import re
from pathlib import Path

_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "conda." + "anaconda.org")
_INDEX = re.compile(r"--(extra-)?index-url\b")
_HOMES = re.compile(r"(?<![\w.])/(home|Users)/\w+/|\b[A-Z]:\\Users\\")
_CPF = re.compile(r"(?<![\d.])(\d{3})\.?(\d{3})\.?(\d{3})-?(\d{2})(?![\d.])")
_PLACEHOLDER = "0" * 11


def _text(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


def test_no_file_names_a_path_of_a_machine(files: list[Path], root: Path) -> None:
    here = str(root)
    found = [path for path in files if here in _text(path) or _HOMES.search(_text(path))]
    assert found == []


def test_no_file_names_a_package_registry(files: list[Path]) -> None:
    found = [
        path
        for path in files
        if any(host in _text(path) for host in _HOSTS) or _INDEX.search(_text(path))
    ]
    assert found == []


def test_the_lock_holds_versions_and_hashes_and_no_address(root: Path) -> None:
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    requirements = re.findall(r"^[A-Za-z0-9_.-]+(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    assert len(requirements) > 50
    assert lock.count("--hash=sha256:") >= len(requirements)


def test_the_shipped_statements_hold_no_valid_tax_number(root: Path) -> None:
    """A CPF whose check digits are right may belong to a person."""
    folders = (root / "data" / "samples", root / "tests")
    found = {
        (path.name, match[0])
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix.lower() not in (".py", ".pyc")
        for match in _CPF.finditer(_text(path))
        if is_cpf("".join(match.groups()))
    }
    assert found == set()


def is_cpf(digits: str) -> bool:
    """Eleven digits whose last two check the first nine; eleven equal ones are never given."""
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(d) * w for d, w in zip(digits, range(length + 1, 1, -1), strict=False))
        if int(digits[length]) != total * 10 % 11 % 10:
            return False
    return True


def test_the_check_digits_are_computed_right() -> None:
    """The example of the tax authority's own description: 111.444.777-35."""
    assert is_cpf("11144477735")
    assert not is_cpf("11144477736")
    assert not is_cpf(_PLACEHOLDER)
