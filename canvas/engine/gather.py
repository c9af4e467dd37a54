"""Many questions, few queries: what is asked while a query runs goes out together in the next one.

A storm of reconnecting players asks who they are a thousand times a second; each question alone would be a query, a
thread's turn and half a millisecond.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from canvas.engine import db

Question = TypeVar("Question")
Answer = TypeVar("Answer")

MAX_AT_ONCE = 500
APART = 0.01
"""Seconds between two queries: under load who asks waits that long, and shares the query with all the others."""


class Gatherer(Generic[Question, Answer]):
    """Asks `answer` in a database thread, for a list of questions at a time.

    Nothing bounds how many wait but those who ask, each of whom waits for one: sockets that shake hands.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._answer = answer
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._next = 0.0

    async def ask(self, question: Question) -> Answer:
        """The answer to this one. Errors of the query come to all who were in it."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            if (rest := self._next - loop.time()) > 0:
                await asyncio.sleep(rest)
            self._next = loop.time() + APART
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_AT_ONCE))]
            try:
                answers = await db.run(self._answer, [question for question, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():  # who asked may have gone
                    future.set_result(answer)
