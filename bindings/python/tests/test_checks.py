"""check_sharing() on a real display and relay, and without them."""

import pytest

from qassist import CheckPart, InvalidArgument, check_sharing


def test_all_is_there(display, relay):
    found = check_sharing(display=display.name, relay_url=relay.url, ca_file=relay.ca)
    assert [one for one in found if one.needed and not one.good] == []
    by_part = {one.part: one for one in found}
    assert set(by_part) == set(CheckPart)
    assert by_part[CheckPart.CAPTURE].detail == "1024x768"
    assert by_part[CheckPart.RELAY].name == relay.url


def test_what_is_missing_is_told(display):
    found = {one.part: one for one in check_sharing(display=":4711", worker_path="/nonexistent")}
    assert set(found) == {CheckPart.DISPLAY, CheckPart.WORKER}
    assert all(one.needed and not one.good and one.detail for one in found.values())


def test_what_is_no_relay_is_refused():
    with pytest.raises(InvalidArgument):
        check_sharing(relay_url="http://relay.example")
