"""The cooldown: when a player may place again. Times are timezone-aware UTC, whole milliseconds."""

from __future__ import annotations

from datetime import datetime, timedelta


def to_milliseconds(moment: datetime) -> datetime:
    """Cut to whole milliseconds, the precision of the wire and of exports, so that a time survives both."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def wait(ready_at: datetime | None, now: datetime) -> float:
    """Seconds until the player may place again; 0 when they may now."""
    if ready_at is None or ready_at <= now:
        return 0.0
    return (ready_at - now).total_seconds()


def next_ready_at(now: datetime, seconds: int) -> datetime:
    """When a player who places at `now` may place again."""
    return now + timedelta(seconds=seconds)
