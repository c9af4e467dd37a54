"""The snapshot: a board's cells at one seq, compressed."""

from __future__ import annotations

import zlib

import zstandard
from django.db import models
from django.db.models import Q

from canvas.models.board import Board
from canvas.rules.wire import SnapshotBody


class Kind(models.TextChoices):
    """What a snapshot is for."""

    BASELINE = "baseline", "Baseline: what the log since then is painted on"
    PERIODIC = "periodic", "Periodic: the log folded so far, for a fast start"
    ARCHIVE = "archive", "Archive: what was there before a reset"


class CorruptSnapshot(Exception):
    """The stored cells do not match their checksum or size."""


class Snapshot(models.Model):
    """Cells are width × height bytes, row by row from the top left; stored with zstd, checked with CRC-32."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    seq = models.PositiveBigIntegerField()
    revision = models.PositiveIntegerField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    checksum = models.PositiveBigIntegerField(help_text="CRC-32 of the cells.")
    data = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="snapshot_kind")
        ]
        indexes = [models.Index(fields=["board", "-seq", "-id"], name="snapshot_newest")]

    def __str__(self) -> str:
        return f"{self.board_id} at {self.seq}"

    @classmethod
    def of(cls, board: Board, kind: Kind, *, seq: int, cells: bytes) -> Snapshot:
        """An unsaved snapshot of these cells, at the board's size and revision."""
        return cls(
            board=board,
            kind=kind,
            seq=seq,
            revision=board.revision,
            width=board.width,
            height=board.height,
            checksum=zlib.crc32(cells),
            data=zstandard.compress(cells, 3),
        )

    def cells(self) -> bytes:
        """Raises CorruptSnapshot rather than hand out cells that are not what was stored."""
        data, size = bytes(self.data), self.width * self.height
        try:
            # Asked before it is unpacked: `max_output_size` holds only for data that does not tell its size.
            if zstandard.frame_content_size(data) not in (-1, size):
                raise CorruptSnapshot(f"Snapshot {self.pk} does not hold {size} cells.")
            cells = zstandard.decompress(data, max_output_size=size)
        except zstandard.ZstdError as error:
            raise CorruptSnapshot(f"Snapshot {self.pk} cannot be decompressed: {error}") from error
        if len(cells) != size or zlib.crc32(cells) != self.checksum:
            raise CorruptSnapshot(f"Snapshot {self.pk} does not match its checksum.")
        return cells

    def body(self) -> SnapshotBody:
        return SnapshotBody(self.width, self.height, self.seq, self.revision, self.cells())
