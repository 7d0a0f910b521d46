"""Measuring the program with the program: test sets go through the chunking, indexes and answers of documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from copilot.app.embed import embed_missing
from copilot.app.engine import Assistants, ask
from copilot.app.events import Retrieved, Verified
from copilot.app.session import Session
from copilot.chunking import chunk
from copilot.evaluation.beir import RetrievalSet, bad_set
from copilot.evaluation.metrics import ndcg, percentile, recall, reciprocal_rank
from copilot.language.words import guess_language
from copilot.records import Answer, Block, BlockKind, PageSpan, ParsedDocument, Status
from copilot.resources.regular_file import open_text
from copilot.store.document_rows import FileFacts

MODES = ("lexical", "dense", "fused")
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """The figures of one mode over a test set; rates are 0..1, latencies milliseconds a query."""

    mode: str
    queries: int
    ndcg_10: float
    recall_5: float
    recall_10: float
    recall_100: float
    mrr_10: float
    p50_ms: float
    p95_ms: float


def index_retrieval_set(session: Session, chosen: RetrievalSet) -> Iterator[tuple[int, int]]:
    """Bring the documents of a test set into a session's workspace; yields (done, total). Those already there stay."""
    known = {row["path"]: row["sha256"] for row in session.truth.live_versions()}
    total = len(chosen.documents)
    count_tokens = session.token_counter
    for done, (document_id, (title, text)) in enumerate(chosen.documents.items(), start=1):
        digest = hashlib.sha256(f"{title}\0{text}".encode()).hexdigest()
        if known.get(document_id) != digest and text.strip():
            parsed = _as_document(title, text)
            facts = FileFacts(document_id, "", "set", len(text), 0, digest)
            chunks = chunk(parsed, count_tokens=count_tokens, max_tokens=session.max_tokens)
            session.truth.documents.store_version(facts, parsed, chunks)
        yield done, total
    gone = [row["document_id"] for row in session.truth.live_versions() if row["path"] not in chosen.documents]
    if gone:
        session.truth.documents.delete(gone)
    session.lexical.refresh(session.truth)
    embedder = session.embedder
    for progress in embed_missing(session.truth, embedder, session.embedder_spec.name):
        yield progress.done, progress.total
    session.vectors_of(embedder).refresh()
    session.lexical.refresh(session.truth)


def index_texts(session: Session, texts: Sequence[tuple[str, str, str]]) -> list[int]:
    """Bring texts into a session's workspace as (path, title, text), in place of all others; return their ids."""
    chosen = RetrievalSet({path: (title, text) for path, title, text in texts}, {}, {})
    for _ in index_retrieval_set(session, chosen):
        continue
    rows = {row["path"]: int(row["document_id"]) for row in session.truth.live_versions()}
    return [rows[path] for path, _, _ in texts]


def _as_document(title: str, text: str) -> ParsedDocument:
    return ParsedDocument(
        text=text,
        pages=(PageSpan(1, 0, len(text)),),
        blocks=(Block(BlockKind.PARAGRAPH, 0, len(text), 1),),
        media_type="text/plain",
        title=title or None,
        language=guess_language(text[:2000]),
    )


def score_retrieval(
    session: Session,
    chosen: RetrievalSet,
    mode: str,
    queries: Sequence[str],
    *,
    dense_weight: float | None = None,
) -> RetrievalScores:
    """Run the queries (by id) in one mode and return the means of their measures."""
    gains: list[float] = []
    recalls: dict[int, list[float]] = {5: [], 10: [], 100: []}
    reciprocal: list[float] = []
    latencies: list[float] = []
    for query_id in queries:
        found = session.retriever.search(
            chosen.queries[query_id], limit=_DEPTH, mode=mode, dense_weight=dense_weight, fold=False
        )
        ranking = list(dict.fromkeys(passage.path for passage in found.passages))
        relevant = chosen.judgements[query_id]
        gains.append(ndcg(ranking, relevant, 10))
        reciprocal.append(reciprocal_rank(ranking, relevant, 10))
        for depth, values in recalls.items():
            values.append(recall(ranking, relevant, depth))
        latencies.append(sum(found.timings_ms.values()))
    return RetrievalScores(
        mode=mode,
        queries=len(queries),
        ndcg_10=round(mean(gains), 4),
        recall_5=round(mean(recalls[5]), 4),
        recall_10=round(mean(recalls[10]), 4),
        recall_100=round(mean(recalls[100]), 4),
        mrr_10=round(mean(reciprocal), 4),
        p50_ms=round(percentile(latencies, 0.5), 1),
        p95_ms=round(percentile(latencies, 0.95), 1),
    )


