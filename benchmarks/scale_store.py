"""A store of any size for `search_scale`: passages mixed from the sentences of real documents, written to the truth.

Each passage draws a few sentences from four neighbouring documents of one corpus, so that subjects stay apart, and no
two passages are alike. Vectors are the model's own, or composed: the unit mean of the vectors of the passage's
sentences with a little noise, which costs a thousandth of the time and keeps the clusters of the model.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copilot.app.embed import embed_missing
from copilot.app.session import Session
from copilot.evaluation.beir import RetrievalSet, read_retrieval_set
from copilot.language.sentences import sentences
from copilot.ports import Embedder, Vectors
from copilot.records import Block, BlockKind, ChunkDraft, PageSpan, ParsedDocument
from copilot.settings import Settings
from copilot.settings.models import Embedding
from copilot.store.document_rows import FileFacts
from copilot.store.documents import text_hash
from copilot.workspace import create_workspace

EMBEDDER = "minilm"
COLLECTIONS = 10
_SEED = 3
_CHUNKS_A_DOCUMENT = 100
_NEIGHBOURS = 4
_NOISE = 0.05
_LANGUAGES = {"piaf": "fr", "cranfield": "en"}


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one corpus and, for each document, the range of its own."""

    language: str
    texts: list[str]
    spans: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Mixed:
    """One passage: its text, its language and the sentences it was made of (corpus number, sentence numbers)."""

    text: str
    corpus: int
    drawn: tuple[int, ...]


def read_corpora(data: Path) -> tuple[list[Sentences], list[str]]:
    """Return the sentences of each corpus, and 200 questions, half French and half English."""
    corpora, questions = [], []
    for name, language in _LANGUAGES.items():
        chosen = read_retrieval_set(data / name)
        corpora.append(_sentences_of(chosen, language))
        asked = [chosen.queries[key] for key in sorted(chosen.queries)]
        questions += random.Random(_SEED).sample(asked, min(100, len(asked)))
    return corpora, questions


def _sentences_of(chosen: RetrievalSet, language: str) -> Sentences:
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    for _, text in chosen.documents.values():
        first = len(texts)
        texts += [part for found in sentences(text, language) for part in _parts(text[slice(*found)]) if len(part) > 20]
        spans.append((first, len(texts)))
    return Sentences(language, texts, spans)


def _parts(sentence: str) -> list[str]:
    # Cranfield writes all in small letters, with its stops between spaces: no rule of prose sees an end there.
    return [part.strip() for part in sentence.replace(" . ", " .\0").split("\0")]


def mix(corpora: list[Sentences], count: int) -> Iterator[Mixed]:
    """Yield `count` distinct passages of 3 to 6 sentences; the same ones for the same count, whatever the machine."""
    dice = random.Random(_SEED)
    seen: set[tuple[int, tuple[int, ...]]] = set()
    while len(seen) < count:
        # A document's worth of passages in one language.
        corpus = (len(seen) // _CHUNKS_A_DOCUMENT) % len(corpora)
        spans = corpora[corpus].spans
        place = dice.randrange(len(spans))
        near = range(spans[place][0], spans[min(place + _NEIGHBOURS, len(spans)) - 1][1])
        if len(near) < 3:
            continue
        drawn = tuple(dice.sample(near, min(len(near), dice.randint(3, 6))))
        if (corpus, drawn) not in seen:
            seen.add((corpus, drawn))
            yield Mixed(" ".join(corpora[corpus].texts[i] for i in drawn), corpus, drawn)


def open_store(folder: Path) -> Session:
    """Open, and if need be make, the workspace in `folder`."""
    workspace, _ = create_workspace(folder)
    return Session(workspace, Settings(embedding=Embedding(model=EMBEDDER)))


def fill(session: Session, corpora: list[Sentences], passages: list[Mixed]) -> None:
    """Write the passages to the truth, a hundred a document; collections c0 to c9 hold a tenth each."""
    for number, first in enumerate(range(0, len(passages), _CHUNKS_A_DOCUMENT)):
        part = passages[first : first + _CHUNKS_A_DOCUMENT]
        text = "\n\n".join(passage.text for passage in part)
        chunks, at = [], 0
        for passage in part:
            end = at + len(passage.text)
            chunks.append(ChunkDraft(at, end, 1, 1, passage.text))
            at = end + 2
        parsed = ParsedDocument(
            text=text,
            pages=(PageSpan(1, 0, len(text)),),
            blocks=(Block(BlockKind.PARAGRAPH, 0, len(text), 1),),
            media_type="text/plain",
            language=corpora[part[0].corpus].language,
        )
        digest = hashlib.sha256(text.encode()).hexdigest()
        # Two documents in turn are of the two languages, so that a collection has both.
        facts = FileFacts(f"d{number}", "", f"c{number // len(corpora) % COLLECTIONS}", len(text), 0, digest)
        session.truth.documents.store_version(facts, parsed, chunks)


def store_composed(
    session: Session, embedder: Embedder, passages: list[Mixed], by_sentence: list[Vectors], batch: int = 5_000
) -> None:
    """Give each passage the unit mean of its sentences' vectors, with noise, and put the embedder in service."""
    noise = np.random.default_rng(_SEED)
    for first in range(0, len(passages), batch):
        part = passages[first : first + batch]
        rows = np.stack([by_sentence[p.corpus][list(p.drawn)].mean(axis=0) for p in part])
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        rows += noise.normal(0, _NOISE / np.sqrt(rows.shape[1]), rows.shape)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        hashes = [text_hash("", passage.text) for passage in part]
        session.truth.store_vectors(embedder.embedder_id, hashes, rows.astype(np.float32))
    # Nothing is missing: this only puts the embedder in service.
    for _ in embed_missing(session.truth, embedder, EMBEDDER):
        pass


def sentence_vectors(corpora: list[Sentences], embedder: Embedder, cache: Path) -> list[Vectors]:
    """Return the vectors of all sentences of each corpus, from `cache` where a former run left them."""
    result = []
    for corpus in corpora:
        digest = hashlib.sha256("\0".join([embedder.embedder_id, *corpus.texts]).encode()).hexdigest()[:16]
        file = cache / f"sentences-{digest}.npy"
        if not file.exists():
            cache.mkdir(parents=True, exist_ok=True)
            np.save(file, embedder.embed_passages(corpus.texts))
        vectors: Vectors = np.load(file)
        result.append(vectors)
    return result
