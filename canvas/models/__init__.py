"""Floor 2: what is stored, one noun a file.

The log (`Update`) is the truth; `Pixel` is its fold since the board's baseline, kept so that a cell can be looked up;
`Snapshot` is its fold at one seq, kept so that a board can be loaded. Whoever writes any of the three holds the
`Board` row's lock.
"""

from canvas.models.board import Board
from canvas.models.connection import Connection
from canvas.models.pixel import Pixel
from canvas.models.player import Player
from canvas.models.process import ServerProcess
from canvas.models.snapshot import Snapshot
from canvas.models.update import Update

__all__ = ["Board", "Connection", "Pixel", "Player", "ServerProcess", "Snapshot", "Update"]
