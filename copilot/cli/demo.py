"""The demonstration: the shipped documents brought into a workspace of their own, then five questions asked of them.

Run by `make demo`. The workspace is kept for the next time, so that a second run takes seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

from copilot.cli.main import prepare, run, tell
from copilot.errors import ExitCode
from copilot.i18n import decimal, set_language, t
from copilot.resources import demo_folder
from copilot.workspace import create_workspace

_EXPECTED = {True: (ExitCode.SUPPORTED,), False: (ExitCode.UNSUPPORTED,)}


def main() -> None:
    """Sync the demo corpus and ask its questions; the exit code is 0 when each ended as it should."""
    prepare()
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".cache/demo").resolve()
    workspace, _ = create_workspace(root)
    documents = root / "documents"
    shutil.copytree(demo_folder() / "corpus", documents, dirs_exist_ok=True, copy_function=_copy_if_new)
    os.chdir(root)
    _say(f"$ copilot sync {documents.name}")
    code = run(["sync", str(documents), "--workspace", str(workspace.root)])
    if code:
        sys.exit(code)
    surprises = 0
    for question in json.loads((demo_folder() / "questions.json").read_text(encoding="utf-8")):
        set_language(question["lang"])
        _say(f'\n$ copilot ask "{question["question"]}"')
        started = time.monotonic()
        code = run(["ask", question["question"], "--workspace", str(workspace.root)])
        _say(t("cli.demo.ended", code=int(code), seconds=decimal(time.monotonic() - started)))
        surprises += code not in _EXPECTED[bool(question["answerable"])]
    if surprises:
        tell(t("cli.demo.surprises", number=surprises))
    sys.exit(ExitCode.FAILURE if surprises else ExitCode.SUPPORTED)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _copy_if_new(source: str, target: str) -> str:
    # A file that is already there keeps its time, and is not read again.
    if not Path(target).exists() or Path(source).read_bytes() != Path(target).read_bytes():
        shutil.copy2(source, target)
    return target


if __name__ == "__main__":
    main()
