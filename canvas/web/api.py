"""The HTTP API, for tools and for the page; described at /api/docs.

Every error is `{"code", "message"}`, and a placement is answered as over the socket.
"""

from __future__ import annotations

from typing import Annotated

import ninja.errors
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Path, Query

from canvas.actions import history, players, site
from canvas.models import Board
from canvas.rules import messages, refusals, wire
from canvas.rules.placement import Answer
from canvas.rules.refusals import Refusal
from canvas.web import origin, schemas

api = NinjaAPI(
    title="placesite",
    version="1",
    description="One shared board: look, place a pixel, read the log. The socket at `/ws/<slug>/` is faster.",
    urls_namespace="api",
)
MAX_SEQ = 2**63 - 1
Slug = Annotated[str, Path(description="A board's name, as in its address", examples=["main"])]


def error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status)


@api.exception_handler(ninja.errors.ValidationError)
def _invalid(request: HttpRequest, exception: ninja.errors.ValidationError) -> HttpResponse:
    first = exception.errors[0]
    return error(400, "malformed", f"{first['loc'][-1]}: {first['msg']}")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    return error(404, "not_found", str(exception) or "There is nothing at this address.")


def _board(slug: str) -> Board:
    board = Board.objects.select_related("baseline").filter(slug=slug).first()
    if board is None:
        raise Http404(f"There is no board “{slug}”.")
    return board


def _answer(refusal: Refusal) -> JsonResponse:
    response = JsonResponse(messages.answer_json(refusal), status=refusal.http_status)
    if refusal.http_status == 429 and refusal.wait is not None:
        response["Retry-After"] = str(max(1, -int(-refusal.wait // 1)))  # whole seconds, rounded up
    return response


@api.post("/players", response={200: schemas.Player, 403: schemas.Error}, summary="Become a player")
def create_player(request: HttpRequest) -> HttpResponse:
    """Makes an anonymous player and sets the cookie `place_player`. With the cookie, returns the same player."""
    if not origin.allowed_request(request):
        return error(403, "foreign_origin", "Players are made by this site's own page, or by a program.")
    cookie = request.COOKIES.get(players.COOKIE)
    player = players.recognise(cookie)
    if player is None:
        player, cookie = players.create_anonymous(address=origin.request_address(request))
    response = JsonResponse(players.identity_json(players.identity(player)))
    response.set_cookie(
        players.COOKIE,
        cookie or "",
        max_age=players.COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@api.get("/boards/{slug}", response={200: schemas.Board, 404: schemas.Error}, summary="A board's settings")
async def board(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Size, palette, cooldown and state, the last update's seq, and how many sockets watch."""
    feed = await site.hub().feed(slug)
    if feed is None:
        raise Http404(f"There is no board “{slug}”.")
    return JsonResponse({**feed.board_json(), "seq": feed.seq, "online": site.hub().online(feed)})


@api.get(
    "/boards/{slug}/pixels/{x}/{y}",
    response={200: schemas.Pixel, 400: schemas.Error, 404: schemas.Error},
    summary="Who placed this pixel",
)
def pixel(
    request: HttpRequest,
    slug: Slug,
    x: int,
    y: int,
    history_too: Annotated[bool, Query(alias="history", description="Add the pixel's past, newest first")] = False,
    before: Annotated[int | None, Query(ge=0, le=MAX_SEQ, description="With history: updates before this seq")] = None,
) -> HttpResponse:
    """The colour, who, when. `next`, where it is not null, is the `before` of the next page of the past."""
    found = _board(slug)
    if not found.info().contains(x, y):
        return _error_of(refusals.out_of_bounds(width=found.width, height=found.height))
    answer = history.pixel(found, x, y)
    if history_too:
        answer |= history.past(found, x, y, before=before)
    return JsonResponse(answer)


@api.post(
    "/boards/{slug}/pixels",
    response={
        200: schemas.Placed,
        **dict.fromkeys((400, 401, 403, 409, 429), schemas.Refused),
        404: schemas.Error,
    },
    openapi_extra=schemas.body(schemas.Place),
    summary="Place a pixel",
)
async def place(request: HttpRequest, slug: Slug) -> HttpResponse:
    """As over the socket. Asking again with the same `id` is answered as the first time, and costs nothing."""
    if not origin.allowed_request(request):
        return error(403, "foreign_origin", "Pixels are placed by this site's own page, or by a program.")
    if len(request.body) > messages.MAX_MESSAGE_SIZE:
        return _answer(refusals.too_large(limit=messages.MAX_MESSAGE_SIZE))
    said = messages.parse_body(request.body)
    if isinstance(said, Refusal):
        return _answer(said)
    feed = await site.hub().feed(slug)
    if feed is None:
        raise Http404(f"There is no board “{slug}”.")
    player = await site.recognise(request.COOKIES.get(players.COOKIE))
    if player is None:
        answer: Answer = refusals.unauthenticated()
    else:
        answer = await site.hub().commit.submit(feed.info.id, player.pk, said)
    if isinstance(answer, Refusal):
        return _answer(answer.for_request(said.given_id))
    return JsonResponse(messages.answer_json(answer, request_id=said.given_id))


@api.get(
    "/boards/{slug}/updates",
    response={200: schemas.Updates, 400: schemas.Error, 404: schemas.Error},
    summary="The log after a seq",
)
def updates(
    request: HttpRequest,
    slug: Slug,
    since: Annotated[int, Query(ge=0, le=MAX_SEQ, description="The last seq you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=history.MAX_UPDATES)] = 1000,
) -> HttpResponse:
    """Updates in order, and the log's head. With `Accept: application/octet-stream`, as binary delta frames."""
    found = _board(slug)
    if request.get_preferred_type(["application/json", "application/octet-stream"]) == "application/octet-stream":
        packed = history.records(found.pk, since=since, limit=limit)
        frames = b"".join(wire.encode_deltas(since + 1, packed))
        response = HttpResponse(frames, content_type="application/octet-stream")
    else:
        response = JsonResponse(history.updates(found.pk, since=since, limit=limit))
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    return response


def _error_of(refusal: Refusal) -> HttpResponse:
    return error(refusal.http_status, str(refusal.code), refusal.message)


def unknown_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Below /api/ nothing answers with a page."""
    return error(404, "not_found", "There is nothing at this address; /api/docs lists what there is.")