# --- answers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question with what a right answer must show.

    `answer_contains` are alternatives, each a list of texts that must all stand in the answer's quotes.
    """

    key: str
    language: str
    question: str
    answerable: bool
    sources: tuple[str, ...]
    answer_contains: tuple[tuple[str, ...], ...]
    needs_ocr: bool
    cross_language: bool


@dataclass(frozen=True, slots=True)
class GoldenResult:
    """What became of one question. `source_found`: a right source among the first five passages."""

    question: GoldenQuestion
    status: str
    source_found: bool
    answer_right: bool
    cited: tuple[str, ...]


@dataclass(slots=True)
class GoldenScores:
    """Counts over a golden set, by kind of question."""

    results: list[GoldenResult] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return the counts that matter: right source in the top five, right answers, refusals right and wrong."""
        answerable = [result for result in self.results if result.question.answerable]
        others = [result for result in self.results if not result.question.answerable]
        refused = Status.REFUSED.value
        return {
            "questions": len(self.results),
            "answerable": len(answerable),
            "source_in_top_5": sum(result.source_found for result in answerable),
            "answered": sum(result.status != refused for result in answerable),
            "supported": sum(result.status == Status.SUPPORTED.value for result in answerable),
            "answer_right": sum(result.answer_right for result in answerable),
            "wrongly_refused": sum(result.status == refused for result in answerable),
            "unanswerable": len(others),
            "rightly_refused": sum(result.status == refused for result in others),
        }


def read_golden(path: Path) -> list[GoldenQuestion]:
    """Read a golden set, one JSON object a line.

    Raises:
        UsageError: the file or a line of it cannot be read.
    """
    questions = []
    number = 0
    try:
        with open_text(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    questions.append(_golden(json.loads(line)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise bad_set(path, number, error) from error
    return questions


def _golden(row: dict[str, Any]) -> GoldenQuestion:
    wanted = row.get("answer_contains") or []
    alternatives = wanted if wanted and isinstance(wanted[0], list) else [wanted]
    return GoldenQuestion(
        key=str(row["id"]),
        language=str(row["lang"]),
        question=str(row["question"]),
        answerable=bool(row["answerable"]),
        sources=tuple(row.get("sources") or ()),
        answer_contains=tuple(tuple(texts) for texts in alternatives),
        needs_ocr=bool(row.get("needs_ocr")),
        cross_language=bool(row.get("cross_language")),
    )


def score_answers(
    session: Session,
    questions: Sequence[GoldenQuestion],
    assist: Callable[[GoldenQuestion], Assistants] = lambda _: Assistants(),
) -> Iterator[GoldenResult]:
    """Ask each question through the whole engine, with the help that `assist` gives it, and judge what came back."""
    for question in questions:
        paths: list[str] = []
        answer: Answer | None = None
        for event in ask(session, question.question, language=question.language, assistants=assist(question)):
            if isinstance(event, Retrieved):
                for passage in event.passages[:5]:
                    paths += [passage.path, *passage.also_in]
            elif isinstance(event, Verified):
                answer = event.answer
        assert answer is not None
        cited = tuple(path for citation in answer.citations for path in (citation.path, *citation.also_in))
        evidence = " ".join(f"{citation.context} {citation.quote}" for citation in answer.citations)
        says = any(all(_plain(text) in _plain(evidence) for text in texts) for texts in question.answer_contains)
        yield GoldenResult(
            question=question,
            status=str(answer.status),
            source_found=_any_of(paths, question.sources),
            answer_right=says and answer.status is not Status.REFUSED and _any_of(cited, question.sources),
            cited=cited,
        )


def _any_of(paths: Sequence[str], sources: Sequence[str]) -> bool:
    return any(path == source or path.endswith(f"/{source}") for path in paths for source in sources)


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").casefold().split())
