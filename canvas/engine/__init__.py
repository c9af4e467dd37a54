"""Floor 3: threads, transactions, the channel layer and sockets' frames. A tour along the path of a pixel:

- `commit`   one thread that turns many placements into few transactions
- `ledger`   the locked board: appends to the log, keeps pixels and seq true to it
- `loading`  a board from its newest snapshot and the log after it
- `relay`    tells the other processes, over the channel layer's group
- `feed`     a board in memory, and everybody who watches it here
- `crowd`    everybody who watches a board here, served in passes
- `ring`     the recent log, for those who come back
- `fanout`   one frame to one socket, bounded
- `checkpoint`  writes snapshots, one process at a time
- `presence` the connection rows and the server process's heartbeat
- `hub`      all of these for one process, started with the first request
- `sql`, `bulk`  statements over many rows, for placements and for imports
- `gather`   many questions of handshakes in few queries
- `db`       the threads in which the event loop's side asks the database

It knows nothing of who may do what: the judgement comes in from above as a function.
"""
