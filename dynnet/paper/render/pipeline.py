"""Reading ahead and writing behind, each in a thread of its own, while the network computes."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T], depth: int = 4) -> Iterator[T]:
    """The same items, made in a thread, up to `depth` of them before they are asked for. Raises what making them does.

    Whoever stops asking closes it (`contextlib.closing`), and the thread ends.
    """
    waiting: queue.Queue = queue.Queue(depth)
    stopped = threading.Event()

    def make() -> None:
        last: object = _END
        try:
            for item in items:
                if not _put(waiting, item, stopped):
                    return
        except BaseException as error:
            last = error
        _put(waiting, (_END, last), stopped)

    worker = threading.Thread(target=make, daemon=True)
    worker.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, tuple) and len(item) == 2 and item[0] is _END:
                if isinstance(item[1], BaseException):
                    raise item[1]
                return
            yield item
    finally:
        stopped.set()
        worker.join()


class Behind(Generic[T]):
    """Hands items to `use` in a thread, in order; on leaving it waits until all are used.

    What `use` raises is raised by the next `put`, or on leaving.
    """

    def __init__(self, use: Callable[[T], None], depth: int = 4):
        self._use, self._waiting = use, queue.Queue(depth)
        self._error: BaseException | None = None
        self._worker = threading.Thread(target=self._work, daemon=True)

    def put(self, item: T) -> None:
        """Hands one over; waits while `depth` are waiting."""
        self._raise()
        self._waiting.put(item)

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._waiting.put(_END)
        self._worker.join()
        if kind is None:
            self._raise()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not _END:
            if self._error is None:  # else the rest is dropped, so that nobody waits for ever
                try:
                    self._use(item)
                except BaseException as error:
                    self._error = error

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error


def _put(waiting: queue.Queue, item: object, stopped: threading.Event) -> bool:
    """False where nobody takes it any more."""
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False
