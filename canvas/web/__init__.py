"""Floor 5, for browsers and tools: what comes over HTTP and sockets.

- `origin`    who asks: origin, address, cookie
- `consumer`  the socket
- `views`     the page, the board's picture
- `snapshot`  the board's cells, past Django
- `api`       the HTTP API, described at /api/docs
- `health`    alive, able to serve, metrics
- `routing`, `urls`   what answers where
"""
