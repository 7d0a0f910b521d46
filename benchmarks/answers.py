"""The golden set of the shipped documents, asked through the whole program: sources, answers, refusals.

Run as ``python -m benchmarks.answers [--golden FILE]``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from copilot.app.evaluate import GoldenResult, GoldenScores, read_golden, score_answers
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.resources import demo_folder
from copilot.settings import load_settings
from copilot.workspace import create_workspace

NOTES = """
- The documents are those of `copilot/resources/demo`, invented, with the questions of its `golden.jsonl` unless the
  command names others. Their wording was not fitted to the program; the weights of the extractive answer were chosen
  with these misses in view, so that the figures show fit more than promise.
- Source in the first five: a passage of a right document among the five best. Right: every text that the question's
  entry asks for stands in the quotes, from a right document, and the answer was not refused.
- Without a model: answers are the documents' own sentences.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--golden", type=Path, default=demo_folder() / "golden.jsonl")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    scores = GoldenScores()
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        root = Path(folder).resolve()
        workspace, _ = create_workspace(root)
        shutil.copytree(demo_folder() / "corpus", root / "documents")
        with Session(workspace, load_settings(workspace).settings) as session:
            for _ in sync(session, roots_of(session, [root / "documents"], None)):
                pass
            scores.results.extend(score_answers(session, read_golden(given.golden)))
    kinds = {
        "all": scores.results,
        "French": [r for r in scores.results if r.question.language == "fr"],
        "English": [r for r in scores.results if r.question.language == "en"],
        "across languages": [r for r in scores.results if r.question.cross_language],
    }
    table = Table("Questions", ("kind", *scores.summary()), [_row(kind, found) for kind, found in kinds.items()])
    misses = Table("Misses", ("id", "ended", "question"), [_miss(r) for r in scores.results if not _is_right(r)])
    Report("answers", "Answers on the shipped documents", [table, misses], NOTES).write(given.out)


def _row(kind: str, results: list[GoldenResult]) -> tuple[object, ...]:
    return (kind, *GoldenScores(results).summary().values())


def _is_right(result: GoldenResult) -> bool:
    return result.answer_right if result.question.answerable else result.status == "refused"


def _miss(result: GoldenResult) -> tuple[object, ...]:
    return (result.question.key, result.status, result.question.question)


if __name__ == "__main__":
    main()
