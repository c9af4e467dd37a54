"""Addresses, as the protocol has them; sockets and the snapshot do not come through Django (placesite/asgi.py)."""

from django.urls import path, re_path

from canvas.web import api, health, views

urlpatterns = [
    path("", views.index, name="index"),
    path("b/<slug:slug>/", views.board_page, name="board"),
    path("b/<slug:slug>.png", views.png, name="png"),
    path("api/", api.api.urls),
    re_path(r"^api/(?P<rest>.*)$", api.unknown_address),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
