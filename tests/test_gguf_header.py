"""Headers of GGUF files as gguf writes them, and as somebody who means harm would."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.gguf_header import _KINDS, NoGgufError, read_header


def _text(data: bytes) -> bytes:
    return struct.pack("<Q", len(data)) + data


def _array(kind: int, length: int) -> bytes:
    return struct.pack("<IIQ", 9, kind, length)


def _file(pairs: int, tensors: int, *pieces: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, pairs) + b"".join(pieces)


def _tensor(kind: int, *dimensions: int, offset: int = 0) -> bytes:
    return (
        _text(b"w")
        + struct.pack("<I", len(dimensions))
        + struct.pack(f"<{len(dimensions)}Q", *dimensions)
        + struct.pack("<IQ", kind, offset)
    )


LONG = 2**60
HOSTILE = {
    "nothing": b"",
    "the magic alone": b"GGUF",
    "another version": b"GGUF" + struct.pack("<IQQ", 1, 0, 0) + bytes(64),
    "pairs without end": _file(LONG, 0),
    "tensors without end": _file(0, LONG),
    "a name without end": _file(1, 0, struct.pack("<Q", LONG), b"x"),
    "bytes without end": _file(1, 0, _text(b"x"), _array(0, LONG)),
    "texts without end": _file(1, 0, _text(b"x"), _array(8, LONG)),
    "numbers without end": _file(1, 0, _text(b"kept"), _array(6, LONG)),
    "an array of arrays": _file(1, 0, _text(b"x"), _array(9, 1), *[_array(9, 1)[4:]] * 5_000),
    "an unknown type": _file(1, 0, _text(b"x"), struct.pack("<I", 99)),
    "the same key twice": _file(2, 0, *[_text(b"x") + struct.pack("<IB", 0, 1)] * 2),
    "a tensor of no kind": _file(0, 1, _tensor(77, 32), bytes(256)),
    "part of a block": _file(0, 1, _tensor(8, 33), bytes(256)),
    "more tensor than file": _file(0, 1, _tensor(0, LONG, LONG), bytes(256)),
    "a tensor beyond the end": _file(0, 1, _tensor(0, 1, offset=LONG), bytes(256)),
    "five dimensions": _file(0, 1, _tensor(0, 1, 1, 1, 1, 1), bytes(256)),
    "no alignment": _file(1, 1, _text(b"general.alignment"), struct.pack("<II", 4, 0), _tensor(0, 1), bytes(256)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_hang_or_fill_the_memory_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(ValueError, match=r".*") as caught:
        read_header(path, ("kept",))
    assert isinstance(caught.value, NoGgufError) is (name == "nothing")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    path = tmp_path_factory.mktemp("gguf") / "written.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_uint32("a.number", 42)
    writer.add_int64("a.large", -(2**40))
    writer.add_bool("a.truth", True)
    writer.add_float32("a.share", 0.5)
    writer.add_string("a.text", "dépôt")
    writer.add_array("a.texts", ["un", "deux", ""])
    writer.add_array("a.numbers", [1, 2, 3])
    writer.add_tensor("v", np.ones(3, dtype=np.float32))
    writer.add_tensor("m", np.zeros((4, 34), dtype=np.uint8), raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_header_as_gguf_writes_it(written: Path) -> None:
    header = read_header(written, ("a.texts", "a.numbers"))
    told = {key: value for key, value in header.values.items() if key.startswith("a.")}
    assert told == {
        "a.number": 42,
        "a.large": -(2**40),
        "a.truth": True,
        "a.share": 0.5,
        "a.text": "dépôt",
        "a.texts": ("un", "deux", ""),
        "a.numbers": (1, 2, 3),
    }
    theirs = {tensor.name: (tensor.tensor_type.name, int(tensor.n_elements)) for tensor in GGUFReader(written).tensors}
    assert {tensor.name: (tensor.kind, tensor.count) for tensor in header.tensors} == theirs
    assert "a.texts" not in read_header(written).values
    assert header.array("absent") == ()


@pytest.mark.parametrize("key", ["a.text", "a.truth", "a.texts"])
def test_a_value_of_another_kind_is_no_number(written: Path, key: str) -> None:
    with pytest.raises(ValueError, match=key):
        read_header(written, ("a.texts",)).number(key)


def test_any_cut_is_noticed(written: Path) -> None:
    data = written.read_bytes()
    cut = written.with_name("cut.gguf")
    # The last bytes may be padding.
    for length in [*range(0, len(data) - 64, 7)]:
        cut.write_bytes(data[:length])
        with pytest.raises(ValueError, match=r".*"):
            read_header(cut)


@given(st.integers(0, 300), st.binary(min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_damage_is_read_or_refused(written: Path, place: int, damage: bytes) -> None:
    data = bytearray(written.read_bytes())
    data[place : place + len(damage)] = damage
    damaged = written.with_name("damaged.gguf")
    damaged.write_bytes(data)
    try:
        read_header(damaged, ("a.texts", "a.numbers"))
    except ValueError:
        return


def test_kinds_are_those_of_gguf() -> None:
    theirs = {kind.value: (kind.name, *sizes) for kind, sizes in GGML_QUANT_SIZES.items()}
    # Q8_1 and Q8_K are kinds of products, never of files, and gguf's sizes of them are not ggml's.
    assert {n: kind for n, kind in _KINDS.items() if n not in (9, 15)}.items() <= theirs.items()
