"""What tests of faces share."""

from collections.abc import Iterator

import pytest

from dynnet.paper.faces import generation


@pytest.fixture(scope="module", autouse=True)
def faces_of_statistics() -> Iterator[int]:
    """A generator's final statistics are of few faces: of as many as they are else, they take longer than its training.

    Returns how many they are else.
    """
    count = generation._STATISTICS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "_STATISTICS", generation._BATCH)
        yield count
