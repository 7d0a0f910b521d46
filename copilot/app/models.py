"""Choosing and sizing a language model: which one answers, whether it fits this machine, with how many threads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copilot.errors import ModelError
from copilot.i18n import t
from copilot.inference.gguf_file import GgufInfo, read_gguf
from copilot.inference.llama.model import BATCH, LlamaModel, LlamaSetup
from copilot.inference.registry import Kind, ModelEntry, ModelRegistry
from copilot.ports import LanguageModel
from copilot.presentation.wording import number_written
from copilot.records import Completed, Message, ModelRequest, Role, Sampling
from copilot.resources import user_data_folder
from copilot.resources.regular_file import read_regular
from copilot.resources.user_key import user_secret
from copilot.settings import Settings

NO_MODEL = "none"
_LARGEST_KEY = 65_536
_MEBIBYTE = 2**20
# Beside weights and context: the compute buffers of llama.cpp and the process itself.
_OVERHEAD = 350 * _MEBIBYTE
# What its process may have beyond all that, before it is refused more.
_SLACK = 2_048 * _MEBIBYTE
# Bytes of a key or value: a block of 32 values has a scale of two bytes (8 and 4 bits a value).
_KV_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
_DEFAULT_CONTEXT, _SMALLEST_CONTEXT = 8_192, 1_024
_BENCH_PROMPT, _BENCH_TOKENS = 128, 24


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model needs and what there is, in bytes; `available` is None where the system does not say."""

    weights: int
    context_bytes: int
    needed: int
    available: int | None
    context: int
    kv_type: str

    @property
    def fits(self) -> bool:
        return self.available is None or self.needed <= self.available


def registry() -> ModelRegistry:
    return ModelRegistry(user_data_folder() / "models.json")


def chosen_entry(settings: Settings, name: str | None = None) -> ModelEntry | None:
    """Return the model that answers: `name`, that of the settings, the one in use; None where there is none.

    Raises:
        ModelError: the model that is named was never added.
    """
    wanted = name or settings.model.name
    if wanted == NO_MODEL:
        return None
    known = registry()
    if wanted:
        return known.find(wanted, Kind.LANGUAGE)
    _, active = known.entries()
    return known.find(active) if active else None


def load_language_model(
    settings: Settings, states: Path | None = None, name: str | None = None
) -> LanguageModel | None:
    """Return the model that answers, checked and sized but not yet loaded; None where answers are extractive.

    `states` is where what it has read is kept.

    Raises:
        ModelError: it is unknown, gone, changed, or does not fit this machine's memory.
    """
    if settings.enclave.url and name is None and not settings.model.name:
        return _server(settings)
    entry = chosen_entry(settings, name)
    if entry is None:
        return None
    registry().check(entry)
    info = read_gguf(Path(entry.files[0].path))
    fit = fit_of(info, settings)
    if not fit.fits:
        assert fit.available is not None
        raise ModelError(
            t("model.too_big", name=entry.name, needed=_gib(fit.needed), available=_gib(fit.available)),
            t("model.too_big_next"),
        )
    chosen = settings.model
    adapters = tuple(_checked_adapters(chosen.loras, info))
    key = user_secret() if states is not None and chosen.state_mb else b""
    return LlamaModel(
        LlamaSetup(
            info=info,
            name=entry.name,
            model_hash=_hash_with_adapters(entry, adapters),
            context=fit.context,
            threads=chosen.threads or entry.threads or default_threads(),
            kv_type=fit.kv_type,
            flash_attention=_uses_flash_attention(fit.kv_type),
            # Weights may be held twice, in the file and in the order in which the processor likes them.
            memory_bytes=fit.needed + fit.weights + _SLACK,
            format=chosen.format,
            loras=tuple((adapter.files[0].path, 1.0) for adapter in adapters),
            states=states if key else None,
            states_bytes=chosen.state_mb * _MEBIBYTE if key else 0,
            states_key=key,
        )
    )


def _server(settings: Settings) -> LanguageModel:
    from copilot.inference.server import ServerModel, ServerSetup

    enclave = settings.enclave
    context = settings.model.context or _DEFAULT_CONTEXT
    key = _server_key(enclave.key_file) if enclave.key_file else ""
    return ServerModel(ServerSetup(enclave.url, enclave.model, enclave.hosts, context, key=key))


def _server_key(path: str) -> str:
    """Return the one line of the key file; ModelError where there is none."""
    try:
        key = read_regular(Path(path).expanduser(), _LARGEST_KEY).decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise ModelError(t("model.server_key", path=path), t("model.server_key_next")) from error
    if not key.isprintable() or not key:
        raise ModelError(t("model.server_key", path=path), t("model.server_key_next"))
    return key


