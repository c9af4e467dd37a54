#!/usr/bin/env python
"""Commands for operators: `./manage.py help`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "placesite.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit("Django is not here. Run `make install`, then `.venv/bin/python manage.py`.") from error
    execute_from_command_line(sys.argv)
