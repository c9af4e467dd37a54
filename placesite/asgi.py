"""The ASGI application: sockets to the consumer, static files to WhiteNoise, everything else to Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "placesite.settings")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

django_application = get_asgi_application()  # sets Django up; what needs models is imported below

from canvas.web.routing import sockets  # noqa: E402
from placesite.static import with_static_files  # noqa: E402

application = ProtocolTypeRouter({"http": with_static_files(django_application), "websocket": sockets})
