"""What an embedding model's process may do to its parent: nothing but say numbers and words."""

from __future__ import annotations

import os
import pickle
import socket
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from copilot.errors import EmbedderError
from copilot.indexing.embedding.child import ERROR, READY, REFUSED, VECTORS, EmbeddingChild, tell


class Bomb:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.folder,)


def _serve(pipe: Connection, reply: bytes, kind: bytes) -> None:
    tell(pipe, READY)
    while True:
        try:
            pipe.recv()
        except EOFError:
            return
        if reply:
            tell(pipe, kind, reply)
        else:
            try:
                socket.socket().close()
                tell(pipe, VECTORS, np.zeros(2, np.float32).tobytes())
            except PermissionError:
                tell(pipe, VECTORS, np.ones(2, np.float32).tobytes())


def asked(reply: bytes, kind: bytes = VECTORS) -> list[float]:
    child = EmbeddingChild(Path("tiny.gguf"), 2, _serve, (reply, kind))
    try:
        return [float(value) for value in child.embed(["eau"])[0]]
    finally:
        child.close()


def test_what_it_sends_is_never_unpickled(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for kind in (VECTORS, ERROR, REFUSED, b"?"):
        with pytest.raises(EmbedderError):
            asked(pickle.dumps(Bomb(str(made))), kind)
    assert not made.exists()
    pickle.loads(pickle.dumps(Bomb(str(made))))
    assert made.exists()


@pytest.mark.parametrize("reply", [b"short", np.zeros(3, np.float32).tobytes(), np.full(2, np.nan, "f4").tobytes()])
def test_vectors_of_another_size_or_none_are_refused(reply: bytes) -> None:
    with pytest.raises(EmbedderError, match=r"tiny\.gguf"):
        asked(reply)


def test_it_seals_itself_whatever_the_program_may_reach() -> None:
    assert asked(b"") == [1.0, 1.0]
