import os
import pwd

import pytest

from schemas.errors import LedgerUnavailable
from warehouse.ledger import embedded, server_user

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@as_root
def test_only_the_group_of_the_server_enters(home, postgres_programs):
    server = embedded.start(home, postgres_programs, durable=False)
    place = home / "postgres"
    for name in ("nobody", pwd.getpwuid((place / "data").stat().st_uid).pw_name):
        entry = pwd.getpwnam(name)
        for folder in (place, server.socket):
            stranger = server_user.ServerUser(entry.pw_uid, entry.pw_gid)
            assert not stranger.can_enter(folder)


@as_root
def test_root_is_not_led_into_a_folder_that_is_no_ledger(home, postgres_programs):
    strange = home / "strange"
    strange.mkdir()
    (strange / "important").touch()
    (home / "postgres").symlink_to(strange)
    before = strange.stat()
    with pytest.raises(LedgerUnavailable, match="not made for a ledger"):
        embedded.start(home, postgres_programs)
    assert (strange.stat().st_uid, strange.stat().st_mode) == (before.st_uid, before.st_mode)
