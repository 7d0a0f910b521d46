"""Nearest neighbours: the exact scan against brute force, Chroma as a derived index, and who answers when."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from copilot.errors import WorkspaceError
from copilot.indexing.chroma import ChromaFolder
from copilot.indexing.exact import ExactScan
from copilot.indexing.vectors import VectorSearch
from copilot.ports import Vectors
from copilot.store.truth import Truth
from tests.makers import document, facts, one_chunk_a_page

DIMENSION = 16


def unit(rng: np.random.Generator, count: int) -> Vectors:
    rows = rng.standard_normal((count, DIMENSION)).astype(np.float32)
    made: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def put(truth: Truth, path: str, count: int, seed: int, embedder: str = "m") -> dict[bytes, Vectors]:
    """A document of `count` passages with random vectors; return them by hash."""
    parsed = document(*[f"{path} passage {number}" for number in range(count)])
    truth.documents.store_version(facts(path, path + str(seed)), parsed, one_chunk_a_page(parsed))
    row = truth.documents.by_path(path)
    assert row is not None
    hashes = [c.text_hash for c in truth.iter_chunks() if c.version_id == row.current_version]
    vectors = unit(np.random.default_rng(seed), count)
    truth.store_vectors(embedder, hashes, vectors)
    return dict(zip(hashes, vectors, strict=True))


def delete(truth: Truth, path: str) -> None:
    row = truth.documents.by_path(path)
    assert row is not None
    truth.documents.delete([row.document_id])


def brute(vectors: dict[bytes, Vectors], query: Vectors, limit: int) -> list[tuple[bytes, float]]:
    scored = sorted(((key, float(vector @ query)) for key, vector in vectors.items()), key=lambda hit: -hit[1])
    return scored[:limit]


def same(found: list[tuple[bytes, float]] | None, expected: list[tuple[bytes, float]]) -> bool:
    assert found is not None
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)
    return [key for key, _ in found] == [key for key, _ in expected]


# --- the exact scan ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [True, False])
def test_the_exact_scan_is_brute_force(truth: Truth, tmp_path: Path, copied: bool) -> None:
    vectors = put(truth, "a.txt", 700, 1)
    scan = ExactScan(truth, "m", tmp_path / "v")
    if copied:
        scan.write_copy()
        assert (tmp_path / "v" / "vectors.f32").stat().st_size == 700 * DIMENSION * 4
    for query in unit(np.random.default_rng(9), 5):
        for limit in (1, 10, 700, 5000):
            assert same(scan.search(query, limit), brute(vectors, query, limit))
    allowed = set(sorted(vectors)[::7])
    kept = {key: vectors[key] for key in allowed}
    assert same(scan.search(query, 20, allowed), brute(kept, query, 20))
    assert scan.search(query, 20, set()) == []
    assert scan.search(query, 20, {b"0" * 16}) == []


def test_the_exact_scan_follows_the_truth_without_its_copy(truth: Truth, tmp_path: Path) -> None:
    scan = ExactScan(truth, "m", tmp_path / "v")
    query = unit(np.random.default_rng(9), 1)[0]
    assert scan.search(query, 5) == []
    scan.write_copy()
    first = put(truth, "a.txt", 20, 1)
    assert same(scan.search(query, 5), brute(first, query, 5))
    scan.write_copy()
    second = put(truth, "b.txt", 20, 2)
    assert same(scan.search(query, 5), brute(first | second, query, 5))
    delete(truth, "a.txt")
    assert same(scan.search(query, 5), brute(second, query, 5))
    assert ExactScan(truth, "other", tmp_path / "v").search(query, 5) == []


@pytest.mark.parametrize("name", ["vectors.f32", "hashes.bin", "exact.json"])
def test_a_damaged_copy_is_not_read(truth: Truth, tmp_path: Path, name: str) -> None:
    vectors = put(truth, "a.txt", 20, 1)
    scan = ExactScan(truth, "m", tmp_path / "v")
    scan.write_copy()
    path = tmp_path / "v" / name
    path.write_bytes(path.read_bytes()[:-3])
    query = unit(np.random.default_rng(9), 1)[0]
    assert same(ExactScan(truth, "m", tmp_path / "v").search(query, 5), brute(vectors, query, 5))


@pytest.mark.parametrize("name", ["vectors.f32", "hashes.bin"])
def test_a_lost_part_of_the_copy_is_not_missed(truth: Truth, tmp_path: Path, name: str) -> None:
    vectors = put(truth, "a.txt", 20, 1)
    ExactScan(truth, "m", tmp_path / "v").write_copy()
    (tmp_path / "v" / name).unlink()
    query = unit(np.random.default_rng(9), 1)[0]
    assert same(ExactScan(truth, "m", tmp_path / "v").search(query, 5), brute(vectors, query, 5))


def test_a_copy_that_is_written_anew_while_it_is_read_is_not_mixed(
    truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(truth, "a.txt", 20, 1)
    ExactScan(truth, "m", tmp_path / "v").write_copy()
    after: dict[bytes, Vectors] = {}
    mapped = np.memmap

    def between(*args: Any, **kwargs: Any) -> Any:
        # Another process syncs when the reader has the hashes and has not yet the vectors.
        if not after:
            after.update(put(truth, "b.txt", 20, 2))
            delete(truth, "a.txt")
            ExactScan(truth, "m", tmp_path / "v").write_copy()
        return mapped(*args, **kwargs)

    monkeypatch.setattr(np, "memmap", between)
    query = unit(np.random.default_rng(9), 1)[0]
    found = ExactScan(truth, "m", tmp_path / "v").search(query, 5)
    assert same(found, brute(after, query, 5))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_copy_that_a_full_disk_cuts_short_is_named_and_taken_away(truth: Truth, tmp_path: Path) -> None:
    vectors = put(truth, "a.txt", 20, 1)
    folder = tmp_path / "v"
    folder.mkdir()
    (folder / "vectors.f32.new").symlink_to("/dev/full")
    scan = ExactScan(truth, "m", folder)
    with pytest.raises(WorkspaceError, match=re.escape(str(folder))):
        scan.write_copy()
    assert not any(folder.iterdir())
    query = unit(np.random.default_rng(9), 1)[0]
    assert same(scan.search(query, 5), brute(vectors, query, 5))
    scan.write_copy()
    assert (folder / "exact.json").exists()


# --- chroma -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def chroma(truth: Truth, tmp_path: Path) -> Iterator[ChromaFolder]:
    made = ChromaFolder(truth, "m", tmp_path / "v")
    yield made
    made.close()


def test_chroma_follows_the_truth(truth: Truth, chroma: ChromaFolder) -> None:
    query = unit(np.random.default_rng(9), 1)[0]
    assert chroma.search(query, 5) is None, "nothing written yet"
    first = put(truth, "a.txt", 40, 1)
    second = put(truth, "b.txt", 5, 2)
    assert chroma.refresh()
    assert same(chroma.search(query, 10), brute(first | second, query, 10))
    third = put(truth, "c.txt", 10, 3)
    assert chroma.search(query, 5) is None, "stale"
    delete(truth, "b.txt")
    assert chroma.refresh()
    assert same(chroma.search(query, 10), brute(first | third, query, 10))
    assert chroma.search(query, 10, set(first)) is None, "it does not filter"
    delete(truth, "a.txt")
    assert chroma.refresh()
    assert same(chroma.search(query, 10), brute(third, query, 10))


def test_chroma_of_another_embedder_is_rebuilt(truth: Truth, chroma: ChromaFolder, tmp_path: Path) -> None:
    put(truth, "a.txt", 10, 1)
    chroma.refresh()
    chroma.close()
    vectors = put(truth, "a.txt", 10, 5, embedder="n")
    other = ChromaFolder(truth, "n", tmp_path / "v")
    query = unit(np.random.default_rng(9), 1)[0]
    assert other.search(query, 5) is None
    assert other.refresh()
    assert same(other.search(query, 5), brute(vectors, query, 5))
    other.close()


@pytest.mark.parametrize("how", ["zeros", "cut", "gone"])
def test_a_damaged_chroma_is_stepped_around_and_rebuilt(
    truth: Truth, chroma: ChromaFolder, tmp_path: Path, how: str
) -> None:
    vectors = put(truth, "a.txt", 30, 1)
    chroma.refresh()
    chroma.close()
    database = tmp_path / "v" / "chroma" / "chroma.sqlite3"
    if how == "zeros":
        database.write_bytes(b"\0" * database.stat().st_size)
    elif how == "cut":
        os.truncate(database, database.stat().st_size // 3)
    else:
        database.unlink()
    query = unit(np.random.default_rng(9), 1)[0]
    search = VectorSearch(truth, "m", tmp_path / "v", chroma_from=0)
    assert same(search.search(query, 5), brute(vectors, query, 5))
    assert search.mode == "exact"
    vectors |= put(truth, "b.txt", 3, 2)
    assert search.refresh()
    assert same(search.search(query, 5), brute(vectors, query, 5))
    assert search.mode == "chroma"
    search.close()


def test_readers_and_writers_keep_out_of_each_others_way(truth: Truth, chroma: ChromaFolder, tmp_path: Path) -> None:
    vectors = put(truth, "a.txt", 30, 1)
    chroma.refresh()
    query = unit(np.random.default_rng(9), 1)[0]
    search = VectorSearch(truth, "m", tmp_path / "v", chroma_from=0)
    # A separate descriptor is another holder, as another process would be.
    writer = os.open(tmp_path / "v" / "chroma.lock", os.O_RDWR)
    fcntl.flock(writer, fcntl.LOCK_EX)
    assert same(search.search(query, 5), brute(vectors, query, 5))
    assert search.mode == "exact"
    put(truth, "b.txt", 3, 2)
    assert not search.refresh()
    os.close(writer)
    assert search.refresh()
    search.search(query, 5)
    assert search.mode == "chroma"
    reader = os.open(tmp_path / "v" / "chroma.lock", os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(reader, fcntl.LOCK_EX | fcntl.LOCK_NB)
    search.close()
    fcntl.flock(reader, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(reader)


def test_small_stores_and_filters_are_scanned(truth: Truth, tmp_path: Path, chroma: ChromaFolder) -> None:
    vectors = put(truth, "a.txt", 30, 1)
    chroma.refresh()
    query = unit(np.random.default_rng(9), 1)[0]
    small = VectorSearch(truth, "m", tmp_path / "v", chroma_from=31)
    small.search(query, 5)
    assert small.mode == "exact"
    large = VectorSearch(truth, "m", tmp_path / "v", chroma_from=30)
    large.search(query, 5)
    assert large.mode == "chroma"
    large.search(query, 5, set(vectors))
    assert large.mode == "exact"
    large.close()
