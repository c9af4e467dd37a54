"""Files and small worlds for the commands' tests."""

import gzip
import io

import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

HEADER = "timestamp,user_id,pixel_color,coordinate"


@pytest.fixture
def run(db):
    """Runs a command; what it wrote to stdout, without its colours."""

    def run(*args, **options):
        out = io.StringIO()
        call_command(*args, stdout=out, stderr=io.StringIO(), **options)
        return out.getvalue()

    return run


@pytest.fixture
def csv_file(tmp_path):
    """Writes a log: rows as text, with the header before them."""

    def write(*rows, header=HEADER, name="log.csv", zipped=False):
        content = "".join(f"{row}\n" for row in (header, *rows)).encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if zipped else content)
        return path

    return write


@pytest.fixture
def png_file(tmp_path):
    """Writes a picture from rows of (r, g, b) or (r, g, b, a)."""

    def write(pixels, name="picture.png"):
        path = tmp_path / name
        Image.fromarray(np.array(pixels, dtype=np.uint8)).save(path)
        return path

    return write


def row(second, name, color, x, y):
    """A row of the log, so many seconds after noon."""
    return f'2022-04-01 12:00:{second:02d}.315 UTC,{name},{color},"{x},{y}"'
