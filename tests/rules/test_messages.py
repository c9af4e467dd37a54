import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.rules import messages, refusals
from canvas.rules.messages import MAX_MESSAGE_SIZE, Ping, parse, parse_body
from canvas.rules.placement import Placed, Placement
from canvas.rules.refusals import Code, Refusal
from tests.rules.test_board import info

ID = "01234567-89ab-cdef-0123-456789abcdef"


def place(**changed):
    return json.dumps({"type": "place", "id": ID, "x": 1, "y": 2, "color": 3, **changed})


def code(text):
    answer = parse(text)
    assert isinstance(answer, Refusal), answer
    return answer.code


def test_a_placement_is_read():
    assert parse(place()) == Placement(UUID(ID), 1, 2, 3, given_id=ID)


def test_a_ping_is_read():
    assert parse('{"type":"ping"}') == Ping()


def test_unknown_fields_are_ignored():
    assert isinstance(parse(place(extra=[1, {"a": None}])), Placement)


def test_of_a_key_that_comes_twice_the_last_counts():
    assert parse('{"type":"ping",' + place()[1:]) == parse(place())
    assert parse(place()[:-1] + ',"x":7}').x == 7


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "place",
        "{",
        '{"type":"place"',
        "{'type': 'ping'}",
        '{"type":"ping",}',
        "\0",
        '{"type":"pi\nng"}',
        "[" * 1000,
        '{"type":' * 120,
        "[" * 500 + "]" * 500,
        '{"a":' * 150 + "1" + "}" * 150,
        "null",
        "true",
        "1",
        "NaN",
        '"ping"',
        "[]",
        '[{"type":"ping"}]',
        "{}",
        '{"type":null}',
        '{"type":1}',
        '{"type":["place"]}',
        '{"type":{"place":1}}',
        '{"type":"Place"}',
        '{"type":"place "}',
        '{"type":"hello"}',
        "﻿" + '{"type":"ping"}',
    ],
)
def test_what_makes_no_sense_is_malformed(text):
    assert code(text) is Code.MALFORMED


@pytest.mark.parametrize("name", ["x", "y", "color"])
@pytest.mark.parametrize(
    "value", [None, "1", 1.0, 1.5, True, False, [1], {"a": 1}, "", float("nan"), float("inf"), 1e300]
)
def test_a_coordinate_is_a_whole_number_and_the_refusal_says_of_which_request(name, value):
    refusal = parse(place(**{name: value}))

    assert (refusal.code, refusal.id) == (Code.MALFORMED, ID)
    assert f'"{name}"' in refusal.message


@pytest.mark.parametrize("name", ["x", "y", "color"])
def test_a_missing_coordinate_is_malformed(name):
    message = json.loads(place())
    del message[name]

    assert code(json.dumps(message)) is Code.MALFORMED


@pytest.mark.parametrize("digits", [20, 300, 900])
def test_a_huge_number_is_read_and_left_to_the_judge(digits):
    assert parse(place(x=10**digits)).x == 10**digits
    assert parse(place(x=-(10**digits))).x == -(10**digits)


@pytest.mark.parametrize("given", [ID, ID.upper(), ID.replace("-", ""), "00000000-0000-0000-0000-000000000000"])
def test_an_id_is_a_uuid_and_is_given_back_as_it_was_written(given):
    placement = parse(place(id=given))

    assert (placement.id, placement.given_id) == (UUID(given), given)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        1,
        True,
        [ID],
        {"id": ID},
        "x",
        ID[:-1],
        ID + "0",
        ID + "\n",
        " " + ID[1:],
        "g" + ID[1:],
        f"{{{ID}}}",
        "urn:" + ID.replace("-", ""),
        f"urn:uuid:{ID}",
        ID.replace("-", "")[:8] + "-" + ID.replace("-", "")[8:] + "---",
        "0_" * 16,
        "１" * 32,
        "+" + ID.replace("-", "")[1:],
        "\ud800" * 32,
        "\0" * 36,
    ],
)
def test_another_id_is_malformed_and_not_echoed(given):
    refusal = parse(place(id=given))

    assert (refusal.code, refusal.id) == (Code.MALFORMED, None)


# Size


def padded(size, filler="x"):
    empty = len(place(pad="").encode())
    padding, odd = divmod(size - empty, len(filler.encode()))
    text = json.dumps({**json.loads(place()), "pad": filler * padding + "x" * odd}, ensure_ascii=False)
    assert len(text.encode()) == size
    return text


