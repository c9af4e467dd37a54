"""Floor 1: the rules of the game, in plain Python.

Nothing here knows Django, a database, a socket or a clock: every function is told the time. A tour:

- `board`     size limits, what a board is to the rules, when it is open
- `palettes`  the named palettes and how a palette is checked
- `cooldown`  when a player may place again
- `placement` whether one placement is allowed: the whole judgement, in one function
- `refusals`  every way of saying no: a code, a sentence, an HTTP status
- `wire`      binary frames and the snapshot body, encode and decode
- `messages`  text frames: what a client may say, and how times are written
- `names`     names for players who have none
- `rate`      the token bucket that bounds what one socket may say
"""
