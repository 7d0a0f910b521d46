"""Chroma as a derived index of the live vectors: one writer, readers that step aside, rebuilt whenever in doubt.

What is known of Chroma 1.5.9 and guarded against here: it is not safe for two processes (a writer holds the folder's
lock exclusively, a reader shares it, and whoever cannot get it scans exactly); a kill can leave it unreadable
(``chroma.json`` is taken away before anything is written and comes back after, so that a store without it is never read
but brought up to date or rebuilt); repeated upserts lose documents (only add and delete); the default distance misses
live documents (cosine); the default embedding function asks the network (none is given, vectors are passed in).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from copilot.ports import Vectors
from copilot.store.files import read_state, write_state
from copilot.store.truth import Truth

_COLLECTION = "passages"
_LARGEST_BATCH = 5_000
_PROBES = 5


class ChromaFolder:
    """A Chroma store in `folder` holding one vector for each distinct live text, under the hex of its hash.

    Implements `copilot.ports.VectorIndex`, except that `search` gives None when it must not or cannot answer.
    """

    def __init__(self, truth: Truth, embedder_id: str, folder: Path) -> None:
        self._truth = truth
        self._embedder_id = embedder_id
        self._folder = folder
        self._reader: tuple[int, Any, int] | None = None

    # --- writing ------------------------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Bring the store up to the truth, by rebuilding it where need be; False when another process uses it."""
        if self.is_fresh():
            return True
        self.close()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self._folder / "chroma.lock", fcntl.LOCK_EX) as held:
            if held is None:
                return False
            generation = self._truth.vector_generation()
            (self._folder / "chroma.json").unlink(missing_ok=True)
            # Chroma's native side raises errors of several kinds, and panics of its own.
            try:
                self._update()
            except Exception:  # noqa: BLE001
                self._rebuild()
            count = len(self._truth.live_hashes(self._embedder_id))
            state = {"generation": generation, "embedder": self._embedder_id, "count": count}
            write_state(self._folder / "chroma.json", state)
        return True

    def _update(self) -> None:
        previous = self._folder / "chroma.embedder"
        if not previous.exists() or previous.read_text(encoding="utf-8") != self._embedder_id:
            raise LookupError("of another embedder")
        client, collection = _open(self._folder / "chroma")
        try:
            live = {key.hex() for key in self._truth.live_hashes(self._embedder_id)}
            held = set(collection.get(include=[])["ids"])
            gone = sorted(held - live)
            # Many deletions leave the graph poor: past a quarter of the store a new one is better, and no slower.
            if len(gone) > len(held) // 4:
                raise LookupError("mostly gone")
            for first in range(0, len(gone), _LARGEST_BATCH):
                collection.delete(ids=gone[first : first + _LARGEST_BATCH])
            self._add(collection, [bytes.fromhex(key) for key in sorted(live - held)])
            self._check(collection, len(live))
        finally:
            _close(client)

    def _rebuild(self) -> None:
        shutil.rmtree(self._folder / "chroma", ignore_errors=True)
        client, collection = _open(self._folder / "chroma")
        try:
            live = self._truth.live_hashes(self._embedder_id)
            self._add(collection, live)
            self._check(collection, len(live))
        finally:
            _close(client)
        (self._folder / "chroma.embedder").write_text(self._embedder_id, encoding="utf-8")

    def _add(self, collection: Any, hashes: list[bytes]) -> None:
        for keys, matrix in self._truth.iter_vectors(self._embedder_id, hashes, batch=_LARGEST_BATCH):
            collection.add(ids=[key.hex() for key in keys], embeddings=np.ascontiguousarray(matrix))

    def _check(self, collection: Any, expected: int) -> None:
        """Probe the store: as many vectors as the truth has, and some of them found by their own vector."""
        if collection.count() != expected:
            raise LookupError(f"{collection.count()} vectors where the truth has {expected}")
        hashes = self._truth.live_hashes(self._embedder_id)
        step = max(1, len(hashes) // _PROBES)
        for keys, matrix in self._truth.iter_vectors(self._embedder_id, hashes[::step][:_PROBES]):
            found = collection.query(query_embeddings=matrix, n_results=1, include=["distances"])
            for key, ids, distances in zip(keys, found["ids"], found["distances"], strict=True):
                # Another text may have the very same vector.
                if not ids or (ids[0] != key.hex() and distances[0] > 1e-4):
                    raise LookupError(f"{key.hex()} is not found by its own vector")

    # --- reading ------------------------------------------------------------------------------------------------------

    def is_fresh(self) -> bool:
        """Say whether the store answers for the truth as it is now."""
        return bool(self._state())

    def _state(self) -> dict[str, Any]:
        """Return what the store says of itself if it is of the truth's present vectors, else nothing."""
        state = read_state(self._folder / "chroma.json")
        present = (self._truth.vector_generation(), self._embedder_id)
        return state if (state.get("generation"), state.get("embedder")) == present else {}

    def search(
        self, query: Vectors, limit: int, allowed: Collection[bytes] | None = None
    ) -> list[tuple[bytes, float]] | None:
        """Return (text_hash, cosine), best first; None when another process writes, or the store is stale or broken."""
        if allowed is not None or not self._open_for_reading():
            return None
        assert self._reader is not None
        collection = self._reader[1]
        try:
            found = collection.query(query_embeddings=query[None, :], n_results=limit, include=["distances"])
        except Exception:  # noqa: BLE001
            self._distrust()
            return None
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(bytes.fromhex(key), 1.0 - float(distance)) for key, distance in pairs]

    def _open_for_reading(self) -> bool:
        generation = self._truth.vector_generation()
        if self._reader is not None and self._reader[0] == generation:
            return True
        self.close()
        state = self._state()
        if not state:
            return False
        descriptor = os.open(self._folder / "chroma.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            client, collection = _open(self._folder / "chroma")
        except Exception:  # noqa: BLE001
            os.close(descriptor)
            return False
        self._client = client
        self._reader = (generation, collection, descriptor)
        # Where its file is lost, Chroma opens an empty store and finds nothing in it.
        if self._count_of(collection) == state.get("count"):
            return True
        self._distrust()
        return False

    @staticmethod
    def _count_of(collection: Any) -> int:
        try:
            return int(collection.count())
        except Exception:  # noqa: BLE001
            return -1

    def _distrust(self) -> None:
        """Let go of a store that does not answer as it should, and have it brought up to date by the next sync."""
        self.close()
        with suppress(OSError):
            (self._folder / "chroma.json").unlink()

    def close(self) -> None:
        """Let go of the store, so that a writer may have it."""
        if self._reader is not None:
            _close(self._client)
            os.close(self._reader[2])
            self._reader = None


def _chroma() -> Any:
    """Import Chroma so that it takes no settings but ours.

    By itself it reads a ``.env`` of the current folder, and the environment, when it is imported and whenever it makes
    settings: such a file, which may lie among foreign documents, could name a server to send vectors to, or a module
    to load.
    """
    if "chromadb" not in sys.modules:
        import pydantic_settings

        class Closed(pydantic_settings.BaseSettings):
            """Settings that are what they are made with."""

            def __init__(self, **values: Any) -> None:
                super().__init__(**{**values, "_env_file": None})

            @classmethod
            def settings_customise_sources(cls, *_: Any, **named: Any) -> tuple[Any, ...]:
                return (named["init_settings"],)

        original = pydantic_settings.BaseSettings
        vars(pydantic_settings)["BaseSettings"] = Closed
        try:
            return import_module("chromadb")
        finally:
            vars(pydantic_settings)["BaseSettings"] = original
    return sys.modules["chromadb"]


def _open(folder: Path) -> tuple[Any, Any]:
    chromadb = _chroma()
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = chromadb.config.Settings(_env_file=None, anonymized_telemetry=False)
    client = chromadb.PersistentClient(path=str(folder), settings=settings)
    collection = client.get_or_create_collection(
        _COLLECTION,
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}},
    )
    return client, collection


def _close(client: Any) -> None:
    # Chroma keeps one system a path for the whole process; without this a rebuilt folder is served from the old one.
    with suppress(Exception):
        client.close()
    with suppress(Exception):
        client.clear_system_cache()


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[int | None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)
