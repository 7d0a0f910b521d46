"""`copilot eval`: measuring retrieval and answers."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import open_session, read_settings
from copilot.cli.printing import on_terminal, out, print_json, table
from copilot.cli.translated import Command, Group
from copilot.errors import ExitCode
from copilot.i18n import t
from copilot.sanitise import visible

app = typer.Typer(cls=Group, no_args_is_help=True)


@app.callback()
def group(lang: opt.LangOption = None) -> None:
    """Take ``--lang`` wherever it is written; `copilot.cli.main` has read it."""


@app.command("retrieval", cls=Command, help=t("cli.eval.retrieval_help"))
def retrieval(
    folder: Annotated[Path, typer.Argument(help=t("cli.eval.folder"), show_default=False)],
    queries: Annotated[int | None, typer.Option("--queries", min=1, help=t("cli.eval.queries"))] = None,
    work: Annotated[Path | None, typer.Option("--work", help=t("cli.eval.work"), show_default=False)] = None,
    as_json: opt.JsonOption = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.evaluate import MODES, index_retrieval_set, score_retrieval
    from copilot.app.events import Embedding
    from copilot.app.session import Session
    from copilot.cli.progress import SyncProgress
    from copilot.evaluation.beir import read_retrieval_set
    from copilot.workspace import create_workspace

    chosen = read_retrieval_set(folder)
    with ExitStack() as stack:
        where = work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="copilot-eval-")))
        workspace, _ = create_workspace(where.resolve())
        session = stack.enter_context(Session(workspace, read_settings(workspace).settings))
        with SyncProgress() as progress:
            for done, total in index_retrieval_set(session, chosen):
                progress.show(Embedding(done, total))
        wanted = list(chosen.queries)[:queries]
        scores = [score_retrieval(session, chosen, mode, wanted) for mode in MODES]
    if as_json:
        counts = {"set": folder.name, "documents": len(chosen.documents), "queries": len(wanted)}
        print_json({"schema_version": "1", **counts, "modes": [asdict(score) for score in scores]})
        return int(ExitCode.SUPPORTED)
    keys = ["mode", "ndcg_10", "recall_5", "recall_10", "recall_100", "mrr_10", "p50_ms", "p95_ms"]
    table(keys, [[str(getattr(score, key)) for key in keys] for score in scores])
    return int(ExitCode.SUPPORTED)


@app.command("answers", cls=Command, help=t("cli.eval.answers_help"))
def answers(
    golden: Annotated[Path | None, typer.Argument(help=t("cli.eval.golden"), show_default=False)] = None,
    misses: Annotated[bool, typer.Option("--misses", help=t("cli.eval.misses"))] = False,
    as_json: opt.JsonOption = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.evaluate import GoldenScores, read_golden, score_answers
    from copilot.resources import demo_folder

    questions = read_golden(golden or demo_folder() / "golden.jsonl")
    scores = GoldenScores()
    with open_session(workspace) as session:
        scores.results.extend(score_answers(session, questions))
    wrong = [
        result
        for result in scores.results
        if (not result.answer_right if result.question.answerable else result.status != "refused")
    ]
    if as_json:
        rows = [
            {
                "id": r.question.key,
                "status": r.status,
                "source_found": r.source_found,
                "answer_right": r.answer_right,
                "cited": list(r.cited),
            }
            for r in scores.results
        ]
        print_json({"schema_version": "1", **scores.summary(), "results": rows})
        return int(ExitCode.SUPPORTED)
    table(["", ""], [[key, str(value)] for key, value in scores.summary().items()])
    if misses:
        for result in wrong:
            out(
                visible(
                    f"{result.question.key} [{result.status}] {result.question.question} → {', '.join(result.cited)}"
                )
            )
    return int(ExitCode.SUPPORTED)


@app.command("injection", cls=Command, help=t("cli.eval.injection_help"))
def injection(
    file: Annotated[Path, typer.Argument(help=t("cli.eval.attacks"), show_default=False)],
    most: Annotated[int | None, typer.Option("--most", min=1, help=t("cli.eval.most"), show_default=False)] = None,
    as_json: opt.JsonOption = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.injection import try_injections
    from copilot.app.injection_lists import read_attacks
    from copilot.app.session import Session
    from copilot.cli.status_line import ProgressLine
    from copilot.settings import Settings
    from copilot.workspace import create_workspace

    attacks = read_attacks(file)
    # Nothing of the user's is read here; the embedder that needs no model finds these few words as well.
    settings = Settings.model_validate({"embedding": {"model": "hash"}, "documents": {"ocr": False}})
    with tempfile.TemporaryDirectory(prefix="copilot-eval-") as folder:
        workspace, _ = create_workspace(Path(folder).resolve() / "workspace")
        with Session(workspace, settings) as session, ProgressLine() as line:

            def tell(place: str, done: int, total: int) -> None:
                line.show(t("cli.eval.planted", place=place, done=done, total=total))

            found = list(try_injections(session, attacks, Path(folder).resolve() / "files", most, tell))
    holds = all(counts.holds for counts in found)
    if as_json:
        print_json({"schema_version": "1", "holds": holds, "places": [asdict(counts) for counts in found]})
    else:
        # A count a line, by its name; in a pipe the places stand above, or nobody would know which figure is which.
        names, *rows = ([name, *(str(asdict(counts)[name]) for counts in found)] for name in asdict(found[0]))
        table(names, rows if on_terminal() else [names, *rows])
    return int(ExitCode.SUPPORTED if holds else ExitCode.FAILURE)
