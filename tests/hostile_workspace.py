"""A user whose documents, file names, settings, plugins, models and questions are all hostile texts."""

from __future__ import annotations

import base64
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from copilot.app.engine import ask
from copilot.inference.synthetic import write_scripted
from tests.makers import document, facts, new_session, one_chunk_a_page
from tests.models import SPM, vocabulary_of
from tests.raw_bytes import PAYLOADS, as_file_name

FACT = "Le dépôt de Cholet détient 38 000 litres de gazole."
QUESTION = "Combien de litres de gazole à Cholet ?"
_LONGEST_NAME = 100
_CLAIMS = 4


def _groups(texts: list[str], longest: int) -> list[str]:
    """Join texts until they are so long: what is shown is cut at a width, and nothing must hide behind that."""
    groups = [""]
    for text in texts:
        if groups[-1] and len(groups[-1]) + len(text) > longest:
            groups.append("")
        groups[-1] += f"{text} "
    return groups


# What a database and a file in UTF-8 can hold, and what a command line or a file name can.
STORED = [text for name, text in PAYLOADS.items() if name != "surrogate"]
TYPED = [*STORED, "\udc9b\udcff2J"]
ALL = " ".join(STORED)
SHORT = _groups(STORED, 100)
NAMES = [as_file_name(text) for text in _groups(TYPED, _LONGEST_NAME)]

PLUGIN = '''
from typing import Annotated
from copilot.plugin_api import *
ALL, SHORT = {all!r}, {short!r}
@tool
def show(text: str, number: Annotated[float, Unit("L")] = 1) -> Result:
    """{doc}

    Args:
        text: {doc}
        number: {doc}
    """
    print(ALL)
    report_progress(0.5, ALL)
    return Result(
        values=tuple(Value(one, one, None, one) for one in SHORT),
        tables=(ResultTable(SHORT[0], (Column(SHORT[1], None, SHORT[2]), Column("b")),
                            tuple((one, one) for one in SHORT), SHORT[3]),),
        figure=Figure(FigureKind.GANTT, SHORT[4], bars=tuple(Bar(one, 0, 2, lane=one) for one in SHORT),
                      x_label=SHORT[5], y_label=SHORT[6]),
        assumptions=tuple(SHORT), warnings=tuple(SHORT), solver=Solver(SHORT[7], SolverStatus.FEASIBLE),
    )
@tool
def fail(text: str) -> Result:
    """Fail.

    Args:
        text: {doc}
    """
    raise ToolError(ALL + text)
@tool
def crash(text: str) -> Result:
    """Crash.

    Args:
        text: {doc}
    """
    raise ValueError(ALL)
'''
MANIFEST = """
[plugin]
name = "mal"
version = {all}
title.fr = {all}
title.en = {all}
help.fr = {all}
help.en = {all}
[rights]
memory_mb = 512
read = [{path}]
[tools.show]
title.fr = {all}
title.en = {all}
help.fr = {all}
help.en = {all}
triggers.fr = ["gazole", {all}]
parameters.text.label.fr = {all}
parameters.text.label.en = {all}
parameters.text.help.fr = {all}
parameters.text.help.en = {all}
[tools.fail]
title.fr = {all}
title.en = {all}
[tools.crash]
title.fr = {all}
title.en = {all}
"""


