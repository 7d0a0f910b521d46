"""The golden set of the shipped documents through a real model file whose weights spell out a known answer.

Run as ``python -m benchmarks.scripted``. For each question the sources that the prompt would show are searched for the
sentence that answers it; a GGUF file is written that cites that sentence, or says that the sources do not tell, and the
question is asked with it: file, llama.cpp, prompt format, grammar, quote, verification.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from copilot.app.engine import Assistants
from copilot.app.evaluate import GoldenQuestion, GoldenScores, read_golden, score_answers
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.generation.cited import ModelGenerator
from copilot.inference.doubles import ScriptedModel
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.inference.synthetic import write_scripted
from copilot.resources import demo_folder
from copilot.settings import load_settings
from copilot.workspace import create_workspace
from tests.models import SPM, vocabulary_of

_NOTHING = '{"claims":[]}'
_LONGEST = 280
_MARKED = re.compile(r"^(\d+\.\d+) (.+)$", re.MULTILINE)


class _Scripts:
    """Makes a model a question, and closes the one before."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session = session
        self._folder = folder
        self._model: LlamaModel | None = None
        self.has_answer: dict[str, bool] = {}

    def assist(self, question: GoldenQuestion) -> Assistants:
        self.close()
        limit = self._session.settings.answer.passages
        self._session.freshen()
        passages = self._session.retriever.search(question.question, limit=limit).passages
        probe = ScriptedModel([_NOTHING], context_tokens=16_384)
        list(ModelGenerator(probe).write_claims(question.question, passages, question.language))
        reply = _NOTHING
        if question.answerable and probe.requests:
            reply = _reply(probe.requests[-1].messages[-1].text, question)
        self.has_answer[question.key] = reply != _NOTHING
        path = self._folder / f"{question.key}.gguf"
        write_scripted(path, vocabulary_of(SPM), [reply], context=16_384)
        self._model = LlamaModel(LlamaSetup(read_gguf(path), "scripted", "", 16_384, 1))
        return Assistants(generator=ModelGenerator(self._model))

    def close(self) -> None:
        if self._model is not None:
            self._model.close()


def _reply(prompt: str, question: GoldenQuestion) -> str:
    """Cite the first sentence that holds all that the answer must show; say nothing where none does."""
    for mark, sentence in _MARKED.findall(prompt):
        plain = _plain(sentence)
        if any(all(_plain(text) in plain for text in texts) for texts in question.answer_contains):
            claim = {"text": sentence[:_LONGEST], "quotes": [mark], "tools": []}
            return json.dumps({"claims": [claim]}, ensure_ascii=False, separators=(",", ":"))
    return _NOTHING


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").casefold().split())


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
            scripts = _Scripts(session, root)
            scores.results.extend(score_answers(session, read_golden(given.golden), scripts.assist))
            scripts.close()
    scripted = sum(scripts.has_answer.values())
    table = Table("Questions", tuple(scores.summary()), [tuple(scores.summary().values())])
    found = Table("Scripts", ("questions", "with a sentence that answers them"), [(len(scripts.has_answer), scripted)])
    Report("scripted", "The golden set through a scripted model", [table, found], NOTES).write(given.out)


NOTES = """- The script knows the answer: this measures the way, not a model.
- Refused are the unanswerable ones and those whose sentence was not among the passages that were read."""

if __name__ == "__main__":
    main()
