"""Socket addresses."""

from channels.routing import URLRouter
from django.urls import path, re_path

from canvas.web.consumer import BoardConsumer
from canvas.web.nothing import nothing_here

sockets = URLRouter([path("ws/<str:slug>/", BoardConsumer.as_asgi()), re_path(r"", nothing_here)])
