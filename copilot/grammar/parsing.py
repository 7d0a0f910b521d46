"""Reading GBNF the way llama.cpp does, and refusing what would end its process or never end itself.

llama.cpp answers a syntax error, an undefined rule, a missing root or left recursion with a null pointer that nobody
checks, and expands ``x{0,5000}`` into thousands of rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

_NAME = re.compile(r"[a-zA-Z0-9-]+")
_BLANK = re.compile(r"(?:[ \t]|#[^\r\n]*)*")
_BLANK_AND_LINES = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_COUNTS = re.compile(r"\{(\d{1,5})(?:(,)(\d{1,5})?)?\}")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "[": "[", "]": "]"}
_HEX = {"x": 2, "u": 4, "U": 8}
_MOST_REPEATS = 2_000
_MOST_ELEMENTS = 60_000
_MOST_CHARACTERS = 400_000
_DEEPEST = 60


class GrammarError(Exception):
    """A grammar that must not reach llama.cpp; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character in (or, when `negated`, outside) the `ranges` of code points, both ends included."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def holds(self, letter: str) -> bool:
        code = ord(letter)
        return any(low <= code <= high for low, high in self.ranges) != self.negated


@dataclass(frozen=True, slots=True)
class Ref:
    """Another rule."""

    name: str


@dataclass(frozen=True, slots=True)
class Seq:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """Any one of the options."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Rep:
    """`part` from `least` to `most` times; without end where `most` is None."""

    part: Node
    least: int
    most: int | None


Node = Chars | Ref | Seq | Alt | Rep


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked grammar."""

    rules: Mapping[str, Node]

    def reachable(self) -> set[str]:
        """Return the names of the rules that ``root`` leads to."""
        found: set[str] = set()
        waiting = ["root"]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [node.name for node in _walk(self.rules[name]) if isinstance(node, Ref)]
        return found


def parse_grammar(text: str) -> Rules:
    """Read a grammar and check it.

    Raises:
        GrammarError: a syntax error, an undefined rule, no root, left recursion, or a size that llama.cpp cannot bear.
    """
    if len(text) > _MOST_CHARACTERS:
        raise GrammarError(f"{len(text)} characters, {_MOST_CHARACTERS} allowed")
    if "\x00" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise GrammarError("a character that is none")
    rules = _Reader(text).rules()
    if "root" not in rules:
        raise GrammarError("no rule named root")
    for name, node in rules.items():
        for part in _walk(node):
            if isinstance(part, Ref) and part.name not in rules:
                raise GrammarError(f"rule {name} refers to {part.name}, which is not defined")
        if (count := _repeated_rules(node)) > _MOST_REPEATS:
            raise GrammarError(
                f"rule {name} repeats {count} rules, {_MOST_REPEATS} allowed: give the inner part a name"
            )
    size = sum(_size(node) for node in rules.values())
    if size > _MOST_ELEMENTS:
        raise GrammarError(f"{size} elements, {_MOST_ELEMENTS} allowed")
    _refuse_left_recursion(rules)
    return Rules(rules)


