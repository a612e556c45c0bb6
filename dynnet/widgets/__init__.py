"""Sliders: move alpha, see the picture change. Nothing else imports this package.

Nothing is drawn with matplotlib while a slider moves: the picture is JPEG bytes from an incremental evaluation, a plot
is one prepared image on which a dot is set, and of many moves only the latest is rendered.
"""

from dynnet.widgets.completion import CompletionExplorer
from dynnet.widgets.faces import FaceExplorer
from dynnet.widgets.objective import AlphaExplorer
from dynnet.widgets.parts import LatestWins
from dynnet.widgets.walk import WalkExplorer

__all__ = ["AlphaExplorer", "CompletionExplorer", "FaceExplorer", "LatestWins", "WalkExplorer"]
