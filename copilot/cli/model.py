"""`copilot model`: the language models of this machine. Nothing is ever downloaded."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import locate, read_settings
from copilot.cli.printing import print_json, say, table
from copilot.cli.status_line import ProgressLine
from copilot.cli.translated import Command, Group
from copilot.errors import ExitCode, WorkspaceError
from copilot.i18n import t
from copilot.presentation.wording import number_written
from copilot.sanitise import visible

if TYPE_CHECKING:
    from copilot.inference.registry import ModelEntry
    from copilot.settings import Settings

app = typer.Typer(cls=Group, no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(help=t("cli.model.name"), show_default=False)]
OptionalName = Annotated[str | None, typer.Argument(help=t("cli.model.name_or_active"), show_default=False)]


@app.callback()
def group(lang: opt.LangOption = None) -> None:
    """Take ``--lang`` wherever it is written; `copilot.cli.main` has read it."""


@app.command("add", cls=Command, help=t("cli.model.add_help"))
def add(
    path: Annotated[Path, typer.Argument(help=t("cli.model.path"), show_default=False)],
    name: Annotated[str | None, typer.Option("--name", help=t("cli.model.new_name"), show_default=False)] = None,
    embedder: Annotated[bool, typer.Option("--embedder", help=t("cli.model.embedder"))] = False,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.configuration import add_model
    from copilot.app.models import fit_of, registry
    from copilot.inference.gguf_file import read_gguf
    from copilot.inference.registry import Kind

    with _Hashing() as hashing:
        entry = add_model(path, name, hashing, Kind.EMBEDDING if embedder else Kind.LANGUAGE)
    say(visible(t("cli.model.added", name=entry.name, sha256=entry.model_hash)))
    if entry.kind == Kind.EMBEDDING:
        say(visible(t("cli.model.set_embedder", name=entry.name)))
        return int(ExitCode.SUPPORTED)
    if entry.kind == Kind.ADAPTER:
        say(visible(t("cli.model.set_adapter", name=entry.name, architecture=entry.architecture)))
        return int(ExitCode.SUPPORTED)
    fit = fit_of(read_gguf(Path(entry.files[0].path)), _settings())
    words = "fits" if fit.fits else "does_not_fit"
    say(t(f"cli.model.{words}", needed=_gib(fit.needed), available=_gib(fit.available or 0), context=fit.context))
    _, active = registry().entries()
    say(
        visible(
            t("cli.model.in_use", name=entry.name)
            if active == entry.name
            else t("cli.model.use_it", name=quote(entry.name))
        )
    )
    return int(ExitCode.SUPPORTED)


@app.command("list", cls=Command, help=t("cli.model.list_help"))
def list_(as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.models import registry

    models, active = registry().entries()
    if as_json:
        rows = [{**asdict(model), "sha256": model.model_hash, "active": model.name == active} for model in models]
        print_json({"schema_version": "1", "models": rows})
    elif not models:
        say(t("cli.model.nothing"))
    else:
        headers = [t(f"cli.model.column.{key}") for key in ("used", "name", "kind", "size", "context", "speed")]
        table(
            headers,
            [
                [
                    "*" if model.name == active else "",
                    model.name,
                    _weights(model),
                    t("cli.model.gib", size=_gib(model.size)),
                    str(model.context or ""),
                    _rate(model.tokens_per_second) if model.tokens_per_second else "",
                ]
                for model in models
            ],
        )
    return int(ExitCode.SUPPORTED)


@app.command("use", cls=Command, help=t("cli.model.use_help"))
def use(name: NameArgument, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.configuration import use_model

    entry = use_model(name)
    say(visible(t("cli.model.in_use", name=entry.name)))
    return int(ExitCode.SUPPORTED)


@app.command("remove", cls=Command, help=t("cli.model.remove_help"))
def remove(name: NameArgument, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.configuration import remove_model

    remove_model(name)
    say(visible(t("cli.model.removed", name=name)))
    return int(ExitCode.SUPPORTED)


@app.command("verify", cls=Command, help=t("cli.model.verify_help"))
def verify(name: OptionalName = None, as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.models import registry

    # Of either kind: an embedding model is only ever named.
    entry = registry().find(name) if name else _entry(None)
    with _Hashing() as hashing:
        registry().verify(entry, hashing)
    if as_json:
        print_json({"schema_version": "1", "name": entry.name, "sha256": entry.model_hash, "verified": True})
    else:
        say(visible(t("cli.model.verified", name=entry.name, sha256=entry.model_hash)))
    return int(ExitCode.SUPPORTED)


@app.command("info", cls=Command, help=t("cli.model.info_help"))
def info(name: OptionalName = None, as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.models import default_threads, fit_of
    from copilot.inference.formats import detect_format
    from copilot.inference.gguf_file import read_gguf

    entry = _entry(name)
    settings = _settings()
    header = read_gguf(Path(entry.files[0].path))
    fit = fit_of(header, settings)
    kind = settings.model.format or detect_format(list(header.control_tokens), tekken=header.tekken).name
    told = {
        "name": entry.name,
        "files": [file.path for file in entry.files],
        "sha256": entry.model_hash,
        "architecture": header.architecture,
        "parameters": header.parameters,
        "quantisation": header.quantisation,
        "size_bytes": header.size,
        "trained_context": header.context,
        "vocabulary": header.vocabulary,
        "tokenizer": "tekken" if header.tekken else "spm",
        "format": kind,
        "context": fit.context,
        "kv_type": fit.kv_type,
        "context_bytes": fit.context_bytes,
        "needed_bytes": fit.needed,
        "available_bytes": fit.available,
        "fits": fit.fits,
        "threads": settings.model.threads or entry.threads or default_threads(),
        "tokens_per_second": entry.tokens_per_second or None,
    }
    if as_json:
        print_json({"schema_version": "1", **told})
    else:
        table([t("cli.model.what"), t("cli.model.value")], [[key, _shown(value)] for key, value in told.items()])
    return int(ExitCode.SUPPORTED if fit.fits else ExitCode.MODEL)


@app.command("bench", cls=Command, help=t("cli.model.bench_help"))
def bench(name: OptionalName = None, as_json: opt.JsonOption = False, lang: opt.LangOption = None) -> int:  # noqa: ARG001
    from copilot.app.models import calibrate

    entry = _entry(name)
    speeds = []
    for speed in calibrate(entry, _settings()):
        speeds.append(speed)
        if sys.stderr.isatty():
            sys.stderr.write(f"{speed.threads}: {_rate(speed.writing)} {t('cli.model.rate')}\n")
    best = max(speeds, key=lambda speed: speed.writing)
    if as_json:
        print_json({"schema_version": "1", "best_threads": best.threads, "speeds": [asdict(one) for one in speeds]})
    else:
        headers = [t(f"cli.model.column.{key}") for key in ("threads", "reading", "writing")]
        table(headers, [[str(one.threads), _rate(one.reading), _rate(one.writing)] for one in speeds])
        say(t("cli.model.calibrated", threads=best.threads))
    return int(ExitCode.SUPPORTED)


def _entry(name: str | None) -> ModelEntry:
    from copilot.app.models import chosen_entry
    from copilot.errors import ModelError

    entry = chosen_entry(_settings(), name)
    if entry is None:
        raise ModelError(t("cli.model.nothing"), t("model.unknown_next"))
    return entry


def _settings() -> Settings:
    try:
        here = locate(None)
    except WorkspaceError:
        here = None
    return read_settings(here).settings


class _Hashing(ProgressLine):
    """Says how much of a model's files has been hashed."""

    def __call__(self, done: int, total: int) -> None:
        self.show(t("cli.model.hashing", percent=round(100 * done / max(1, total))))


def _weights(model: ModelEntry) -> str:
    from copilot.inference.registry import Kind

    if model.kind == Kind.ADAPTER:
        return t("cli.model.adapter")
    return model.quantisation if model.kind == Kind.LANGUAGE else f"{model.quantisation} ({t('cli.model.embedding')})"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _gib(size: int) -> str:
    return number_written(round(size / 2**30, 1 if size >= 2**30 else 2))


def _rate(tokens_per_second: float) -> str:
    return number_written(round(tokens_per_second, 1))
