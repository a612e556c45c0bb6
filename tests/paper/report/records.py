"""Records of figures: small ones as a notebook leaves them, and what those that ship were measured on."""

import json
from pathlib import Path

# The pictures behind the numbers that ship; `make reproduce` on a fresh machine measures on scikit-image's photographs
# and on generated faces instead. Figure 1 has one of scikit-image's everywhere.
PROMISED_ON = {
    "fig1": "scikit-image photographs",
    "fig6": "CelebA (faces64) and CelebA (faces128)",
    "fig7": "CelebA (faces128), held out",
    **dict.fromkeys(("fig3", "fig4", "fig5", "fig8"), "photos, held out"),
}


def write_record(folder: Path, figure: str = "fig9", **changes: object) -> Path:
    """Writes `figure`.json with one claim that holds and one that does not; a change to None leaves a key out."""
    content = {
        "figure": figure,
        "profile": "cpu",
        "seconds": 90.0,
        "date": "2026-02-03",
        "checkpoints": {"main": "ab" * 32, "blocks": "cd" * 32},
        "data": {"name": "noise", "count": 4},
        "claims": [
            {"id": "a", "claim": "first", "where": "4.1", "value": 0.12345, "band": [None, 0.2], "holds": True},
            {
                "id": "b",
                "claim": "a | b",
                "where": "4.1",
                "value": 3,
                "band": [4, None],
                "holds": False,
                "why": "small",
            },
        ],
    }
    path = folder / f"{figure}.json"
    path.write_text(json.dumps({key: value for key, value in (content | changes).items() if value is not None}))
    return path
