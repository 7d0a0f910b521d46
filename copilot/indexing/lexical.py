"""The lexical index: BM25 over words that we fold and stem ourselves, kept by tantivy in a folder that can be lost.

Text is analysed here and handed over as words between spaces, and queries are built from terms: no outside text ever
meets a query parser. A chunk is stemmed in its own language, a query in French and in English, so that a French
question still finds the names and numbers of an English page.
"""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from copilot.errors import WorkspaceError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.language.words import STOP_WORDS, content_stems, fold, guess_language, stem, tokenize
from copilot.records import StoredChunk
from copilot.store.files import read_state, write_state
from copilot.store.locks import LockHeldError, exclusive
from copilot.store.truth import Truth

FORMAT = 2
_HEAP_BYTES = 64_000_000
_GRAM = 4
_TEXT_FIELDS = ("text", "context", "grams")
# Weights of the three fields, measured by benchmarks/retrieval.py: the passage's own words lead.
_CONTEXT_WEIGHT = 0.4
_GRAM_WEIGHT = 0.3
# Above this many allowed chunks it is quicker to drop the others from a longer list.
_LARGEST_TERM_SET = 20_000


class LexicalFolder:
    """A tantivy index in `folder`, derived from the truth.

    Implements `copilot.ports.LexicalIndex`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[int, tantivy.Index] | None = None

    @property
    def generation(self) -> int:
        """The generation of the truth that the index answers for; -1 when there is none that can be used."""
        state = read_state(self._folder / "state.json")
        generation = state.get("generation")
        return generation if isinstance(generation, int) and state.get("format") == FORMAT else -1

    def refresh(self, truth: Truth) -> bool:
        """Bring the index up to the truth; False when another process is doing so right now.

        Raises:
            WorkspaceError: it cannot be written.
        """
        if self.generation == truth.generation() and self._is_readable():
            return True
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with exclusive(self._folder / "write.lock"):
                try:
                    self._update(truth)
                except (ValueError, OSError, LookupError):
                    # Damaged, or of another format: everything in it can be had from the truth.
                    self._opened = None
                    shutil.rmtree(self._folder / "segments", ignore_errors=True)
                    self._update(truth)
        except LockHeldError:
            return False
        except (ValueError, OSError) as error:
            self._opened = None
            told = t("indexing.cannot_write", path=self._folder, error=cause_of(error))
            raise WorkspaceError(told, t("indexing.cannot_write_next")) from error
        return True

    def _is_readable(self) -> bool:
        try:
            _probe(self._open())
        except (ValueError, OSError):
            self._opened = None
            return False
        return True

    def _update(self, truth: Truth) -> None:
        generation = truth.generation()
        if self.generation == -1:
            shutil.rmtree(self._folder / "segments", ignore_errors=True)
            self._opened = None
        index = self._open(create=True)
        live = set(truth.live_chunk_ids().tolist())
        held = _held_ids(index)
        with _writer(index) as writer:
            if gone := sorted(held - live):
                # By query: tantivy 0.27 takes a term of an unsigned field and deletes nothing.
                writer.delete_documents_by_query(tantivy.Query.term_set_query(index.schema, "chunk_id", gone))
            missing = live - held
            for chunk in truth.iter_chunks(None if len(missing) == len(live) else sorted(missing)):
                writer.add_document(_as_document(chunk))
        # Opened anew, as the next reader will: what is held open would not show damage to the files.
        self._opened = None
        _probe(self._open())
        write_state(self._folder / "state.json", {"format": FORMAT, "generation": generation})

    def _open(self, *, create: bool = False) -> tantivy.Index:
        if self._opened is None or self._opened[0] != self.generation:
            segments = self._folder / "segments"
            if create:
                segments.mkdir(mode=0o700, exist_ok=True)
            index = tantivy.Index(_schema(), str(segments), reuse=True)
            words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            index.register_tokenizer("words", words)
            self._opened = (self.generation, index)
        return self._opened[1]

    def search(self, query: str, limit: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Return (chunk_id, BM25 score), best first; `allowed` limits the candidates."""
        if self.generation == -1 or (allowed is not None and not allowed):
            return []
        try:
            return self._search(query, limit, allowed)
        except (ValueError, OSError) as error:
            # Damage deeper than opening shows; without its state the index is built anew by the next question.
            self._opened = None
            (self._folder / "state.json").unlink(missing_ok=True)
            raise WorkspaceError(
                t("indexing.damaged", path=self._folder, error=cause_of(error)), t("indexing.again")
            ) from error

    def _search(self, query: str, limit: int, allowed: Collection[int] | None) -> list[tuple[int, float]]:
        index = self._open()
        parsed = _query(index.schema, query)
        if parsed is None:
            return []
        searcher = index.searcher()
        if allowed is None:
            return _hits(searcher, parsed, limit)
        if len(allowed) <= _LARGEST_TERM_SET:
            among = tantivy.Query.term_set_query(index.schema, "chunk_id", list(allowed))
            must = tantivy.Occur.Must
            both = tantivy.Query.boolean_query([(must, parsed), (must, tantivy.Query.const_score_query(among, 0.0))])
            return _hits(searcher, both, limit)
        wanted = limit
        while True:
            found = _hits(searcher, parsed, wanted)
            kept = [hit for hit in found if hit[0] in allowed]
            if len(kept) >= limit or len(found) < wanted:
                return kept[:limit]
            wanted *= 4

    def inverse_document_frequency(self, word_stem: str) -> float:
        """Return BM25's idf of a stem, ln(1 + (N - n + 0.5) / (n + 0.5)), over the chunks of the index."""
        if self.generation == -1:
            return 1.0
        searcher = self._open().searcher()
        found = max(searcher.doc_freq("text", word_stem), searcher.doc_freq("context", word_stem))
        return math.log(1 + (searcher.num_docs - found + 0.5) / (found + 0.5))


