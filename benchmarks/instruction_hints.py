"""How many orders to a model are pointed out to the reader, and how many passages of honest documents are by mistake.

Run as ``python -m benchmarks.instruction_hints [--injections FOLDER] [--retrieval FOLDER] [--manuals FOLDER]``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.report import DATA, RESULTS, ROOT, Report, Table
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.evaluation.beir import read_retrieval_set
from copilot.resources import demo_folder
from copilot.settings import Settings
from copilot.verification.instructions import instruction_like
from copilot.verification.order_places import order_of_passage
from copilot.workspace import create_workspace
from tests.verification.order_samples import ATTACKS, HARDER, OWN_HARDER, OWN_ORDERS, OWN_PUBLIC, PUBLIC

_FRENCH = (
    "Le dépôt de Valbrune détient 42 000 L de gazole et 3 100 L d'huile. Le convoi de rechanges est attendu mercredi"
    " au quai B ; deux groupes électrogènes sont en panne à l'atelier. "
)
_ENGLISH = (
    "The Valbrune depot holds 42 000 L of diesel and 3 100 L of oil. The convoy with the spares is due on Wednesday at"
    " quay B; two generators are down in the workshop. "
)
_LONGEST = 1_000
_EVERY_MAN_PAGE = 60
_NAMES = ("README", "FAQ", "NEWS", "TODO", "HOWTO", "HACKING")

NOTES = """
- Each attack stands after two sentences about a depot, in French and in English. Public lists: of the categories in
  their alphabet, every second one (1st, 3rd, ...) was read when the rules were written; the others were only counted,
  but for four openings of theirs that were known beforehand. When first run the rules found 40 of 40 and 33 of 35.
- Samples of our own were written before the rules were run on them, and the rules mended with their misses in view.
  Found at first: 66 of 137, 29 of 80 and 20 of 45. What another writer's orders meet is nearer to those.
- Passages flagged in honest documents: PIAF (French Wikipedia) and Cranfield whole, the shipped documents through the
  program (text, title and path), pages of `man`, `/usr/share/doc` and READMEs of the installed Python packages cut into
  passages of about 1,000 characters. The shipped document `06_messages/notice_fournisseur_motogene.txt` gives
  orders on purpose. Some manuals do quote prompts and control tokens.
- The rules were mended with some of these mistakes in view, so that the rates show fit too.
- Time: the better of two runs over a passage, per 1,000 characters.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    shared = ROOT.parent / "shared" / "data"
    parser.add_argument("--injections", type=Path, default=shared / "injections", help="folder of attack lists (JSON)")
    parser.add_argument("--retrieval", type=Path, default=DATA, help="folder of piaf/ and cranfield/")
    parser.add_argument("--manuals", type=Path, default=Path("/usr/share"), help="folder that holds doc/ and man/")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    tables = [attacks_table(file) for file in sorted(given.injections.glob("*.json"))]
    samples = {"many kinds": ATTACKS, "errands, claims": HARDER, "as in public collections": PUBLIC}
    tables.append(samples_table("Orders of our own writing, found", samples))
    honest = {"many kinds": OWN_ORDERS, "like errands": OWN_HARDER, "like public collections": OWN_PUBLIC}
    tables.append(samples_table("A logistician's own orders, flagged by mistake", honest))
    tables.append(honest_table(given.retrieval, given.manuals))
    Report("instruction_hints", "Hints at passages that give orders", tables, NOTES).write(given.out)


def attacks_table(file: Path) -> Table:
    """Count what is found of each category of a list, and of the categories that were read and those that were not."""
    table = Table(f"Attacks of {file.stem}, found", ("category", "read", "N", "in French", "in English"))
    for number, (category, attacks) in enumerate(sorted(categories_of(file).items())):
        found = [sum(bool(instruction_like(text + one)) for one in attacks) for text in (_FRENCH, _ENGLISH)]
        table.rows.append((category, "no" if number % 2 else "yes", len(attacks), *found))
    for read in ("yes", "no"):
        rows = [row for row in table.rows if row[1] == read]
        sums = (sum(int(str(row[column])) for row in rows) for column in (2, 3, 4))
        table.rows.append((f"all {'read' if read == 'yes' else 'only counted'}", read, *sums))
    return table


