"""A model that knows nothing, bound by grammars: how many of its plans, readings and answers are well-formed.

Run as ``python -m benchmarks.structure``. The weights are random and tokens are drawn at temperature 1.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import jsonschema

from benchmarks.report import RESULTS, Report, Table
from copilot.generation.cited import answer_structure
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.inference.synthetic import write_random
from copilot.language.marked import mark_sentences
from copilot.planning.planner import read_plan
from copilot.planning.reading import blank_structure
from copilot.planning.structure import plan_structure
from copilot.records import (
    Completed,
    Message,
    ModelRequest,
    Parameter,
    ParameterKind,
    Role,
    Sampling,
    Structure,
    Tool,
    ToolResult,
    ToolRun,
)
from copilot.resources import demo_folder
from tests.models import SPM, TEKKEN, vocabulary_of

# Before the closing begins; what random weights write is as long as it may be.
_FREE_TOKENS = 24
_TEXT = "Le dépôt détient 42 000 L. Il en sort 3 800 L par jour. Le convoi part à 6 h 30 avec 62 véhicules."


def _tools() -> list[Tool]:
    kinds = [kind for kind in ParameterKind if kind is not ParameterKind.CHOICE]
    every = tuple(Parameter(kind.value, kind, kind.value, "", required=at % 2 == 0) for at, kind in enumerate(kinds))
    choice = Parameter("choice", ParameterKind.CHOICE, "choice", "", choices=("un", 'd"eux', "trois"))
    stock = Parameter("stock", ParameterKind.NUMBER, "stock", "", unit="L")
    return [
        Tool("a.every_kind", "a", "Every kind", "", (*every, choice), bundled=True, plugin_sha256=""),
        Tool("a.stock", "a", "Days of supply", "", (stock,), bundled=True, plugin_sha256=""),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    told = json.loads((demo_folder() / "questions.json").read_text(encoding="utf-8"))
    listed = told if isinstance(told, list) else told["questions"]
    asked = [str(one["question"] if isinstance(one, dict) else one) for one in listed]
    tools = _tools()
    marked = mark_sentences(1, _TEXT)
    run = ToolRun(1, "a.stock", "Days", (), ToolResult(), "", 0.0)
    structures = {
        "plan": (plan_structure(tools), _FREE_TOKENS),
        "plan with a call": (plan_structure(tools, least_calls=1), _FREE_TOKENS),
        "blank": (blank_structure(marked), _FREE_TOKENS),
        "answer": (answer_structure([marked], [run], 4), _FREE_TOKENS),
    }
    table = Table(
        "Outputs of random weights",
        ("vocabulary", "kind", "asked", "valid JSON", "fits the schema", "with calls or claims"),
    )
    with tempfile.TemporaryDirectory() as folder:
        for kind in (SPM, TEKKEN):
            path = write_random(Path(folder) / f"{kind.name}.gguf", vocabulary_of(kind))
            model = LlamaModel(LlamaSetup(read_gguf(path), "random", "", 2_048, 1))
            try:
                for name, (structure, most) in structures.items():
                    counts = _count(model, name, structure, most, asked, given.questions, tools)
                    table.rows.append((kind.name, name, *counts))
            finally:
                model.close()
    Report("structure", "Structure by grammar", [table], NOTES).write(given.out)


def _count(
    model: LlamaModel, name: str, structure: Structure, most: int, asked: list[str], count: int, tools: list[Tool]
) -> tuple[int, int, int, int]:
    valid = fits = full = 0
    for number in range(count):
        question = f"{asked[number % len(asked)]} ({number})"
        messages = (Message(Role.SYSTEM, "x"), Message(Role.USER, f"{_TEXT}\n{question}"))
        sampling = Sampling(temperature=1.0, seed=number)
        request = ModelRequest(messages, structure, sampling, most + structure.closing_tokens)
        *_, end = model.generate(request)
        assert isinstance(end, Completed)
        try:
            told = json.loads(end.text)
        except ValueError:
            continue
        valid += 1
        try:
            jsonschema.validate(told, dict(structure.json_schema))
        except jsonschema.ValidationError:
            continue
        fits += 1
        if name.startswith("plan"):
            # Whatever was made up is a blank after this: the plan itself is always one.
            plan, _ = read_plan(end.text, question, tools, "fr")
            full += bool(plan.calls)
        else:
            full += bool(told.get("claims") or told.get("sentence"))
    return count, valid, fits, full


NOTES = """- Each output is held against the JSON Schema that says the same as its grammar.
- A plan offers a tool with a parameter of every kind; what the model makes up becomes a blank or is asked again."""

if __name__ == "__main__":
    main()