class _Reader:
    """A recursive descent over the text; every method starts and ends at `at`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def rules(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        self._skip(_BLANK_AND_LINES)
        while self.at < len(self.text):
            name = self._name()
            self._skip(_BLANK)
            if not self.text.startswith("::=", self.at):
                self._fail("expected ::=")
            self.at += 3
            self._skip(_BLANK_AND_LINES)
            if name in found:
                self._fail(f"rule {name} is defined twice")
            found[name] = self._options(nested=False)
            if self.at < len(self.text) and self.text[self.at] not in "\r\n":
                self._fail("expected the end of the line")
            self._skip(_BLANK_AND_LINES)
        return found

    def _options(self, *, nested: bool) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            self._fail("nested too deeply")
        blank = _BLANK_AND_LINES if nested else _BLANK
        options = [self._sequence(blank)]
        while self.at < len(self.text) and self.text[self.at] == "|":
            self.at += 1
            self._skip(_BLANK_AND_LINES)
            options.append(self._sequence(blank))
        self.depth -= 1
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def _sequence(self, blank: re.Pattern[str]) -> Node:
        parts: list[Node] = []
        while (part := self._element()) is not None:
            part = self._repeated(part)
            parts.append(part)
            self._skip(blank)
        return parts[0] if len(parts) == 1 else Seq(tuple(parts))

    def _element(self) -> Node | None:
        letter = self.text[self.at : self.at + 1]
        if letter == '"':
            return self._literal()
        if letter == "[":
            return self._class()
        if letter == ".":
            self.at += 1
            return Chars((), negated=True)
        if letter == "(":
            self.at += 1
            self._skip(_BLANK_AND_LINES)
            inner = self._options(nested=True)
            if self.text[self.at : self.at + 1] != ")":
                self._fail("expected )")
            self.at += 1
            return inner
        if letter and _NAME.match(letter):
            # A name at the start of a line is the next rule.
            if (match := _NAME.match(self.text, self.at)) and re.compile(r"[ \t]*::=").match(self.text, match.end()):
                return None
            return Ref(self._name())
        return None

    def _repeated(self, part: Node) -> Node:
        letter = self.text[self.at : self.at + 1]
        if part == Seq(()) and letter and letter in "*+?{":
            self._fail("nothing to repeat")
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if letter in simple and letter:
            self.at += 1
            least, most = simple[letter]
            return Rep(part, least, most)
        if letter == "{":
            counts = _COUNTS.match(self.text, self.at)
            if counts is None:
                self._fail("expected {n}, {n,} or {n,m}")
            self.at = counts.end()
            least = int(counts[1])
            most = least if counts[2] is None else (int(counts[3]) if counts[3] else None)
            if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
                self._fail(f"cannot repeat {counts.group()}")
            return Rep(part, least, most)
        return part

    def _literal(self) -> Node:
        self.at += 1
        parts: list[Node] = []
        while (letter := self._letter('"')) is not None:
            parts.append(Chars(((ord(letter), ord(letter)),)))
        return parts[0] if len(parts) == 1 else Seq(tuple(parts))

    def _class(self) -> Node:
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while (low := self._letter("]")) is not None:
            high = low
            if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                end = self._letter("]")
                if end is None:
                    self._fail("a range without an end")
                high = end
            if ord(high) < ord(low):
                self._fail("a range that runs backwards")
            ranges.append((ord(low), ord(high)))
        if not ranges:
            self._fail("an empty class")
        return Chars(tuple(ranges), negated)

    def _letter(self, closing: str) -> str | None:
        """Return the next character of a literal or class with its escapes; None at the closing sign."""
        letter = self.text[self.at : self.at + 1]
        if letter in ("", "\n"):
            self._fail(f"expected {closing}")
        self.at += 1
        if letter == closing:
            return None
        if letter != "\\":
            return letter
        escape = self.text[self.at : self.at + 1]
        self.at += 1
        if escape in _HEX:
            digits = self.text[self.at : self.at + _HEX[escape]]
            if len(digits) < _HEX[escape] or not re.fullmatch(r"[0-9a-fA-F]+", digits):
                self._fail("an escape without its digits")
            self.at += _HEX[escape]
            code = int(digits, 16)
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                self._fail("an escape of no character")
            return chr(code)
        if escape not in _ESCAPES or not escape:
            self._fail(f"no such escape: \\{escape}")
        return _ESCAPES[escape]

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            self._fail("expected a name")
        self.at = match.end()
        return match.group()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()

    def _fail(self, why: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        raise GrammarError(f"line {line}: {why}: {self.text[self.at : self.at + 30]!r}")


def _walk(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Seq(parts) | Alt(parts):
            for part in parts:
                yield from _walk(part)
        case Rep(part, _, _):
            yield from _walk(part)


def _repeated_rules(node: Node) -> int:
    """Return how many rules llama.cpp writes for the repetitions in it: those inside one another are multiplied."""
    match node:
        case Seq(parts) | Alt(parts):
            return sum(_repeated_rules(part) for part in parts)
        case Rep(part, least, most):
            return max(1, _repeated_rules(part)) * max(1, least, most or 0)
    return 0


def _size(node: Node) -> int:
    """Return how many elements llama.cpp makes of it, repetitions written out."""
    match node:
        case Seq(parts) | Alt(parts):
            return 1 + sum(_size(part) for part in parts)
        case Rep(part, least, most):
            return (_size(part) + 2) * max(1, least, most or 0)
        case Chars(ranges, _):
            return max(1, len(ranges))
    return 1


def _refuse_left_recursion(rules: Mapping[str, Node]) -> None:
    """Refuse a rule that can come back to itself before it has read a character: llama.cpp would never return."""
    empty: set[str] = set()
    while grown := {name for name in rules if name not in empty and _can_be_empty(rules[name], empty)}:
        empty |= grown
    first = {name: set(_first(node, empty)) for name, node in rules.items()}
    for name in rules:
        seen: set[str] = set()
        waiting = list(first[name])
        while waiting:
            found = waiting.pop()
            if found == name:
                raise GrammarError(f"rule {name} is left-recursive")
            if found not in seen:
                seen.add(found)
                waiting += first[found]
    for name, node in rules.items():
        for part in _walk(node):
            # llama.cpp follows every way to skip some of the repetitions: their number doubles with each.
            if isinstance(part, Rep) and part.most not in (0, 1) and _can_be_empty(part.part, empty):
                raise GrammarError(f"rule {name} repeats what may be empty")


def _can_be_empty(node: Node, empty: set[str]) -> bool:
    match node:
        case Chars():
            return False
        case Ref(name):
            return name in empty
        case Seq(parts):
            return all(_can_be_empty(part, empty) for part in parts)
        case Alt(options):
            return any(_can_be_empty(option, empty) for option in options)
        case Rep(part, least, most):
            return least == 0 or most == 0 or _can_be_empty(part, empty)


def _first(node: Node, empty: set[str]) -> Iterator[str]:
    """Yield the rules with which a node can begin."""
    match node:
        case Ref(name):
            yield name
        case Seq(parts):
            for part in parts:
                yield from _first(part, empty)
                if not _can_be_empty(part, empty):
                    return
        case Alt(options):
            for option in options:
                yield from _first(option, empty)
        case Rep(part, _, _):
            yield from _first(part, empty)
