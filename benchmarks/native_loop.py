"""llama.cpp's own loop: `native_loop.c`, compiled against the libraries and headers that llama-cpp-python brings."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Self

_SOURCE = Path(__file__).with_suffix(".c")
_LIBRARIES = ("llama", "ggml", "ggml-base")


class NativeLoop:
    """A process of the compiled loop with `model` loaded; `sizes` are threads, context and batch.

    The program and the grammar are written beside the model.
    """

    def __init__(self, model: Path, sizes: tuple[int, int, int], prompt: str, gbnf: str) -> None:
        written = model.with_name("root.gbnf")
        written.write_text(gbnf, encoding="utf-8")
        self._process = subprocess.Popen(
            [_compiled(model.parent), str(model), *map(str, sizes), prompt, str(written)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def rate(self, way: str, tokens: int) -> float:
        """Tokens a second after the first of `tokens`; `way` is "free" or "bound" (within the grammar)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{way} {tokens}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{_SOURCE.name} ended with {self._process.wait()}: could the model be loaded?")
        written, seconds = line.split()
        return (int(written) - 1) / float(seconds)


def _compiled(folder: Path) -> str:
    program = folder / "native_loop"
    packages = Path(sysconfig.get_path("platlib"))
    libraries = packages / "llama_cpp" / "lib"
    where = (f"-I{packages / 'include'}", f"-L{libraries}", f"-Wl,-rpath,{libraries}")
    linked = [f"-l{name}" for name in _LIBRARIES]
    subprocess.run(["cc", "-O2", *where, str(_SOURCE), "-o", str(program), *linked], check=True)
    return str(program)