@pytest.mark.parametrize("filler", ["x", "é", "白", "🟥"])
def test_a_message_may_have_1024_bytes_not_characters(filler):
    assert MAX_MESSAGE_SIZE == 1024
    assert isinstance(parse(padded(1024, filler)), Placement)
    assert code(padded(1025, filler)) is Code.TOO_LARGE


def test_size_is_told_before_sense():
    assert code("x" * 1025) is Code.TOO_LARGE
    assert code("x" * 1024) is Code.MALFORMED
    assert code("\ud800" * 1024) is Code.MALFORMED


@given(st.text(max_size=1100))
def test_whatever_a_client_says_has_an_answer(text):
    assert isinstance(parse(text), Ping | Placement | Refusal)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.just("place") | json_values,
            "id": st.uuids().map(str) | json_values,
            "x": json_values,
            "y": json_values,
            "color": json_values,
        },
    )
)
def test_a_placement_that_is_read_holds_what_was_written(message):
    answer = parse(json.dumps(message))

    if isinstance(answer, Placement):
        assert message["type"] == "place"
        assert UUID(message["id"]) == answer.id
        assert [type(message[name]) for name in ("x", "y", "color")] == [int, int, int]
        assert (answer.x, answer.y, answer.color) == (message["x"], message["y"], message["color"])
    else:
        assert answer == Ping() or answer.code in (Code.MALFORMED, Code.TOO_LARGE)


# Over HTTP


def test_over_http_the_type_may_be_left_out():
    body = {"id": ID, "x": 1, "y": 2, "color": 3}

    assert parse_body(json.dumps(body).encode()) == parse(place())
    assert parse_body(place().encode()) == parse(place())
    assert parse_body(json.dumps({**body, "type": "ping"}).encode()).code is Code.MALFORMED


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"\xff", b"[]", b"{", "{}".encode("utf-16"), b"\x80" * 50, b"[" * 100_000]
)
def test_a_body_that_makes_no_sense_is_malformed(body):
    assert parse_body(body).code is Code.MALFORMED


# What the server says


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (None, None),
        (datetime(2026, 4, 1, 12, tzinfo=UTC), "2026-04-01T12:00:00.000Z"),
        (datetime(2026, 4, 1, 12, 0, 0, 1_999, tzinfo=UTC), "2026-04-01T12:00:00.001Z"),
        (datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "2026-12-31T23:59:59.999Z"),
        (datetime(2026, 4, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2026-04-01T06:30:00.000Z"),
    ],
)
def test_times_are_utc_with_milliseconds(moment, text):
    assert messages.iso(moment) == text


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_a_time_survives_the_wire_to_the_millisecond(moment):
    back = datetime.fromisoformat(messages.iso(moment))

    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)


def test_placed_carries_the_id_as_it_was_written():
    ready_at = datetime(2026, 4, 1, 12, 5, tzinfo=UTC)

    assert messages.answer_json(Placed(7, 1, 2, 3, ready_at), request_id=ID.upper()) == {
        "type": "placed",
        "id": ID.upper(),
        "seq": 7,
        "x": 1,
        "y": 2,
        "color": 3,
        "ready_at": "2026-04-01T12:05:00.000Z",
    }


def test_a_refusal_says_only_what_it_knows():
    assert messages.answer_json(refusals.board_closed(), request_id=ID) == {
        "type": "refused",
        "id": ID,
        "code": "board_closed",
        "message": "The board is closed.",
    }
    assert messages.answer_json(refusals.malformed("No.", id=ID))["id"] == ID
    assert messages.answer_json(refusals.malformed("No."))["id"] is None


def test_a_wait_of_zero_is_not_left_out():
    assert messages.answer_json(refusals.busy(wait=0.0))["wait"] == 0


def test_a_cooldown_says_both_how_long_and_until_when():
    answer = messages.answer_json(
        refusals.cooldown(wait=12.34567, ready_at=datetime(2026, 4, 1, tzinfo=UTC)), request_id=str(uuid4())
    )

    assert (answer["wait"], answer["ready_at"]) == (12.346, "2026-04-01T00:00:00.000Z")


def test_a_board_is_told_as_the_protocol_has_it():
    assert messages.board_json(info()) | {"palette": None} == {
        "slug": "main",
        "title": "Main",
        "width": 8,
        "height": 6,
        "palette": None,
        "cooldown": 300,
        "state": "open",
        "revision": 1,
    }
    assert messages.board_json(info())["palette"][0] == {"name": "white", "hex": "#FFFFFF"}


def test_json_goes_out_without_spaces_and_in_any_script():
    assert messages.dumps({"a": [1, 2], "b": "白"}) == '{"a":[1,2],"b":"白"}'
