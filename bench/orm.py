"""What engine/sql.py does, as well as the ORM can: the other side of the comparison in `commit`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models

Columns = dict[str, Sequence[Any]]


def insert(model: type[models.Model], columns: Columns) -> None:
    model._default_manager.bulk_create(_objects(model, columns))


def upsert(model: type[models.Model], columns: Columns, *, key: Sequence[str]) -> None:
    _put(model, _objects(model, columns), key, [name for name in columns if name not in key])


def update(model: type[models.Model], columns: Columns, *, key: str) -> None:
    # Not bulk_update: a CASE for every row and column takes twice as long as all the rest together.
    changed = [name for name in columns if name != key]
    found = model._default_manager.in_bulk(columns[key])
    for identity, *values in zip(columns[key], *(columns[name] for name in changed), strict=True):
        for name, value in zip(changed, values, strict=True):
            setattr(found[identity], name, value)
    _put(model, found.values(), [key], changed)


def _put(model: type[models.Model], objects: Any, key: Sequence[str], changed: Sequence[str]) -> None:
    model._default_manager.bulk_create(
        objects, update_conflicts=True, unique_fields=list(key), update_fields=list(changed)
    )


def _objects(model: type[models.Model], columns: Columns) -> Iterator[models.Model]:
    names = [model._meta.get_field(name).attname for name in columns]
    for values in zip(*columns.values(), strict=True):
        yield model(**dict(zip(names, values, strict=True)))
