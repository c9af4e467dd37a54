"""What one writes after the Channels tutorial: every consumer in one group, a message for every pixel to each of them.

    TUTORIAL_REDIS=redis://… daphne bench.tutorial:application     (without it, the in-memory layer)

The yardstick of the bench `fanout`. One pixel a second is sent to everybody, as soon as the first client is here.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os

from django.conf import settings

LAYERS = {
    True: {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [os.environ.get("TUTORIAL_REDIS")]}},
    False: {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}
settings.configure(
    SECRET_KEY="not a secret: bench only",  # noqa: S106
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={"default": LAYERS[bool(os.environ.get("TUTORIAL_REDIS"))]},
)

import django  # noqa: E402

django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

GROUP = "pixels"
background: set[asyncio.Task] = set()


async def paint() -> None:
    for number in itertools.count():
        await asyncio.sleep(1)
        pixel = {"x": number % 1000, "y": number // 1000, "color": number % 32}
        await get_channel_layer().group_send(GROUP, {"type": "pixel.placed", "pixel": pixel})


class PixelConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()
        if not background:
            background.add(asyncio.create_task(paint()))

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def pixel_placed(self, event: dict) -> None:
        await self.send(text_data=json.dumps(event["pixel"]))


application = URLRouter([path("ws/main/", PixelConsumer.as_asgi())])
