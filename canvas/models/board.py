"""The board: its settings, its head of the log, and the lock of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from canvas.rules.board import DEFAULT_COOLDOWN, MAX_COOLDOWN, MAX_SIDE, BoardInfo, State
from canvas.rules.palettes import DEFAULT_PALETTE, InvalidPalette, as_json, check_palette

if TYPE_CHECKING:
    from canvas.models.snapshot import Snapshot


def default_palette() -> list[dict[str, str]]:
    return as_json(DEFAULT_PALETTE)


def validate_palette(value: Any) -> None:
    try:
        check_palette(value if isinstance(value, list) else [value])
    except InvalidPalette as error:
        raise ValidationError(str(error)) from error


class BoardState(models.TextChoices):
    """The rules' states, with the names that people read."""

    OPEN = State.OPEN.value, "Open"
    FROZEN = State.FROZEN.value, "Frozen: seen, not painted"
    CLOSED = State.CLOSED.value, "Closed"


_SIDE = (MinValueValidator(1), MaxValueValidator(MAX_SIDE))


class Board(models.Model):
    """One shared canvas. Its row is the lock under which seqs are given out."""

    slug = models.SlugField(unique=True, help_text="Its address: /b/<slug>/")
    title = models.CharField(max_length=100)
    width = models.PositiveSmallIntegerField(validators=_SIDE)
    height = models.PositiveSmallIntegerField(validators=_SIDE)
    palette = models.JSONField(
        default=default_palette,
        validators=[validate_palette],
        help_text='A list of {"name": "red", "hex": "#FF4500"}. The first colour is what an untouched cell shows. '
        "Append to it; removing or reordering colours repaints the board.",
    )
    cooldown = models.PositiveIntegerField(
        default=DEFAULT_COOLDOWN,
        validators=[MaxValueValidator(MAX_COOLDOWN)],
        help_text="Seconds between two pixels of one player; 0 for none.",
    )
    state = models.CharField(max_length=8, choices=BoardState, default=BoardState.OPEN)
    opens_at = models.DateTimeField(null=True, blank=True, help_text="Closed before; empty for no bound.")
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Closed from then on; empty for no bound.")
    seq = models.PositiveBigIntegerField(default=0, editable=False, help_text="The last update's number.")
    revision = models.PositiveIntegerField(
        default=1, editable=False, help_text="Rises when size, palette, cooldown or state change."
    )
    baseline: models.ForeignKey[Snapshot | None, Snapshot | None] = models.ForeignKey(
        "Snapshot",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What the log since then is painted on; none is a blank board at seq 0.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(width__range=(1, MAX_SIDE), height__range=(1, MAX_SIDE)), name="board_size"
            ),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in State]), name="board_state"),
            models.CheckConstraint(condition=Q(cooldown__lte=MAX_COOLDOWN), name="board_cooldown"),
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
                name="board_opens_before_it_closes",
                violation_error_message="A board must open before it closes.",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.slug

    def get_absolute_url(self) -> str:
        return f"/b/{self.slug}/"

    def info(self) -> BoardInfo:
        """The settings as the rules know them."""
        return BoardInfo(
            id=self.pk,
            slug=self.slug,
            title=self.title,
            width=self.width,
            height=self.height,
            palette=check_palette(self.palette),
            cooldown=self.cooldown,
            state=State(self.state),
            revision=self.revision,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
        )
