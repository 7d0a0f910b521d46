"""For every command the lines that make it show whatever outside text it can show.

`lines_of` puts hostile texts into each of a command's own arguments and options besides, so that every refusal tells
what it refused. A command that is not in `RECIPES` fails the test that runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.cli.lines_on_pty import Line
from tests.hostile_workspace import ALL, FACT, NAMES, QUESTION, SHORT, TYPED, Hostile

Words = tuple[str, ...]
Recipe = Callable[[Hostile], Sequence[Words | Line]]
EVERYTHING_TYPED = " ".join(TYPED).replace("\0", "")
_TWICE = ("", "--json")


def _both(*words: str) -> list[Words]:
    return [tuple(word for word in (*words, form) if word) for form in _TWICE]


def _doc(made: Hostile, number: int = 0) -> str:
    from tests.makers import new_session

    with new_session(made.root) as session:
        read = [row.path for row in session.truth.documents.summaries() if row.path.startswith("docs/")]
        return read[number]


def _answer(made: Hostile) -> str:
    from tests.makers import new_session

    with new_session(made.root) as session:
        return str(session.truth.answers(1)[0]["answer_id"])


def _config(made: Hostile) -> list[Words | Line]:
    folders = ("value", "key", "section", "syntax", "choice")
    told: list[Words | Line] = [*_both("config")]
    told += [("config", "-w", str(made.folder / one)) for one in folders]
    told += [("ask", QUESTION, "-w", str(made.folder / one)) for one in folders]
    for name in (
        "COPILOT_EMBEDDING__MODEL",
        "COPILOT_INTERFACE__THEME",
        "COPILOT_DOCUMENTS__WORKERS",
        "COPILOT_NONE__X",
    ):
        told.append(Line(("config",), more={name: ALL}))
    return told


def _sites(made: Hostile, *words: str) -> list[Words | Line]:
    """Say the words as each of the users whose settings name a server and its hosts."""
    return [Line(words, more={"XDG_CONFIG_HOME": str(site)}) for site in made.sites]


def _in_vault(made: Hostile, *words: str, old: str = "", new: str = "", typed: str = "") -> Line:
    """Say the words in the encrypted workspace, with files that hold its passphrases."""
    where = () if words[0] == "init" else ("-w", str(made.vault))
    return Line((*words, *where), typed=typed, more=made.passphrases(old, new))


def _model_output(made: Hostile) -> list[Words | Line]:
    """Ask with a model that writes hostile text; it is added by the recipe of `model add`."""
    return [
        ("ask", QUESTION, "--deny"),
        ("ask", QUESTION, "--json", "--deny"),
        ("ask", QUESTION, "--jsonl", "--deny"),
        ("ask", QUESTION, "--markdown", "--deny"),
    ]


def _linear(made: Hostile) -> list[Words | Line]:
    typed = [
        QUESTION,
        ALL.replace("\n", " ").replace("\r", " ").replace("\x04", ""),
        "/source 1",
        "/library",
        "/history",
        f"/history {SHORT[6]}",
        "/open 1",
        f"/export {made.base}/{NAMES[3]}.md",
        f"/sync {made.base}/{NAMES[4]}",
        f"/{SHORT[8]}",
        "/source 999",
        "/help",
        "/language",
        "/new",
        "/quit",
    ]
    safe = [_without_keys(line) for line in typed]
    return [Line(("--linear",), typed="\n".join(safe) + "\n"), Line(("--linear",), "pipe", "\n".join(typed) + "\n")]


def _without_keys(text: str) -> str:
    """Return a text without what a terminal takes for keys (ends, signals, editing): a person cannot type them."""
    return "".join(one for one in text if ord(one) >= 0x20 and ord(one) != 0x7F)


RECIPES: dict[str, Recipe] = {
    "": _linear,
    "init": lambda made: [
        ("init", str(made.base / NAMES[5])),
        ("init", str(made.base / NAMES[5])),
        ("init", str(made.docs / "message.eml" / NAMES[6])),
        _in_vault(made, "init", str(made.vault), "--encrypt", old="first"),
    ],
    "sync": lambda made: [
        ("sync", str(made.docs), "--dry-run"),
        ("sync", str(made.docs), "--json", "--collection", ALL),
        ("sync", str(made.docs), "--retry"),
    ],
    "ask": lambda made: [
        *_both("ask", QUESTION),
        ("ask", QUESTION, "--jsonl"),
        ("ask", QUESTION, "--markdown"),
        *[("ask", f"{QUESTION} {short}") for short in SHORT[::4]],
        ("ask", EVERYTHING_TYPED),
        Line(("ask", "-"), "pipe", f"{QUESTION} {ALL}"),
        Line(("ask", "-"), "pipe", "\udc9b\udcff"),
        ("ask", QUESTION, "--collection", EVERYTHING_TYPED),
        ("ask", QUESTION, "--path", EVERYTHING_TYPED),
        *_sites(made, "ask", QUESTION, "--deny"),
    ],
    "search": lambda made: [*_both("search", "gazole"), ("search", EVERYTHING_TYPED), ("search", "deux", "-n", "20")],
    "count": lambda made: [*_both("count", "gazole"), *_both("count", EVERYTHING_TYPED)],
    "grep": lambda made: [
        *_both("grep", "gazole"),
        ("grep", "[^a-z]{3}", "--path", "docs/*0.txt"),
        ("grep", "-F", EVERYTHING_TYPED),
        ("grep", f"({EVERYTHING_TYPED}"),
    ],
    "docs": lambda made: [*_both("docs"), *_both("docs", "--failed")],
    "show": lambda made: [
        *_both("show", _doc(made)),
        ("show", _doc(made), "--page", "1"),
        ("show", _doc(made), "--page", "99"),
        *_both("show", _doc(made), "--versions"),
        ("show", EVERYTHING_TYPED),
        ("show", "docs"),
    ],
    "quarantine": lambda made: [
        ("quarantine", _doc(made, 1), "--reason", ALL),
        *_both("quarantine", "--list"),
        ("quarantine", _doc(made, 2), "--reason", ALL, "--json"),
        ("quarantine", _doc(made, 1), "--release"),
        ("quarantine", "docs"),
    ],
    "forget": lambda made: [("forget", _doc(made, 3)), ("forget", EVERYTHING_TYPED), ("forget", "docs")],
    "paths": lambda made: _both("paths"),
    "config": _config,
    "doctor": lambda made: [
        *_both("doctor"),
        ("doctor", "--offline"),
        *_sites(made, "doctor")[-1:],
        *_sites(made, "doctor", "--offline")[:1],
        Line(("doctor",), more={"COPILOT_EMBEDDING__MODEL": ALL}),
    ],
    "backup": lambda made: [
        ("backup", str(made.base / f"{NAMES[7]}.tar")),
        ("backup", str(made.base / f"{NAMES[7]}.tar")),
        ("backup", str(made.base / NAMES[8] / NAMES[9])),
        ("backup", str(made.base / "b.tar"), "--json"),
    ],
    "restore": lambda made: [
        ("restore", str(made.base / f"{NAMES[7]}.tar"), str(made.base / NAMES[10])),
        ("restore", str(made.base / f"{NAMES[7]}.tar"), str(made.base / NAMES[10])),
        ("restore", str(made.docs / "archive.zip"), str(made.base / NAMES[11])),
        ("restore", str(made.base / NAMES[11]), str(made.base / NAMES[11]), "--json"),
    ],
    "rekey": lambda made: [
        ("rekey",),
        _in_vault(made, "rekey", old="second", new="second"),
        _in_vault(made, "rekey", old=NAMES[6], new="second"),
        _in_vault(made, "rekey", old="first", new="second"),
        _in_vault(made, "audit", "show", old="second"),
    ],
    "wipe": lambda made: [
        ("wipe",),
        ("wipe", "--yes"),
        _in_vault(made, "wipe", old="second", typed="non\n"),
        _in_vault(made, "wipe", "--yes", old="second"),
        _in_vault(made, "docs", old="second"),
    ],
    "reindex": lambda made: _both("reindex"),
    "answers": lambda made: _both("answers", "-n", "50"),
    "replay": lambda made: [*_both("replay", _answer(made)), ("replay", EVERYTHING_TYPED)],
    "model add": lambda made: [
        ("model", "add", str(made.model), "--name", f"m {SHORT[0]}"),
        ("model", "add", str(made.model), "--name", "script"),
        ("model", "add", str(made.base / NAMES[0])),
        ("model", "add", str(made.docs / "table.csv")),
    ],
    "model use": lambda made: [("model", "use", "script"), ("model", "use", EVERYTHING_TYPED)],
    "model list": lambda made: [*_both("model", "list"), *_model_output(made)],
    "model info": lambda made: [*_both("model", "info"), ("model", "info", EVERYTHING_TYPED)],
    "model verify": lambda made: [*_both("model", "verify"), ("model", "verify", EVERYTHING_TYPED)],
    "model bench": lambda made: [("model", "bench", EVERYTHING_TYPED)],
    "model remove": lambda made: [("model", "remove", "script"), ("model", "remove", EVERYTHING_TYPED)],
    "plugin list": lambda made: _both("plugin", "list"),
    "plugin check": lambda made: [
        *_both("plugin", "check", "mal"),
        ("plugin", "check", "casse"),
        ("plugin", "check", str(made.base / "home/.local/share/analyst-copilot/plugins/casse")),
        ("plugin", "check", EVERYTHING_TYPED),
        ("plugin", "check", f"/{EVERYTHING_TYPED}"),
    ],
    "plugin new": lambda made: [
        ("plugin", "new", EVERYTHING_TYPED),
        ("plugin", "new", "neuf", "--folder", str(made.base / NAMES[12])),
        ("plugin", "new", "neuf", "--folder", str(made.base / NAMES[12])),
    ],
    "plugin enable": lambda made: [("plugin", "enable", "mal"), ("plugin", "enable", EVERYTHING_TYPED)],
    "plugin disable": lambda made: [("plugin", "disable", "mal"), ("plugin", "enable", "mal")],
    "plugin trust": lambda made: [
        Line(("plugin", "trust", "mal"), typed="non\n"),
        ("plugin", "trust", "mal", "--yes"),
        ("plugin", "trust", "casse", "--yes"),
        ("plugin", "trust", EVERYTHING_TYPED),
    ],
    "tool list": lambda made: _both("tool", "list"),
    "tool show": lambda made: [*_both("tool", "show", "mal.show"), ("tool", "show", EVERYTHING_TYPED)],
    "tool run": lambda made: [
        *_both("tool", "run", "mal.show", f"text={EVERYTHING_TYPED}", "--yes-read-only"),
        Line(("tool", "run", "mal.show", f"text={EVERYTHING_TYPED}"), typed="oui\no\ny\n"),
        ("tool", "run", "mal.fail", f"text={EVERYTHING_TYPED}", "--yes-read-only"),
        ("tool", "run", "mal.crash", "text=x", "--yes-read-only"),
        ("tool", "run", "mal.show", f"number={EVERYTHING_TYPED}", "text=a"),
        ("tool", "run", "mal.show", f"{EVERYTHING_TYPED}=1"),
        ("tool", "run", "schedule.critical_path", f"tasks={made.docs}/table.csv", "--yes-read-only"),
        ("tool", "run", "schedule.critical_path", f"tasks={EVERYTHING_TYPED}", "--yes-read-only"),
        ("tool", "run", "supply.days_of_supply", "--from-documents", f"stock=gazole {SHORT[0]}", "--deny"),
        Line(("tool", "run", "mal.show", "--from-documents", f"text={FACT}"), typed=f"{SHORT[11]}\nnon\nn\n"),
    ],
    "audit show": lambda made: [
        *_both("audit", "show"),
        ("audit", "show", "--kind", EVERYTHING_TYPED),
        ("audit", "show", "--since", EVERYTHING_TYPED),
        *_both("audit", "show", "--user"),
    ],
    "audit verify": lambda made: [
        *_both("audit", "verify"),
        *_both("audit", "verify", "--user"),
        ("audit", "verify", "--folder", EVERYTHING_TYPED),
        ("audit", "verify", "--checkpoint", str(made.folder / "bad.jsonl")),
    ],
    "audit export": lambda made: [
        ("audit", "export", str(made.base / NAMES[13])),
        ("audit", "export", str(made.base / NAMES[13])),
        ("audit", "export", str(made.base / f"{NAMES[13]}u"), "--user"),
    ],
    "eval answers": lambda made: [
        ("eval", "answers", str(made.folder / "golden.jsonl"), "--misses"),
        ("eval", "answers", str(made.folder / "golden.jsonl"), "--json"),
        ("eval", "answers", str(made.folder / "bad.jsonl")),
    ],
    "eval retrieval": lambda made: [
        *[("eval", "retrieval", str(one)) for one in made.folder.iterdir() if (one / "qrels.tsv").exists()],
        ("eval", "retrieval", EVERYTHING_TYPED),
    ],
    "eval injection": lambda made: [
        ("eval", "injection", str(made.folder / "attacks.txt"), "--most", "1"),
        ("eval", "injection", EVERYTHING_TYPED),
    ],
}


def recipe_lines(made: Hostile) -> dict[str, list[Line]]:
    """Return the lines of every recipe, in order."""
    return {
        name: [one if isinstance(one, Line) else Line(one) for one in recipe(made)] for name, recipe in RECIPES.items()
    }


def commands() -> dict[str, Any]:
    """Return every command of the program by its words; the bare program is the empty one."""
    from typer.main import get_command

    from copilot.cli.app import app

    def walk(command: Any, words: Words) -> Iterator[tuple[str, Any]]:
        inside = getattr(command, "commands", None)
        if inside is None or not words:
            yield " ".join(words), command
        for name, one in (inside or {}).items():
            yield from walk(one, (*words, name))

    return dict(walk(get_command(app), ()))


def refused(name: str, command: Any, text: str) -> Iterator[Words]:
    """Yield the command with `text` as an argument too many, and as each argument and option that takes a value."""
    words = tuple(name.split())
    needed = [one for one in command.params if one.param_type_name == "argument" and one.required]
    yield (*words, *(text for _ in needed), text, text)
    yield (*words, f"--{text}")
    for parameter in command.params:
        if parameter.param_type_name == "option" and not parameter.is_flag:
            yield (*words, *(Path("x").name for _ in needed), parameter.opts[0], text)
