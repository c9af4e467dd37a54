"""The app, five floors; imports go down only, and a contract in pyproject.toml says so.

5  `web`, `admin`, `management`   edges: requests, forms, terminals
4  `actions`                      one verb each: what a person does
3  `engine`                       group commit, store, feed, relay, fan-out
2  `models`                       one noun a file
1  `rules`                        the game in plain Python
"""
