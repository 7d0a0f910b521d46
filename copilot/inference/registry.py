"""The models that the user added: where their files are, what they hold, and the hash that each load is held against.

Kept in the user's data folder, not in a workspace: a workspace that came from elsewhere names a model, never a file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from shlex import quote

from copilot.durable import replace_durably
from copilot.errors import ModelError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.inference.gguf_file import GgufInfo, read_adapter, read_gguf

_BLOCK = 2**22
_VERSION = 1


class Kind(StrEnum):
    """What a model is for."""

    LANGUAGE = "language"
    EMBEDDING = "embedding"
    ADAPTER = "adapter"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file as it was when its hash was taken; `changed_ns` is its ctime, which no program sets back."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    inode: int = 0
    changed_ns: int = 0

    def is_untouched(self, now: os.stat_result) -> bool:
        """Return whether size, times and inode say that the hash need not be taken again."""
        told = (self.size, self.mtime_ns, self.inode, self.changed_ns)
        return told == (now.st_size, now.st_mtime_ns, now.st_ino, now.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model. `threads` and `tokens_per_second` come from calibration; 0 before it."""

    name: str
    files: tuple[ModelFile, ...]
    architecture: str
    quantisation: str
    context: int
    parameters: int
    added: str
    threads: int = 0
    tokens_per_second: float = 0.0
    kind: str = Kind.LANGUAGE

    @property
    def model_hash(self) -> str:
        """The SHA-256 of the file; of a split model, that of its parts' hashes, one a line."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return hashlib.sha256("\n".join(file.sha256 for file in self.files).encode()).hexdigest()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


class ModelRegistry:
    """The list of models in one file; each change is written whole or not at all."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def entries(self) -> tuple[list[ModelEntry], str | None]:
        """Return the models by name, and the name of the one in use.

        Raises:
            ModelError: the list is damaged; it names the file.
        """
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            models = [
                ModelEntry(**{**entry, "files": tuple(ModelFile(**file) for file in entry["files"])})
                for entry in told["models"]
            ]
        except FileNotFoundError:
            return [], None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(t("model.registry_damaged", path=self._file), t("model.registry_damaged_next")) from error
        return sorted(models, key=lambda model: model.name), told.get("active")

    def find(self, name: str, kind: Kind | None = None) -> ModelEntry:
        """Return a model by its name or its file.

        Raises:
            ModelError: there is none, and it lists what there is; or it is of another kind than the one wanted.
        """
        models, _ = self.entries()
        path = str(Path(name).expanduser().resolve())
        for model in models:
            if name == model.name or path == model.files[0].path:
                if kind is not None and model.kind != kind:
                    told = t(f"model.not_{kind}", name=model.name, kind=t(f"model.kind_{model.kind}"))
                    raise ModelError(told, t(f"model.not_{kind}_next"))
                return model
        names = ", ".join(model.name for model in models) or t("model.none_added")
        unknown = "unknown_adapter" if kind is Kind.ADAPTER else "unknown"
        raise ModelError(t(f"model.{unknown}", name=name, names=names), t(f"model.{unknown}_next"))

    def add(
        self,
        path: Path,
        name: str | None,
        progress: Callable[[int, int], None] | None = None,
        before: Callable[[ModelEntry], None] = lambda _: None,
        kind: Kind = Kind.LANGUAGE,
    ) -> ModelEntry:
        """Read, hash and note the model at `path`; the first language model is taken into use.

        A LoRA adapter is noted as one, whatever `kind` says: its file tells what it is.
        `progress` is told bytes of bytes; `before` is called with the entry when nothing stands in its way.

        Raises:
            ModelError: it is no usable model, or the name is taken by another file.
        """
        entry = _read(path.expanduser().resolve(), name, kind, progress)
        models, active = self.entries()
        for other in models:
            if other.name == entry.name and other.model_hash != entry.model_hash:
                raise ModelError(t("model.name_taken", name=entry.name), t("model.name_taken_next"))
        before(entry)
        first = entry.name if entry.kind == Kind.LANGUAGE else None
        self._write([*(model for model in models if model.name != entry.name), entry], active or first)
        return entry

    def use(self, name: str) -> ModelEntry:
        """Make a language model the one that answers."""
        entry = self.find(name, Kind.LANGUAGE)
        self._write(self.entries()[0], entry.name)
        return entry

    def remove(self, name: str) -> None:
        """Forget a model; its file stays where it is."""
        gone = self.find(name).name
        models, active = self.entries()
        left = [model for model in models if model.name != gone]
        self._write(left, None if active == gone else active)

    def calibrated(self, name: str, threads: int, tokens_per_second: float) -> None:
        """Note how many threads are fastest on this machine."""
        models, active = self.entries()
        noted = [
            replace(model, threads=threads, tokens_per_second=tokens_per_second) if model.name == name else model
            for model in models
        ]
        self._write(noted, active)

    def verify(self, entry: ModelEntry, progress: Callable[[int, int], None] | None = None) -> None:
        """Hash the files again, whatever their times say; ModelError where one is not what was added."""
        found = tuple(_hash_files([Path(file.path) for file in entry.files], progress))
        for before, now in zip(entry.files, found, strict=True):
            if before.sha256 != now.sha256:
                raise _changed(entry, before)
        models, active = self.entries()
        # Noted, so that a file that was copied or touched is hashed once more, not at every question.
        noted = [replace(model, files=found) if model.name == entry.name else model for model in models]
        if found != entry.files:
            with suppress(ModelError):
                self._write(noted, active)

    def check(self, entry: ModelEntry, progress: Callable[[int, int], None] | None = None) -> None:
        """Refuse a changed file before it is loaded: by its hash wherever it was touched since that was taken.

        Raises:
            ModelError: a file is gone, or is not the one that was added.
        """
        touched = False
        for file in entry.files:
            try:
                now = Path(file.path).stat()
            except OSError as error:
                raise ModelError(t("model.gone", name=entry.name, path=file.path), t("model.gone_next")) from error
            if now.st_size != file.size:
                raise _changed(entry, file)
            touched = touched or not file.is_untouched(now)
        if touched:
            self.verify(entry, progress)

    def _write(self, models: Sequence[ModelEntry], active: str | None) -> None:
        told = {"version": _VERSION, "active": active, "models": [asdict(model) for model in models]}
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_durably(self._file, json.dumps(told, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            message = t("model.registry_unwritten", path=self._file, error=cause_of(error))
            raise ModelError(message, t("store.check_disk")) from error


def _read(path: Path, name: str | None, kind: Kind, progress: Callable[[int, int], None] | None = None) -> ModelEntry:
    added = datetime.now(UTC).isoformat(timespec="seconds")
    if path.is_file():
        found, architecture = read_adapter(path)
        if found == Kind.ADAPTER:
            files = tuple(_hash_files((path,), progress))
            return ModelEntry(name or path.stem, files, architecture, "", 0, 0, added, kind=Kind.ADAPTER)
    info = read_gguf(path)
    _refuse_unusable(info, kind)
    return ModelEntry(
        name or info.files[0].name.removesuffix(".gguf"),
        tuple(_hash_files(info.files, progress)),
        info.architecture,
        info.quantisation,
        info.context,
        info.parameters,
        added,
        kind=kind,
    )


def _refuse_unusable(info: GgufInfo, kind: Kind) -> None:
    if kind is Kind.EMBEDDING:
        if len(info.files) > 1:
            raise ModelError(t("model.split_embedder", path=info.files[0]), t("model.split_embedder_next"))
        return
    if info.architecture not in ("llama", "mistral3", "mistral"):
        message = t("model.architecture", path=info.files[0], architecture=info.architecture)
        raise ModelError(message, t("model.architecture_next"))
    if not info.vocabulary or not info.context:
        raise ModelError(t("model.damaged", path=info.files[0]), t("model.damaged_next"))


def _changed(entry: ModelEntry, file: ModelFile) -> ModelError:
    return ModelError(
        t("model.changed", name=entry.name, path=file.path), t("model.changed_next", name=quote(entry.name))
    )


def _hash_files(paths: Sequence[Path], progress: Callable[[int, int], None] | None = None) -> Iterator[ModelFile]:
    try:
        total = sum(path.stat().st_size for path in paths)
        done = 0
        for path in paths:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                while block := file.read(_BLOCK):
                    digest.update(block)
                    done += len(block)
                    if progress is not None:
                        progress(done, total)
            yield ModelFile(
                str(path), status.st_size, status.st_mtime_ns, digest.hexdigest(), status.st_ino, status.st_ctime_ns
            )
    except OSError as error:
        raise ModelError(t("model.no_file", path=error.filename), t("model.no_file_next")) from error
