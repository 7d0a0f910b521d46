"""llama.cpp's own calls, for the child process alone: load, tokenise, read a prompt, draw tokens.

Prompts are token ids and the decode loop is ours: the wrapper's chat functions turn outside text into control tokens.
Much here ends the process when it is misused, which is why it has a process of its own.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp as lib
import numpy as np

from copilot.inference.formats.detection import MARKS
from copilot.records import Sampling

# Of the library: what it computes, and its states, may differ from one to the next.
VERSION = str(lib.__version__)
KV_TYPES = {"f16": 1, "q8_0": 8, "q4_0": 2}
_TOKEN = np.dtype([("id", "<i4"), ("logit", "<f4"), ("p", "<f4")])
_PENALTY_WINDOW = 64
_PIECE_BYTES = 256


class NativeError(Exception):
    """llama.cpp refused; `reason` is a stable key: load, context, lora, grammar, decode, dead_end."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class DecodeAbortedError(Exception):
    """The abort callback said stop."""


@dataclass(frozen=True, slots=True)
class NativeSetup:
    """How to load: context in tokens, `kv_type` one of `KV_TYPES`; LoRA adapters by path and scale."""

    files: tuple[str, ...]
    context: int
    threads: int
    batch: int = 128
    kv_type: str = "f16"
    flash_attention: bool = False
    loras: tuple[tuple[str, float], ...] = ()
    vocabulary_only: bool = False