def sampling_of(settings: Settings) -> Sampling:
    return Sampling(temperature=settings.model.temperature, seed=settings.model.seed)


def fit_of(info: GgufInfo, settings: Settings) -> Fit:
    """Choose context and KV type for this machine: what was set, else the largest that leaves room.

    Weights are mapped and count in full, for they are all read at every token; the context costs 2 x layers x KV heads
    x head size x bytes a value, for every token.
    """
    available = available_memory()
    wanted = min(settings.model.context or _DEFAULT_CONTEXT, info.context or _DEFAULT_CONTEXT)
    kinds = ["f16", "q8_0", "q4_0"] if settings.model.kv_type == "auto" else [settings.model.kv_type]
    tried = [_fit(info, wanted, kind, available) for kind in kinds]
    if not settings.model.context:
        context = wanted
        while context // 2 >= _SMALLEST_CONTEXT:
            context //= 2
            tried.append(_fit(info, context, kinds[-1], available))
    return next((fit for fit in tried if fit.fits), tried[-1])


def _fit(info: GgufInfo, context: int, kind: str, available: int | None) -> Fit:
    held = round(info.kv_bytes_per_token(_KV_BYTES[kind]) * context)
    # Without flash attention the scores of a batch against the whole context stand in memory at once, as f32.
    scores = 0 if _uses_flash_attention(kind) else 4 * BATCH * info.heads * context
    return Fit(info.size, held, info.size + held + scores + _OVERHEAD, available, context, kind)


def _uses_flash_attention(kv_type: str) -> bool:
    """Return whether llama.cpp needs it: a quantised cache cannot be read otherwise."""
    return kv_type != "f16"


def available_memory() -> int | None:
    """Return the bytes that can be had without swapping (Linux), None elsewhere."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def default_threads() -> int:
    """Return one less than the processors: a busy neighbour on the last one stalls all the others."""
    return max(1, processors() - 1)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second with so many threads, reading a prompt and writing."""

    threads: int
    reading: float
    writing: float


def calibrate(entry: ModelEntry, settings: Settings) -> Iterator[Speed]:
    """Yield the speed at several numbers of threads, and note the fastest for writing."""
    registry().check(entry)
    info = read_gguf(Path(entry.files[0].path))
    fit = fit_of(info, settings)
    most = processors()
    best: Speed | None = None
    for threads in sorted({1, max(1, most // 2), max(1, most - 1), most}):
        setup = LlamaSetup(info, entry.name, entry.model_hash, min(fit.context, 1_024), threads, fit.kv_type)
        model = LlamaModel(setup)
        try:
            speed = _speed(model, threads)
        finally:
            model.close()
        yield speed
        if best is None or speed.writing > best.writing:
            best = speed
    assert best is not None
    registry().calibrated(entry.name, best.threads, best.writing)


def _speed(model: LanguageModel, threads: int) -> Speed:
    words = " ".join(f"mot{number}" for number in range(_BENCH_PROMPT // 3))
    request = ModelRequest((Message(Role.USER, words),), max_tokens=_BENCH_TOKENS)
    last: Completed | None = None
    for event in model.generate(request):
        if isinstance(event, Completed):
            last = event
    assert last is not None
    writing = last.generated_tokens / max(last.generation_seconds, 1e-6)
    reading = last.prompt_tokens / max(last.prompt_seconds, 1e-6)
    return Speed(threads, reading, writing)


def _checked_adapters(names: tuple[str, ...], info: GgufInfo) -> Iterator[ModelEntry]:
    """Yield the adapters that may be loaded, each held against the hash of when it was added.

    llama.cpp loads one that is missing silently, and dies at the first token.
    """
    known = registry()
    for name in names:
        entry = known.find(name, Kind.ADAPTER)
        known.check(entry)
        if entry.architecture != info.architecture:
            path = entry.files[0].path
            raise ModelError(
                t("model.lora_other", path=path, architecture=info.architecture), t("model.native_lora_next")
            )
        yield entry


def _hash_with_adapters(entry: ModelEntry, adapters: tuple[ModelEntry, ...]) -> str:
    if not adapters:
        return entry.model_hash
    digest = hashlib.sha256(entry.model_hash.encode())
    for adapter in adapters:
        digest.update(bytes.fromhex(adapter.model_hash))
    return digest.hexdigest()


def _gib(size: int) -> str:
    return number_written(round(size / 2**30, 1))
