"""The order in which test files start."""

from tests.conftest import SLOWEST_FIRST, TESTS


def test_each_of_the_slowest_files_exists():
    assert [name for name in SLOWEST_FIRST if not (TESTS / name).is_file()] == []
