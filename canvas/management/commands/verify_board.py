"""Prove that a board is what its log says."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from canvas.actions.verify import verify
from canvas.actions.verify_log import About
from canvas.management.commands._common import Bars, BoardCommand, board_of, counted


class Command(BoardCommand):
    help = (
        "Proves that the log of the board SLUG has no gap, that its pixels and snapshots are what the log gives, and "
        "that the snapshots are readable. Exit code 1 when something is wrong and stays so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="rebuild pixels and periodic snapshots from the log, which stays as it is",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        slug, repair = board_of(options["slug"]).slug, options["repair"]
        with Bars() as bars:
            verdict = verify(slug=slug, repair=repair, progress=bars)
        for finding in verdict.findings:
            self.stdout.write(f"{finding.text}{' Repaired.' if finding.repaired else ''}")
        looked = (
            f"{counted(verdict.updates, 'update')}, {counted(verdict.pixels, 'pixel')} and "
            f"{counted(verdict.snapshots, 'snapshot')} of board {slug} at seq {verdict.seq}"
        )
        if not verdict.found:
            return f"Checked {looked}: all agree."
        remaining = verdict.found - verdict.repaired
        if any(finding.repaired and finding.about is About.PERIODIC for finding in verdict.findings):
            self.stdout.write("Restart the servers: they may have loaded the snapshot that was wrong.")
        if not remaining:
            return f"Checked {looked}: found {counted(verdict.found, 'fault')}, repaired all."
        advice = (
            "What is left is in the log, or in snapshots that nothing else can rebuild: restore them from a backup."
            if repair
            or not any(finding.about in (About.PIXEL, About.PERIODIC, About.HEAD) for finding in verdict.findings)
            else "Run it again with --repair to rebuild pixels and periodic snapshots."
        )
        raise CommandError(
            f"Checked {looked}: found {counted(verdict.found, 'fault')}, repaired {verdict.repaired:,}. {advice}",
            returncode=1,
        )
