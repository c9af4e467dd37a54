"""Floor 4: one verb each, what a person does, whoever asks and however.

- `placement`   place a pixel
- `players`     become a player, be recognised
- `watching`    open and close a socket's view of a board
- `boards`      create, change, reset
- `history`     who placed what, and the log
- `exports`, `imports`   boards and logs to and from files
- `verify`      prove that log, pixels and snapshot agree
- `bots`        paint a picture through real sockets
- `site`        the process's hub, for the verbs above
"""
