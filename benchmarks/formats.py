"""How many conversations come out token for token as mistral-common writes them, by version of the format.

Run as ``python -m benchmarks.formats``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import unicodedata
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from copilot.inference.formats import PromptEncoder
from tests.models import ALL_RANKS, LlamaText, vocabulary_of, write_vocabulary
from tests.oracle import FORMATS, OracleText, conversation, odd_texts, oracle_ids


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=100, help="conversations for each format")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    table = Table("Equality with mistral-common", ("format", "conversations", "with tools", "tokens", "equal"))
    for kind in FORMATS:
        encoder = PromptEncoder(OracleText(kind), kind)
        equal = tokens = tooled = compared = 0
        for seed in range(given.each):
            messages, tools = conversation(kind, seed)
            if kind.version == 1 and any("INST]" in message.text for message in messages):
                continue
            effort = "none" if kind.version >= 15 else None
            ours = encoder.encode(messages, tools, {"reasoning_effort": effort} if effort else None)
            equal += ours == oracle_ids(kind, messages, tools, effort)
            tokens += len(ours)
            tooled += bool(tools)
            compared += 1
        table.rows.append((kind.name, compared, tooled, tokens, equal))
    whole = tuple(sum(int(str(row[column])) for row in table.rows) for column in (1, 2, 3, 4))
    table.rows.append(("all", *whole))
    tables = [table, _through_llama_cpp(given.each)]
    Report("formats", "Prompt formats", tables, NOTES).write(given.out)


def _through_llama_cpp(count: int) -> Table:
    """Compare the tokenizer that answers go through, with whole vocabularies written as GGUF files."""
    columns = ("format", "prompts", "equal", "odd texts", "equal odd texts", "accents apart", "equal accents apart")
    table = Table("The same through llama.cpp's tokenizer", columns)
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            path = write_vocabulary(Path(folder) / f"{kind.name}.gguf", vocabulary_of(kind, ALL_RANKS))
            llama, oracle = LlamaText(path), OracleText(kind)
            path.unlink()
            dice = random.Random(kind.version)
            prompts = [conversation(kind, seed) for seed in range(count)]
            ours, theirs = PromptEncoder(llama, kind), PromptEncoder(oracle, kind)
            equal = sum(ours.encode(*said) == theirs.encode(*said) for said in prompts)
            row: list[object] = [kind.name, len(prompts), equal]
            texts = list(odd_texts(dice, 10 * count))
            apart = [unicodedata.normalize("NFD", text) for text in texts]
            apart = [told for text, told in zip(texts, apart, strict=True) if told != text]
            for said in (texts, apart):
                row += [len(said), sum(llama.encode(text) == oracle.encode(text) for text in said)]
            table.rows.append(tuple(row))
    return table


NOTES = """- Conversations of 1 to 4 turns in seven languages, with system prompts, tools, calls, results and thoughts.
- In v1 the markers are text; conversations that hold them are left out, for there we write them apart on purpose.
- Vocabularies are mistral-common's own; v7 to v15 Tekken are its `tekken_240911` with their control tokens.
- Odd texts are random rows of signs on which tokenizers disagree first. With accents apart (Unicode NFD) llama.cpp cuts
  some Tekken words elsewhere: the same letters, other tokens."""

if __name__ == "__main__":
    main()