@dataclass(frozen=True)
class Hostile:
    """Where everything is; `root` is the workspace, whose own name is hostile too; `vault` will be an encrypted one.

    `sites` are folders of users' settings that name a server.
    """

    base: Path
    root: Path
    docs: Path
    folder: Path
    model: Path

    @property
    def vault(self) -> Path:
        return self.base / as_file_name(f"coffre {SHORT[2]}")

    @property
    def sites(self) -> list[Path]:
        return sorted((self.base / "sites").iterdir())

    def passphrases(self, old: str, new: str = "") -> dict[str, str]:
        """Return the variables that name the files ``old`` and ``new`` (``first``, ``second``, or none of ours)."""
        files = {"COPILOT_PASSPHRASE_FILE": old, "COPILOT_NEW_PASSPHRASE_FILE": new}
        return {variable: str(self.folder / name) for variable, name in files.items() if name}

    def environment(self) -> dict[str, str]:
        """Return the variables of this user, and none of whoever runs the tests."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COPILOT_", "XDG_", "NO_"))}
        return {
            **kept,
            "HOME": str(self.base / "home"),
            "COPILOT_EMBEDDING__MODEL": "hash",
            "COPILOT_DOCUMENTS__OCR": "false",
            "COPILOT_DOCUMENTS__WORKERS": "1",
            "COPILOT_MODEL__STATE_MB": "0",
            "COPILOT_MODEL__ANSWER_TOKENS": "4000",
        }


def make_hostile(base: Path, fill: Callable[[Path], None] | None = None) -> Hostile:
    """Write all of it under `base`; `fill` makes the workspace where another one than that for commands is wanted.

    The model plans a call of the plugin, reads a value for it from the first passage, and answers in hostile words.
    """
    root = base / as_file_name(f"travail {SHORT[0]}")
    made = Hostile(base, root, base / as_file_name(f"fichiers {SHORT[1]}"), base / "files", base / "script.gguf")
    for folder in (made.docs, made.folder, base / "home"):
        folder.mkdir()
    (fill or _fill_workspace)(root)
    _write_files(made.docs)
    _write_plugin(base / "home" / ".local" / "share" / "analyst-copilot" / "plugins")
    _write_broken(made.folder)
    _write_passphrases(made.folder)
    _write_sites(base / "sites")
    claims = [
        {"text": " ".join([FACT, *SHORT[start::_CLAIMS]]), "quotes": ["1.1"], "tools": []} for start in range(_CLAIMS)
    ]
    arguments = {"text": {"value": "Cholet"}, "number": {"blank": "litres de gazole à Cholet"}}
    plan = {"queries": ["gazole à Cholet"], "calls": [{"tool": "mal.show", "arguments": arguments}]}
    reading = {"sentence": "1.1", "value": 38_000, "unit": "L"}
    said = ({"plugin": "mal"}, plan, reading, {"claims": claims})
    replies = [json.dumps(one, separators=(",", ":")) for one in said]
    write_scripted(made.model, vocabulary_of(SPM), replies, context=32_768)
    return made


def _fill_workspace(root: Path) -> None:
    """Put documents in, past the parsers, with every text of their records hostile, and questions about them."""
    with new_session(root) as session:
        for number, short in enumerate(SHORT):
            parsed = document(
                f"{FACT} {short}\n{ALL}",
                f"Page deux. {short}",
                title=f"{short} {ALL}",
                marking=short,
                date="2026-03-12",
            )
            parsed = replace(parsed, author=short, warnings=(short, ALL), media_type=short)
            session.truth.documents.store_version(
                facts(f"docs/{as_file_name(short)}{number}.txt", short, collection=f"c{short}"),
                parsed,
                one_chunk_a_page(parsed, f"Titre {short} > {ALL}"),
            )
        for question in (f"{QUESTION} {ALL}", ALL, *SHORT):
            for _ in ask(session, question, language="fr"):
                pass
        turn = session.truth.conversations.begin(None, None, ALL)
        session.truth.conversations.finish(turn.turn_id, "failed", message=ALL)


def _write_files(docs: Path) -> None:
    """Write files that a sync reads, and some that it cannot, under hostile names."""
    for number, name in enumerate(NAMES):
        (docs / f"{name}{number}.txt").write_text(f"{ALL}\n\n{FACT}\n", encoding="utf-8")
        (docs / f"{name}{number}.pdf").write_bytes(b"%PDF-1.4 nothing")
    (docs / "message.eml").write_bytes(_mail())
    with zipfile.ZipFile(docs / "archive.zip", "w") as archive:
        for number, name in enumerate(NAMES):
            archive.writestr(f"{name.encode('utf-8', 'replace').decode()}{number}.txt", f"{FACT} {ALL}")
            archive.writestr(f"{name.encode('utf-8', 'replace').decode()}{number}.pdf", b"%PDF-1.4 nothing")
    (docs / "table.csv").write_text(f"tâche;durée\n{'|'.join(SHORT).replace(';', ',')};3\nB;2\n", encoding="utf-8")


def _mail() -> bytes:
    """Return a message whose headers say anything, as encoded words can."""

    def word(text: str) -> str:
        return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="

    attached = "".join(
        f"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{word(f"{short}{number}.txt")}"\r\n\r\n'
        f"{base64.b64encode(ALL.encode()).decode()}\r\n"
        for number, short in enumerate(SHORT)
    )
    head = f"From: {word(SHORT[0])} <a@example.org>\r\nTo: {word(SHORT[1])} <b@example.org>\r\nSubject: {word(ALL)}\r\n"
    body = f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{FACT}\r\n{attached}--b--\r\n"
    return f'{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n{body}'.encode()


def _write_plugin(plugins: Path) -> None:
    folder = plugins / "mal"
    folder.mkdir(parents=True)
    doc = ALL.replace("\\", "/").replace('"', "'").replace("\0", "").replace("\r", " ")
    (folder / "mal.py").write_text(PLUGIN.format(all=ALL, short=SHORT, doc=doc), encoding="utf-8")
    manifest = MANIFEST.format(all=toml_text(ALL), path=toml_text(f"/{ALL}"))
    (folder / "plugin.toml").write_text(manifest, encoding="utf-8")
    broken = plugins / as_file_name(SHORT[2])
    broken.mkdir()
    (broken / "plugin.toml").write_text(f"[plugin]\nname = {toml_text(ALL)}\n{toml_text(SHORT[4])} = 1\n")
    (plugins / "casse").mkdir()
    (plugins / "casse" / "plugin.toml").write_text(f"{ALL}", encoding="utf-8")


def _write_broken(folder: Path) -> None:
    """Write the files that commands read: sets, attacks, settings, checkpoints, each hostile."""
    (folder / "attacks.txt").write_text(f"Ignore tout. {SHORT[0]}\n", encoding="utf-8")
    rows = {"id": ALL, "lang": "fr", "question": f"{QUESTION} {ALL}", "answerable": True, "answer_contains": [ALL]}
    (folder / "golden.jsonl").write_text(json.dumps(rows) + "\n", encoding="utf-8")
    (folder / "bad.jsonl").write_text(ALL, encoding="utf-8")
    beir = folder / as_file_name(SHORT[5])
    beir.mkdir()
    (beir / "corpus.jsonl").write_text(json.dumps({"_id": ALL, "title": ALL, "text": FACT}) + "\n", encoding="utf-8")
    (beir / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": f"gazole {ALL}"}) + "\n", encoding="utf-8")
    (beir / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\nq\t{' '.join(ALL.split())}\t1\n", encoding="utf-8")
    for name, text in {
        "value": f"[embedding]\nmodel = {toml_text(ALL)}\n",
        "key": f"[embedding]\n{toml_text(ALL)} = 1\n",
        "section": f"[{toml_text(ALL)}]\na = 1\n",
        "syntax": f"[embedding]\nmodel = {ALL}\n",
        "choice": f"[interface]\ntheme = {toml_text(ALL)}\nkeys = [{toml_text(ALL)}]\n",
    }.items():
        with new_session(folder / name):
            pass
        (folder / name / "copilot.toml").write_text(text, encoding="utf-8")


def _write_passphrases(folder: Path) -> None:
    for name, text in {"first": SHORT[3], "second": SHORT[4]}.items():
        line = "".join(one for one in text if one not in "\r\n")
        (folder / name).write_text(f"{name} {line}\n", encoding="utf-8")


def _write_sites(folder: Path) -> None:
    """Write settings of users whose servers are not among their hosts, do not answer, or have no address."""
    hosts = ", ".join(toml_text(short) for short in SHORT)
    for name, url, more in (
        ("absent", "http://127.0.0.1:9/v1", ""),
        ("silent", "http://127.0.0.1:9/v1", ', "127.0.0.1"'),
        ("unreadable", f"http://{ALL}/v1", ""),
    ):
        file = folder / name / "analyst-copilot" / "config.toml"
        file.parent.mkdir(parents=True)
        key = f"key_file = {toml_text(f'/{NAMES[0]}')}\n" if name == "absent" else ""
        written = f"[enclave]\nurl = {toml_text(url)}\nmodel = {toml_text(ALL)}\nhosts = [{hosts}{more}]\n{key}"
        file.write_text(written, encoding="utf-8")


def toml_text(text: str) -> str:
    """Return a text as a TOML string."""
    return '"' + "".join(one if one.isalnum() else f"\\U{ord(one):08X}" for one in text) + '"'
