"""The page, and the board as a picture."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from canvas.actions import pictures, site
from canvas.models import Board
from canvas.rules.board import DEFAULT_SLUG
from canvas.web.snapshot import matches


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The default board; where that was never made, the first one there is."""
    board = Board.objects.filter(slug=DEFAULT_SLUG).first() or Board.objects.first()
    return _page(request, board, DEFAULT_SLUG)


@require_safe
def board_page(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, Board.objects.filter(slug=slug).first(), slug)


def _page(request: HttpRequest, board: Board | None, slug: str) -> HttpResponse:
    if board is None:
        return render(request, "canvas/no_board.html", {"slug": slug}, status=404)
    picture = request.build_absolute_uri(f"/b/{board.slug}.png")
    return render(request, "canvas/board.html", {"board": board, "picture": picture})


@require_safe
async def png(request: HttpRequest, slug: str) -> HttpResponse:
    """The board as an indexed PNG; `scale` from 1 to 10."""
    feed = await site.hub().feed(slug)
    if feed is None:
        return _no_such_board(slug)
    scale = request.GET.get("scale", "1")
    if not (scale.isascii() and scale.isdigit() and 1 <= int(scale[:4]) <= 10):
        return HttpResponse("The scale is a whole number from 1 to 10.\n", status=400, content_type="text/plain")
    etag = f'"{feed.info.revision}-{feed.seq}-{int(scale)}"'
    if matches(parse_etags(request.headers.get("If-None-Match", "")), etag):
        response: HttpResponse = HttpResponseNotModified()
    else:
        try:
            picture = await pictures.png(feed, int(scale))
        except ValueError as error:
            return HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
        etag = f'"{picture.revision}-{picture.seq}-{int(scale)}"'
        response = HttpResponse(picture.data, content_type="image/png")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=10, stale-while-revalidate=60"
    return response


def _no_such_board(slug: str) -> HttpResponse:
    return HttpResponse(f"There is no board “{slug}”.\n", status=404, content_type="text/plain; charset=utf-8")
