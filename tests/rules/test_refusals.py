import pathlib
import re
from datetime import UTC, datetime

import pytest

from canvas.rules import refusals
from canvas.rules.refusals import CLOSE_REASONS, HTTP_STATUS, CloseCode, Code

PROTOCOL = pathlib.Path(__file__).parents[2] / "docs" / "protocol.md"
CLOSE_CODES = {name: value for name, value in vars(CloseCode).items() if name.isupper()}


@pytest.mark.parametrize("code", Code)
def test_every_code_has_an_http_status_of_a_refusal(code):
    assert 400 <= HTTP_STATUS[code] < 500


def test_there_is_a_status_for_nothing_else():
    assert set(HTTP_STATUS) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_every_code_is_in_the_protocol(code):
    assert f"`{code}`" in PROTOCOL.read_text()


@pytest.mark.parametrize("name", CLOSE_CODES)
def test_every_close_code_is_in_the_protocol_and_has_a_sentence_that_fits(name):
    assert re.search(rf"\b{CLOSE_CODES[name]}\b", PROTOCOL.read_text())
    assert len(CLOSE_REASONS[CLOSE_CODES[name]].encode()) <= 123


def test_every_code_can_be_said_with_a_sentence():
    said = [
        refusals.cooldown(wait=3, ready_at=datetime(2026, 1, 1, tzinfo=UTC)),
        refusals.busy(wait=1),
        refusals.out_of_bounds(width=8, height=6),
        refusals.unknown_color(colors=16),
        refusals.board_frozen(),
        refusals.board_closed(),
        refusals.banned(reason=""),
        refusals.unauthenticated(),
        refusals.malformed("That is not JSON."),
        refusals.too_large(limit=1024),
        refusals.rate_limited(wait=0.1),
    ]

    assert {refusal.code for refusal in said} == set(Code)
    assert all(refusal.message.endswith(".") for refusal in said)
    assert {refusal.code for refusal in said if refusal.wait is not None} == {
        Code.COOLDOWN,
        Code.BUSY,
        Code.RATE_LIMITED,
    }


def test_sentences_name_the_last_valid_value():
    assert "0 to 7" in refusals.out_of_bounds(width=8, height=6).message
    assert "0 to 5" in refusals.out_of_bounds(width=8, height=6).message
    assert "0 to 15" in refusals.unknown_color(colors=16).message


@pytest.mark.parametrize(
    ("wait", "seconds"), [(0.001, 1), (0.5, 1), (1.0, 1), (1.2, 2), (2.5, 3), (299.4, 300), (300, 300)]
)
def test_a_wait_is_never_rounded_down(wait, seconds):
    assert f"in {seconds} s" in refusals.cooldown(wait=wait, ready_at=datetime(2026, 1, 1, tzinfo=UTC)).message


def test_a_ban_has_its_reason_or_a_sentence_of_its_own():
    assert refusals.banned(reason="Spam.").message == "Spam."
    assert refusals.banned(reason="").message


def test_a_refusal_for_a_request_names_it_and_stays_the_same_otherwise():
    refusal = refusals.busy(wait=2)

    assert refusal.for_request("abc").id == "abc"
    assert refusal.id is None
    assert refusal.for_request("abc").wait == 2
    assert refusal.http_status == 429
