"""How many conversations come out token for token as mistral-common writes them, by version of the format.

Run as ``python -m benchmarks.formats``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from copilot.inference.formats import PromptEncoder
from tests.oracle import FORMATS, OracleText, conversation, oracle_ids


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
    Report("formats", "Prompt formats", [table], NOTES).write(given.out)


NOTES = """- Conversations of 1 to 4 turns in seven languages, with system prompts, tools, calls, results and thoughts.
- In v1 the markers are text; conversations that hold them are left out, for there we write them apart on purpose.
- Vocabularies are mistral-common's own; v7 to v15 Tekken are its `tekken_240911` with their control tokens."""

if __name__ == "__main__":
    main()
