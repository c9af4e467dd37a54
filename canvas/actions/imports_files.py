"""A file that somebody hands in: what it is, its lines, and what is wrong with it. It knows no board."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
GZIP_MAGIC = b"\x1f\x8b"
MAX_LINE = 100_000
"""Bytes. A row has about 150; what is longer is another kind of file, and would only fill the memory."""


class ImportFailed(Exception):
    """Nothing was imported. The message names the file, the line where there is one, and what to do."""

    def __init__(self, path: Path, found: str, *, line: int | None = None) -> None:
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {found} Nothing was imported.")


class FileKind(StrEnum):
    """What a file can be, by its first bytes, whatever it is called."""

    PNG = "png"
    CSV = "csv"


def kind_of(path: Path) -> FileKind:
    """Raises ImportFailed for a file that cannot be read, is empty, or is a packed picture."""
    with _opened(path) as file:
        magic = file.read(len(PNG_MAGIC))
    if not magic:
        raise ImportFailed(path, "The file is empty. Was it written to the end?")
    if magic == PNG_MAGIC:
        return FileKind.PNG
    if magic.startswith(GZIP_MAGIC):
        try:
            with gzip.open(path) as unpacked:
                if unpacked.read(len(PNG_MAGIC)) == PNG_MAGIC:
                    raise ImportFailed(path, "This is a gzipped PNG: unpack it with gunzip first.")
        except (EOFError, OSError, zlib.error):
            pass  # broken: whoever reads its lines says where
    return FileKind.CSV


class Lines:
    """The lines of a text file, plain or gzipped, with their ends; an iterator that knows how far it is.

    Iterating raises ImportFailed for a broken or truncated gzip file, for what is not UTF-8, for NUL and for a line
    beyond MAX_LINE.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.size = 0
        """Bytes of the file as it is on the disk."""
        self._file: BinaryIO | None = None

    @property
    def position(self) -> int:
        """Bytes read, of `size`."""
        return self._file.tell() if self._file else 0

    def __iter__(self) -> Iterator[str]:
        with _opened(self.path) as self._file:
            self.size = os.fstat(self._file.fileno()).st_size
            packed = self._file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            self._file.seek(0)
            text: BinaryIO = self._file
            if packed:
                text = io.BufferedReader(gzip.GzipFile(fileobj=self._file), 1 << 20)
            while True:
                self.number += 1
                try:
                    line = text.readline(MAX_LINE)
                except (EOFError, OSError, zlib.error) as error:
                    raise self.failed(
                        f"The file is damaged or cut off here ({error}). Fetch or copy it again, and check it with "
                        "`gzip --test`."
                    ) from error
                if not line:
                    return
                if len(line) == MAX_LINE:
                    raise self.failed(f"This line is longer than {MAX_LINE:,} bytes; is this a CSV file?")
                try:
                    decoded = line.decode()
                except UnicodeDecodeError as error:
                    raise self.failed("This line is not UTF-8 text; save the file as CSV in UTF-8.") from error
                if "\0" in decoded:
                    raise self.failed("This line has a NUL byte, which no text has; is the file damaged?")
                yield decoded

    def failed(self, found: str) -> ImportFailed:
        return ImportFailed(self.path, found, line=self.number)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ImportFailed(path, f"The file cannot be read: {error.strerror}.") from error
