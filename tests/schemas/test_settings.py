"""Settings: what is no time zone is refused before a night sees its civil day."""

import pytest
from pydantic import ValidationError

from schemas.settings import Settings


def test_a_time_zone_is_known_by_its_name() -> None:
    assert Settings(_env_file=None, timezone="Europe/Lisbon").timezone == "Europe/Lisbon"


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "", "../etc/passwd", "/etc/localtime"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="no such time zone"):
        Settings(_env_file=None, timezone=name)