def analyse(text: str, language: str) -> list[str]:
    """Return the terms of a text in its language; in both where that is not known to be French or English."""
    if language in STOP_WORDS:
        return content_stems(text, language)
    return content_stems(text, "fr") + content_stems(text, "en")


def query_terms(query: str) -> list[str]:
    """Return the distinct terms of a query: its words without function words, stemmed as French and as English."""
    stop = STOP_WORDS[guess_language(query)]
    words = [word.text for word in tokenize(query) if word.text not in stop]
    # A query of function words alone still asks for something.
    words = words or [word.text for word in tokenize(query)]
    return list(dict.fromkeys(stem(word, language) for word in words for language in STOP_WORDS))


def grams(text: str) -> list[str]:
    """Return the folded character 4-grams of the words of a text: what still matches across inflections and typos."""
    result: list[str] = []
    for word in tokenize(text):
        if len(word.text) > _GRAM:
            result.extend(word.text[i : i + _GRAM] for i in range(len(word.text) - _GRAM + 1))
    return result


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk_id", stored=False, indexed=True, fast=True)
    for name in _TEXT_FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name="words", index_option="freq")
    return builder.build()


def _as_document(chunk: StoredChunk) -> Any:
    document = tantivy.Document()
    document.add_unsigned("chunk_id", chunk.chunk_id)
    document.add_text("text", " ".join(analyse(chunk.text, chunk.language)))
    document.add_text("context", " ".join(analyse(chunk.context, chunk.language)))
    document.add_text("grams", " ".join(grams(chunk.text)))
    return document


@contextmanager
def _writer(index: Any) -> Iterator[Any]:
    writer = index.writer(_HEAP_BYTES, 1)
    try:
        yield writer
    except BaseException:
        writer.rollback()
        raise
    writer.commit()
    writer.wait_merging_threads()


def _probe(index: Any) -> None:
    """Read a little of every file that a search reads: damage shows as the library's own errors."""
    searcher = index.searcher()
    for address in searcher.search(tantivy.Query.all_query(), limit=1, count=False).hits:
        searcher.fast_field_values("chunk_id", [address[1]])
    for field in _TEXT_FIELDS:
        query = tantivy.Query.term_query(index.schema, field, "a", "freq")
        searcher.search(query, limit=1, count=False)


def _held_ids(index: Any) -> set[int]:
    searcher = index.searcher()
    if not searcher.num_docs:
        return set()
    found = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False)
    return set(searcher.fast_field_values("chunk_id", [address for _, address in found.hits]))


def _query(schema: Any, text: str) -> Any | None:
    should = tantivy.Occur.Should
    clauses = []
    for term in query_terms(text):
        clauses.append((should, tantivy.Query.term_query(schema, "text", term, "freq")))
        in_context = tantivy.Query.term_query(schema, "context", term, "freq")
        clauses.append((should, tantivy.Query.boost_query(in_context, _CONTEXT_WEIGHT)))
    stop = STOP_WORDS[guess_language(text)]
    kept = " ".join(word.text for word in tokenize(text) if word.text not in stop)
    for gram, count in Counter(grams(fold(kept))).items():
        query = tantivy.Query.term_query(schema, "grams", gram, "freq")
        clauses.append((should, tantivy.Query.boost_query(query, _GRAM_WEIGHT * count / _GRAM)))
    return tantivy.Query.boolean_query(clauses) if clauses else None


def _hits(searcher: Any, query: Any, limit: int) -> list[tuple[int, float]]:
    found = searcher.search(query, limit=max(1, limit), count=False).hits
    ids = searcher.fast_field_values("chunk_id", [address for _, address in found])
    ranked = [(int(chunk_id), float(score)) for chunk_id, (score, _) in zip(ids, found, strict=True)]
    # Equal scores in a fixed order, whatever the segments.
    return sorted(ranked, key=lambda hit: (-hit[1], hit[0]))