def categories_of(file: Path) -> dict[str, list[str]]:
    """Read a list of attacks, by category where it has some."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return told if isinstance(told, dict) else {"all": told}


def samples_table(title: str, batches: Mapping[str, Mapping[str, Sequence[str]]]) -> Table:
    table = Table(title, ("batch", "language", "N", "flagged"))
    for name, batch in batches.items():
        for language, before in (("French", _FRENCH), ("English", _ENGLISH)):
            sentences = [one for kind, group in batch.items() if kind.endswith(language) for one in group]
            flagged = sum(bool(instruction_like(before + one)) for one in sentences)
            table.rows.append((name, language, len(sentences), flagged))
    return table


def honest_table(retrieval: Path, manuals: Path) -> Table:
    table = Table(
        "Passages of honest documents, flagged", ("documents", "N", "flagged", "%", "ms per 1,000 characters")
    )
    for name in ("piaf", "cranfield"):
        if (retrieval / name).is_dir():
            documents = read_retrieval_set(retrieval / name).documents.values()
            table.rows.append(_row(name, [(text, title) for title, text in documents]))
    table.rows.append(_shipped_row())
    for name, texts in (
        ("man, English", man_pages(manuals / "man", ("man1", "man5", "man8"), _EVERY_MAN_PAGE)),
        ("man, French", man_pages(manuals / "man" / "fr", ("man1", "man5", "man8"), 1)),
        ("doc", package_notes(manuals / "doc")),
        (
            "Python READMEs",
            ((one.name, (one.read_text("METADATA") or "").partition("\n\n")[2]) for one in distributions()),
        ),
    ):
        if passages := [(cut, title) for title, text in texts for cut in cuts(text)]:
            table.rows.append(_row(name, passages))
    return table


def _row(name: str, passages: Sequence[tuple[str, str]]) -> tuple[object, ...]:
    flagged, spent = 0, 0.0
    for text, title in passages:
        times = []
        for _ in range(2):
            started = time.perf_counter()
            found = instruction_like(text, title)
            times.append(time.perf_counter() - started)
        flagged += found is not None
        spent += min(times)
    characters = sum(len(text) for text, _ in passages)
    return name, len(passages), flagged, round(100 * flagged / len(passages), 2), round(1e6 * spent / characters, 2)


def _shipped_row() -> tuple[object, ...]:
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        root = Path(folder).resolve()
        workspace, _ = create_workspace(root)
        shutil.copytree(demo_folder() / "corpus", root / "documents")
        settings = Settings.model_validate({"embedding": {"model": "hash"}, "documents": {"ocr": False, "workers": 2}})
        with Session(workspace, settings) as session:
            for _ in sync(session, roots_of(session, [root / "documents"], None)):
                pass
            passages = session.truth.passages([int(one) for one in session.truth.live_chunk_ids()])
    flagged = sum(order_of_passage(passage) is not None for passage in passages)
    row = _row("shipped", [(passage.text, passage.title) for passage in passages])
    return "shipped, with titles and paths", len(passages), flagged, round(100 * flagged / len(passages), 2), row[-1]


def man_pages(folder: Path, sections: Iterable[str], every: int) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of every so many manual page, as `man` lays it out; none where there is no `man`."""
    program = shutil.which("man")
    files = sorted(file for section in sections for file in (folder / section).glob("*.gz") if not file.is_symlink())
    for file in files[::every] if program else ():
        settings = {"MANWIDTH": "90", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
        laid_out = subprocess.run(
            [str(program), "-P", "cat", str(file)], capture_output=True, env=settings, check=False
        )
        yield file.name, re.sub(".\x08", "", laid_out.stdout.decode("utf-8", "replace"))


def package_notes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of the READMEs and the like under a folder."""
    for file in sorted(folder.rglob("*")):
        if file.name.split(".")[0].upper() in _NAMES and file.is_file():
            content = file.read_bytes()
            text = (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8", "replace")
            yield file.name, text[:30_000]


def cuts(text: str) -> Iterator[str]:
    """Cut a text at blank lines into passages of about a thousand characters."""
    passage = ""
    for paragraph in re.split(r"\n\s*\n", text[:200_000]):
        if passage and len(passage) + len(paragraph) > _LONGEST:
            yield passage
            passage = ""
        passage += paragraph[: 2 * _LONGEST] + "\n\n"
    if passage.strip():
        yield passage


if __name__ == "__main__":
    main()
