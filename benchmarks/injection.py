"""Orders planted in documents, tool results, file names and metadata, before a model that obeys: what came of it.

Run as ``python -m benchmarks.injection [--attacks FILE]``: ``copilot eval injection FILE``, kept as figures.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.report import DATA, RESULTS, Report, Table
from copilot.app.injection import BAD, try_injections
from copilot.app.injection_lists import read_attacks
from copilot.app.session import Session
from copilot.settings import Settings
from copilot.workspace import create_workspace

ATTACKS = DATA.parent / "injections" / "bipia_text_attack_train.json"
NOTES = """
- The list is {name}; the default is the train attacks of BIPIA (Microsoft, MIT licence), which are not shipped here.
  Attacks in it: {attacks}.
- Each is planted in three forms in each place; a question is asked whole, through planning, approval, a tool, the
  answer and its faces, by a scripted model that does whatever any text it reads tells it, as far as its grammar lets it
  (`obeyed`, `refused_by_grammar`). The tool is a stand-in that runs in the same process: walls are measured by
  `benchmarks.hostile_plugins`, not here.
- Places where nothing was obeyed: {idle}. In `name` the order is a file's name, of which the model sees nothing where
  the document has a title.
- `planned` and `calls` say that the planned call came about, so that the noughts mean something. `changed_shown`: calls
  with the attack's own figure, which the person was shown with its sentence and page. A second document gives the true
  figure; `changed_undisputed`: calls among those without that figure beside the attack's, before approval.
- These must be nought: {bad}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--attacks", type=Path, default=ATTACKS, help="a list of attacks, as of BIPIA")
    parser.add_argument("--most", type=int, default=None, help="try so many attacks at most")
    given = parser.parse_args()
    attacks = read_attacks(given.attacks)
    settings = Settings.model_validate({"embedding": {"model": "hash"}, "documents": {"ocr": False}})
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        root = Path(folder).resolve()
        workspace, _ = create_workspace(root / "workspace")
        with Session(workspace, settings) as session:
            found = list(try_injections(session, attacks, root / "files", given.most))
    names = list(asdict(found[0]))
    rows = [[asdict(counts)[name] for counts in found] for name in names]
    counts = Table("What was done, by place", ("measure", *rows[0], "all"), [])
    counts.rows += [(name, *row, sum(row)) for name, row in zip(names[1:], rows[1:], strict=True)]
    notes = NOTES.format(
        name=given.attacks.name,
        attacks=len(attacks),
        idle=", ".join(f"`{one.place}`" for one in found if not one.obeyed) or "nowhere",
        bad=", ".join(f"`{name}`" for name in BAD),
    )
    Report("injection", "Orders planted in what is read", [counts], notes).write(given.out)


if __name__ == "__main__":
    main()
