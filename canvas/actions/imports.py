"""Boards and logs from files: a picture (PNG) becomes a baseline, a log (CSV) is appended."""

from __future__ import annotations

from pathlib import Path

from canvas.actions.imports_csv import ImportedLog, import_csv
from canvas.actions.imports_files import FileKind, ImportFailed, kind_of
from canvas.actions.imports_png import ImportedPicture, import_png
from canvas.engine.bulk import Progress, silent

__all__ = ["ImportFailed", "ImportedLog", "ImportedPicture", "import_csv", "import_file", "import_png"]


def import_file(
    *,
    slug: str,
    path: Path,
    width: int | None = None,
    height: int | None = None,
    keep_order: bool = False,
    progress: Progress = silent,
) -> ImportedLog | ImportedPicture:
    """Import a file as what its first bytes say it is; see import_png and import_csv.

    Raises ImportFailed with the file's fault, InvalidBoard or ValidationError for a board that cannot be.
    """
    if kind_of(path) is FileKind.PNG:
        if width or height or keep_order:
            raise ImportFailed(
                path, "A picture has its size and no order: leave out --width, --height and --keep-order."
            )
        return import_png(slug=slug, path=path)
    return import_csv(slug=slug, path=path, width=width, height=height, keep_order=keep_order, progress=progress)
