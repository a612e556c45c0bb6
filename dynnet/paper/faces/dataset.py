"""Faces with attributes: sub-sets of them, chosen by what they show, that share one array of pixels."""

import hashlib
import logging
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from dynnet.errors import DynnetError
from dynnet.paper.data.photos import COPIES, Photos
from dynnet.paper.data.rows import Rows
from dynnet.paper.data.squares import load_squares
from dynnet.paper.faces.attributes import parse
from dynnet.paper.faces.files import find_faces

_log = logging.getLogger(__name__)

# CelebA's official partitions (Liu et al. 2015, list_eval_partition.txt): training up to the first of these numbers,
# validation up to the second, then test.
_PARTITION_ENDS = (162_770, 182_637)


class Faces(Photos):
    """N photos of faces: `squares`, uint8 (N, S, S, 3), and what is known about each of them.

    `attributes` has N rows and a bool column for each attribute, `ids`, int (N,), are the numbers of the files in
    CelebA. As for all photos, `name` says where they are from and `skipped` names the files that could not be read.
    `PhotoBatches(faces, batch, crop=faces.size, scale=(1, 1))` makes training batches of whole faces.

    Raises:
        DynnetError: there is not one row of booleans and one id for each square.
    """

    def __init__(
        self,
        squares: np.ndarray | Rows,
        attributes: pd.DataFrame,
        ids: np.ndarray,
        name: str,
        skipped: tuple[str, ...] = (),
        digests: np.ndarray | None = None,
    ) -> None:
        super().__init__(squares, name, skipped, digests)
        if not len(attributes) == len(ids) == len(squares) or not (attributes.dtypes == np.bool_).all():
            raise DynnetError(
                f"expected a row of booleans and an id for each of {len(squares)} faces, got {len(ids)} ids and "
                f"{len(attributes)} rows of {', '.join(sorted(set(map(str, attributes.dtypes))))}"
            )
        self.attributes = attributes
        self.ids = ids

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that is shown and known: a corrected attribute, too, makes another one."""
        known = [*map(str, self.attributes.columns), self.attributes.shape]
        content = self.attributes.to_numpy().tobytes() + self.ids.astype("<i8").tobytes()
        return hashlib.sha256(f"{self.pixels}{known}".encode() + content).hexdigest()

    def where(self, expression: str) -> "Faces":
        """The faces that fit an attribute expression such as `Black_Hair or Brown_Hair`; no pixel is copied.

        Raises:
            DynnetError: it is no such expression, has an attribute that is not known, or fits no face.
        """
        chosen = np.flatnonzero(parse(expression).matches(self.attributes))
        if len(chosen) == 0:
            raise DynnetError(
                f"{self.name}: expected faces with the attributes {expression!r}, got 0 of {len(self):,}; "
                "choose another expression"
            )
        return self._taken(chosen, f"{self.name}: {expression}")

    def split_by_id(self, share: float = 0.1) -> tuple["Faces", "Faces"]:
        """Splits into (training, held out) at one id, so that `share` of the faces, those above it, are held out.

        CelebA's own partitions are ranges of ids and no person is in two of them: a tenth of all of CelebA is nearly
        its test partition. Within a partition, persons are spread over all ids and some may be on both sides; a picture
        that has two ids is not, it is held out. Split before `where`: sub-sets split one by one would be split at other
        ids.

        Raises:
            DynnetError: one of the two would be empty, or the share is not in (0, 1).
        """
        if not 0 < share < 1:
            raise DynnetError(f"{self.name}: expected a share between 0 and 1 to hold out, got {share}")
        upper = self.ids >= np.sort(self.ids)[-max(1, round(share * len(self)))]
        if upper.all():
            raise DynnetError(
                f"{self.name}: expected enough faces to hold out {share:.0%} of them, got {len(self):,}; add faces"
            )
        return self._split(upper)

    def split_by_person(self) -> tuple["Faces", "Faces"]:
        """Splits into (training, held out) so that no person is on both sides.

        No person is in two of CelebA's official partitions (Liu et al. 2015), which are ranges of ids: 1..162770 for
        training, 162771..182637 for validation and 182638..202599 for tests. Of the partitions that the faces are
        from, the smallest is held out, of equal ones the last. Faces of one partition are split by `split_by_id`, and
        the name of the held-out ones says that persons may be in both. Split before `where`: in a sub-set, another
        partition may be the smallest.

        Raises:
            DynnetError: one of the two would be empty.
        """
        partitions = np.searchsorted(_PARTITION_ENDS, self.ids)
        present, counts = np.unique(partitions, return_counts=True)
        if len(present) == 1:
            training, held_out = self.split_by_id()
            held_out.name += "; persons may be in both"
            return training, held_out
        smallest = present[::-1][np.argmin(counts[::-1])]
        return self._split(partitions == smallest)

    def require(self, count: int, what: str) -> None:
        """Makes sure that there are faces enough; `what` says what they are needed for.

        Raises:
            DynnetError: there are fewer than `count`.
        """
        if len(self) < count:
            raise DynnetError(
                f"{self.name}: expected at least {count:,} faces for {what}, got {len(self):,}; "
                "choose an expression that fits more faces, or ask for fewer"
            )

    def _split(self, upper: np.ndarray) -> tuple["Faces", "Faces"]:
        held_out = self._taken(np.flatnonzero(upper), f"{self.name}, held out")
        below = self._taken(np.flatnonzero(~upper), self.name)
        training = below.without_copies_of(held_out)
        if left_out := len(below) - len(training):
            _log.info("%s: left out of training %d %s", self.name, left_out, COPIES)
        return training, held_out

    def _taken(self, index: np.ndarray, name: str) -> "Faces":
        attributes = self.attributes.iloc[index].reset_index(drop=True)
        digests = None if self._digests is None else self._digests[index]
        return Faces(Rows(self.squares, index), attributes, self.ids[index], name, self.skipped, digests)


def load_faces(root: Path, size: int, cache: Path) -> Faces:
    """The faces below a data root as squares of `size` pixels, in the order of their CelebA numbers.

    They come from the folders root/faces64, root/faces128, ..., each with an attributes.csv, as `find_faces` chooses,
    else from a copy of CelebA, cropped like the others. They are decoded once, as photos are: the squares are kept in
    the folder `cache` under a name that changes with the files. The attributes are read every time. Files that cannot
    be read are logged, left out and listed in `Faces.skipped`.

    Raises:
        DynnetError: there are no faces; their attributes are missing, damaged or lack a picture; more than one file and
            more than 1 % of the files cannot be read; or `cache` cannot be written.
    """
    files = find_faces(root, size)
    found = load_squares(files.paths, files.names, files.read, size, cache, "faces")
    if found.skipped:
        counts = len(found.skipped), len(files.paths)
        _log.warning("%s: left out %d of %d files that cannot be read", files.source, *counts)
    read = ~np.isin(files.names, found.skipped)
    attributes, ids = files.attributes[read].reset_index(drop=True), files.ids[read]
    return Faces(found.pixels, attributes, ids, files.source, found.skipped, found.digests)