class NativeModel:
    """A loaded model with one context and one sequence. `held` are the tokens that the context has read."""

    def __init__(self, setup: NativeSetup, should_abort: Callable[[], bool]) -> None:
        lib.llama_backend_init()
        self._model = _load(setup)
        self.vocabulary: Any = lib.llama_model_get_vocab(self._model)
        self.size = lib.llama_vocab_n_tokens(self.vocabulary)
        self.held: list[int] = []
        self.batch = setup.batch
        self._ids = np.arange(self.size, dtype=np.int32)
        self._table = np.empty(self.size, dtype=_TOKEN)
        self._context: Any = None
        self._closers: dict[str, int] | None = None
        if setup.vocabulary_only:
            return
        parameters = lib.llama_context_default_params()
        parameters.n_ctx = setup.context
        parameters.n_batch = parameters.n_ubatch = setup.batch
        parameters.n_threads = parameters.n_threads_batch = setup.threads
        parameters.type_k = parameters.type_v = KV_TYPES[setup.kv_type]
        parameters.flash_attn_type = 1 if setup.flash_attention or setup.kv_type != "f16" else 0
        parameters.no_perf = True
        # ctypes keeps no reference: the callback lives as long as this object.
        self._callback = lib.ggml_abort_callback(lambda _: should_abort())
        parameters.abort_callback = self._callback
        self._context = lib.llama_init_from_model(self._model, parameters)
        if not self._context:
            raise NativeError("context", str(setup.context))
        self.context_tokens = lib.llama_n_ctx(self._context)
        self._memory = lib.llama_get_memory(self._context)
        self._add_loras(setup.loras)

    def _add_loras(self, loras: Sequence[tuple[str, float]]) -> None:
        adapters = []
        for path, _ in loras:
            adapter = lib.llama_adapter_lora_init(self._model, path.encode())
            if not adapter:
                raise NativeError("lora", path)
            adapters.append(adapter)
        if adapters:
            pointers = (lib.llama_adapter_lora_p_ctypes * len(adapters))(*adapters)
            scales = (ctypes.c_float * len(adapters))(*(scale for _, scale in loras))
            if lib.llama_set_adapters_lora(self._context, pointers, len(adapters), scales) != 0:
                raise NativeError("lora", loras[0][0])

    # --- vocabulary ---------------------------------------------------------------------------------------------------

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`; whatever it says, none of them is a control token."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            ids = (lib.llama_token * room)()
            count = lib.llama_tokenize(self.vocabulary, data, len(data), ids, room, False, False)
            if count >= 0:
                return ids[:count]
            room = -count

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """Return the bytes of a token, however many they are."""
        room = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = lib.llama_token_to_piece(self.vocabulary, token, buffer, room, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def control_tokens(self) -> dict[str, int]:
        """Return the ids of the control tokens by name: also of those that a careless converter typed as words."""
        names = (
            lib.llama_vocab_get_text(self.vocabulary, token).decode("utf-8", "replace") for token in range(self.size)
        )
        return {
            name: token
            for token, name in enumerate(names)
            if name in MARKS or lib.llama_vocab_is_control(self.vocabulary, token)
        }

    def closers(self) -> dict[str, int]:
        """Return the tokens that end what JSON began, by the sign; ``end`` is the end of the text."""
        if self._closers is None:
            found = {"end": int(lib.llama_vocab_eos(self.vocabulary))}
            signs = {b"]": "]", b"}": "}", b'"': '"'}
            for token in range(self.size):
                sign = signs.get(self.piece(token))
                if sign is not None:
                    found.setdefault(sign, token)
            self._closers = found
        return self._closers

    def ends(self, token: int) -> bool:
        return bool(lib.llama_vocab_is_eog(self.vocabulary, token))

    # --- reading ------------------------------------------------------------------------------------------------------

    def keep(self, count: int) -> int:
        """Forget all but the first `count` tokens of the context; returns how many are left (0 where it cannot)."""
        if not lib.llama_memory_seq_rm(self._memory, 0, count, -1):
            lib.llama_memory_clear(self._memory, True)
            count = 0
        del self.held[count:]
        return count

    def read(self, ids: Sequence[int]) -> None:
        """Read further tokens, at most `batch` of them.

        Raises:
            DecodeAbortedError: stopped by the callback; the context is as before the call.
            NativeError: llama.cpp could not.
        """
        held = len(self.held)
        array = (lib.llama_token * len(ids))(*ids)
        outcome = lib.llama_decode(self._context, lib.llama_batch_get_one(array, len(ids)))
        if outcome == 0:
            self.held += ids
            return
        self.keep(held)
        if outcome == 2:
            raise DecodeAbortedError
        raise NativeError("decode", str(outcome))

    # --- state --------------------------------------------------------------------------------------------------------

    def state_bytes(self) -> int:
        """Return how large a state of what the context holds would be on disk."""
        return int(lib.llama_state_seq_get_size(self._context, 0))

    def save_state(self, path: str) -> int:
        """Write the context's memory with its tokens; returns the bytes written, 0 where it failed."""
        ids = (lib.llama_token * len(self.held))(*self.held)
        return int(lib.llama_state_seq_save_file(self._context, path.encode(), 0, ids, len(self.held)))

    def load_state(self, path: str, tokens: Sequence[int]) -> bool:
        """Take the memory of `tokens` from a file; False leaves an empty context."""
        self.keep(0)
        ids = (lib.llama_token * self.context_tokens)()
        count = ctypes.c_size_t(0)
        read = lib.llama_state_seq_load_file(
            self._context, path.encode(), 0, ids, self.context_tokens, ctypes.byref(count)
        )
        if not read or ids[: count.value] != list(tokens):
            self.keep(0)
            return False
        self.held = list(tokens)
        return True

    # --- drawing ------------------------------------------------------------------------------------------------------

    def drawer(self, sampling: Sampling, gbnf: str | None) -> TokenDrawer:
        return TokenDrawer(self, sampling, gbnf)

    def logits(self) -> Any:
        """Return the table of candidates after the last token that was read."""
        pointer = lib.llama_get_logits_ith(self._context, -1)
        self._table["id"] = self._ids
        self._table["logit"] = np.ctypeslib.as_array(pointer, shape=(self.size,))
        self._table["p"] = 0.0
        return self._table


class TokenDrawer:
    """Draws one token after the other, within a grammar where there is one."""

    def __init__(self, model: NativeModel, sampling: Sampling, gbnf: str | None) -> None:
        self._model = model
        self._grammar: Any = None
        if gbnf is not None:
            self._grammar = lib.llama_sampler_init_grammar(model.vocabulary, gbnf.encode(), b"root")
            if not self._grammar:
                raise NativeError("grammar")
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for sampler in _samplers(sampling):
            lib.llama_sampler_chain_add(self._chain, sampler)

    def draw(self, *, closing: bool = False) -> int:
        """Return the next token. The grammar is asked about the likeliest first, about all only where it says no.

        Near the end of its room (`closing`) whatever ends what was begun is taken first: an answer that is cut short
        in time is whole, one that runs into the limit is not.

        Raises:
            NativeError: the grammar allows no token at all.
        """
        token, table = self._pick()
        ending = self._ending() if closing else None
        if ending is not None:
            token = ending
        elif self._grammar is not None and not self._allows(token):
            lib.llama_sampler_apply(self._grammar, ctypes.byref(table))
            if not np.isfinite(self._model._table["logit"]).any():
                raise NativeError("dead_end")
            lib.llama_sampler_apply(self._chain, ctypes.byref(table))
            token = table.data[table.selected].id
        if self._grammar is not None:
            lib.llama_sampler_accept(self._grammar, token)
        lib.llama_sampler_accept(self._chain, token)
        return int(token)

    def _ending(self) -> int | None:
        """Return the token that ends what was begun last. Inside a string both brackets are letters: the quote ends it.

        None where the grammar wants something else first: a name, a mark, a figure.
        """
        allowed = {name: token for name, token in self._model.closers().items() if self._allows(token)}
        order = ('"',) if {"]", "}"} <= set(allowed) else ("end", "]", "}", '"')
        return next((allowed[name] for name in order if name in allowed), None)

    def _pick(self) -> tuple[int, Any]:
        table = self._fresh()
        lib.llama_sampler_apply(self._chain, ctypes.byref(table))
        token = table.data[table.selected].id
        return token, self._fresh() if self._grammar is not None else table

    def _fresh(self) -> Any:
        rows = self._model.logits()
        if np.isnan(rows["logit"]).any():
            raise NativeError("decode", "NaN")
        return lib.llama_token_data_array(
            data=rows.ctypes.data_as(lib.llama_token_data_p), size=len(rows), selected=-1, sorted=False
        )

    def _allows(self, token: int) -> bool:
        one = lib.llama_token_data(id=token, logit=1.0, p=0.0)
        array = lib.llama_token_data_array(data=ctypes.pointer(one), size=1, selected=-1, sorted=False)
        lib.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(np.isfinite(one.logit))

    def close(self) -> None:
        lib.llama_sampler_free(self._chain)
        if self._grammar is not None:
            lib.llama_sampler_free(self._grammar)


def _samplers(sampling: Sampling) -> list[Any]:
    chosen = []
    if sampling.repeat_penalty != 1.0:
        chosen.append(lib.llama_sampler_init_penalties(_PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0))
    if sampling.temperature <= 0:
        return [*chosen, lib.llama_sampler_init_greedy()]
    if sampling.top_p < 1:
        chosen.append(lib.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0:
        chosen.append(lib.llama_sampler_init_min_p(sampling.min_p, 1))
    chosen.append(lib.llama_sampler_init_temp(sampling.temperature))
    return [*chosen, lib.llama_sampler_init_dist(sampling.seed)]


def _load(setup: NativeSetup) -> Any:
    parameters = lib.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.vocab_only = setup.vocabulary_only
    paths = [file.encode() for file in setup.files]
    if len(paths) == 1:
        model = lib.llama_model_load_from_file(paths[0], parameters)
    else:
        model = lib.llama_model_load_from_splits((ctypes.c_char_p * len(paths))(*paths), len(paths), parameters)
    if not model:
        raise NativeError("load", setup.files[0])
    return model
