"""The reproduction runs in a checkout; `tests/test_packaging.py` sees what the package alone says."""

from dynnet.paper.locations import check_checkout


def test_a_checkout_is_one() -> None:
    check_checkout()
