"""`serve` that counts the snapshots it encodes: `python -m bench.counted FILE serve --port …`, for `snapshot`.

The file grows by one byte for each.
"""

from __future__ import annotations

import os
import sys

import django

django.setup()

from django.core.management import execute_from_command_line  # noqa: E402

from canvas.actions import pictures  # noqa: E402


def main(path: str, arguments: list[str]) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    plain = pictures.ENCODERS["zstd"]

    def counted(body: bytes) -> bytes:
        os.write(file, b".")
        return plain(body)

    pictures.ENCODERS["zstd"] = counted
    execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
