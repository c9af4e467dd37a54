"""Floor 5: the admin, one file a noun. A tour:

- `lists`       what all lists share: nothing here counts or sorts a table of ten million rows
- `pictures`    swatches and boards as images that the content security policy allows
- `board`       create, change, reset; always through `canvas.actions.boards`, so that open pages learn of it
- `player`      who places
- `update`      the log, to read
- `pixel`       who owns a cell now, to read
- `snapshot`    stored boards, to look at
- `connection`, `process`   who is connected, and to what, to read
"""

from django.contrib import admin

from canvas.admin.board import BoardAdmin
from canvas.admin.connection import ConnectionAdmin
from canvas.admin.pixel import PixelAdmin
from canvas.admin.player import PlayerAdmin
from canvas.admin.process import ServerProcessAdmin
from canvas.admin.snapshot import SnapshotAdmin
from canvas.admin.update import UpdateAdmin

__all__ = [
    "BoardAdmin",
    "ConnectionAdmin",
    "PixelAdmin",
    "PlayerAdmin",
    "ServerProcessAdmin",
    "SnapshotAdmin",
    "UpdateAdmin",
]

admin.site.site_header = admin.site.site_title = "placesite"
admin.site.index_title = "Boards, players and the log"
