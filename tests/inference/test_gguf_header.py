"""The header of a GGUF file, beside the reader of ggml's own package and against files that lie."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.errors import ModelError
from copilot.inference.gguf_file import read_gguf
from copilot.inference.gguf_header import read_header


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Été")
    writer.add_block_count(1)
    writer.add_embedding_length(32)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_context_length(64)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", "</s>", "à"])
    writer.add_token_types([2, 3, 3, 1])
    writer.add_token_scores([0.0, -1.0, -2.0, -3.5])
    writer.add_eos_token_id(2)
    writer.add_bool("a.b", True)
    writer.add_tensor("w", np.ones((4, 32), dtype=np.float16))
    rows = gguf.quants.quantize(np.ones((2, 32), dtype=np.float32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("q", rows, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_it_reads_what_ggmls_package_reads(small: Path, tekken_model: Path) -> None:
    for path in (small, tekken_model):
        ours, theirs = read_header(path), gguf.GGUFReader(path)
        assert {key for key in theirs.fields if not key.startswith("GGUF.")} == set(ours.pairs)
        for key, value in ours.pairs.items():
            told = theirs.fields[key].contents()
            assert (told if not isinstance(told, list) else len(told)) == (
                len(value) if isinstance(value, list | tuple) else value
            ), key
        tokens = theirs.fields["tokenizer.ggml.tokens"].contents()
        assert [token.decode() for token in ours.texts("tokenizer.ggml.tokens")] == tokens
        types = theirs.fields["tokenizer.ggml.token_type"].contents()
        assert list(ours.numbers("tokenizer.ggml.token_type")) == types
        places = [(one.name, one.values, one.kind, one.end) for one in ours.tensors]
        start = theirs.data_offset
        assert places == [
            (one.name, one.n_elements, one.tensor_type.name, one.data_offset - start + one.n_bytes)
            for one in theirs.tensors
        ]


def test_facts_of_a_small_file(small: Path) -> None:
    info = read_gguf(small)
    assert (info.name, info.kv_heads, info.head_size, info.parameters, info.eos) == ("Été", 2, 8, 192, 2)
    assert info.control_tokens == {"<s>": 1, "</s>": 2}


def test_a_file_cut_anywhere_is_named(small: Path, tmp_path: Path) -> None:
    data = small.read_bytes()
    path = tmp_path / "cut.gguf"
    last = max(place.end for place in read_header(small).tensors)
    # What follows the last tensor is padding.
    padding = len(data) - (len(data) - last) // 32 * 32 - last
    for length in range(0, len(data) - max(padding, 32), 7):
        path.write_bytes(data[:length])
        with pytest.raises(ModelError, match=r"cut\.gguf"):
            read_gguf(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 1_200), st.integers(0, 255)), min_size=1, max_size=4))
def test_whatever_a_file_says_is_facts_or_a_model_error(
    small: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(small.read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "odd.gguf"
    path.write_bytes(data)
    # Anything but a ModelError fails the test.
    with suppress(ModelError):
        assert read_gguf(path).layers > 0


@pytest.mark.parametrize(
    "after",
    [
        struct.pack("<IQQ", 3, 0, 2**63),
        struct.pack("<IQQ", 3, 2**63, 0),
        struct.pack("<IQQ", 9, 0, 0),
        struct.pack("<IQQQ", 3, 0, 1, 2**62),
        struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 4, 2**61),
        struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 8, 2**21),
        struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 9, 1),
        struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 99),
    ],
)
def test_counts_that_no_file_can_hold(tmp_path: Path, after: bytes) -> None:
    path = tmp_path / "lies.gguf"
    path.write_bytes(b"GGUF" + after)
    with pytest.raises(ModelError, match=r"lies\.gguf"):
        read_gguf(path)
