"""What a training left in its manifest."""

from dynnet.checkpoints import read_manifest
from dynnet.paper.run import Folders


def hashes(where: Folders) -> dict[str, str]:
    return {name: entry["sha256"] for name, entry in read_manifest(where.checkpoints).items()}
