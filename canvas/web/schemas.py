"""What the API's answers look like, for its description. The answers themselves are made by the rules and actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class Error(Schema):
    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["There is no board “maim”."])


class Who(Schema):
    id: int
    name: str = Field(examples=["amber-otter-0417"])


class Player(Who):
    ready_at: datetime | None = Field(description="May place again from then on; null for now")


class Color(Schema):
    name: str
    hex: str = Field(examples=["#FF4500"])


class Board(Schema):
    slug: str
    title: str
    width: int
    height: int
    palette: list[Color] = Field(description="A colour on the wire is an index into this")
    cooldown: int = Field(description="Seconds between two pixels of one player")
    state: Literal["open", "frozen", "closed"]
    revision: int = Field(description="Rises when size, palette, cooldown or state change")
    seq: int = Field(description="The last update's number")
    online: int = Field(description="Sockets that watch")


class Update(Schema):
    seq: int
    x: int
    y: int
    color: int
    placed_at: datetime
    player: Who | None


class Updates(Schema):
    updates: list[Update]
    seq: int = Field(description="The head of the log")


class Pixel(Schema):
    x: int
    y: int
    color: int
    seq: int | None = Field(description="null for an untouched cell, as are the next two")
    placed_at: datetime | None
    player: Who | None
    history: list[Update] | None = Field(None, description="Only when asked for")
    next: int | None = Field(None, description="`before` of the next page of the past")


class Place(Schema):
    id: UUID = Field(description="Yours; keep it when you ask again")
    x: int
    y: int
    color: int


class Placed(Schema):
    type: Literal["placed"]
    id: UUID
    seq: int
    x: int
    y: int
    color: int
    ready_at: datetime


class Refused(Schema):
    type: Literal["refused"]
    id: str | None
    code: str = Field(examples=["cooldown"])
    message: str
    wait: float | None = Field(None, description="Seconds")
    ready_at: datetime | None = None


def body(schema: type[Schema]) -> dict[str, Any]:
    """An operation's request body, where the view reads the body itself."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema.model_json_schema()}}}}
