"""The project: settings, the ASGI application, addresses, and the server that carries them."""
