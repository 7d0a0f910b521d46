"""Whether a text is one that a grammar allows: for doubles that must obey it, and for tests."""

from __future__ import annotations

from copilot.grammar.parsing import Alt, Chars, Node, Ref, Rep, Rules, Seq


def matches(rules: Rules, text: str) -> bool:
    """Return whether the grammar allows exactly `text`."""
    return len(text) in _Matcher(rules, text).ends(rules.rules["root"], 0)


class _Matcher:
    """Finds where a node that begins at a place can end; each (node, place) is asked once."""

    def __init__(self, rules: Rules, text: str) -> None:
        self.rules = rules.rules
        self.text = text
        self.known: dict[tuple[int, int], frozenset[int]] = {}

    def ends(self, node: Node, at: int) -> frozenset[int]:
        key = (id(node), at)
        if key not in self.known:
            self.known[key] = self._ends(node, at)
        return self.known[key]

    def _ends(self, node: Node, at: int) -> frozenset[int]:
        match node:
            case Chars():
                return frozenset({at + 1} if at < len(self.text) and node.holds(self.text[at]) else ())
            case Ref(name):
                return self.ends(self.rules[name], at)
            case Seq(parts):
                places = frozenset({at})
                for part in parts:
                    places = frozenset(end for place in places for end in self.ends(part, place))
                return places
            case Alt(options):
                return frozenset(end for option in options for end in self.ends(option, at))
            case Rep(part, least, most):
                return self._repeated(part, least, most, at)

    def _repeated(self, part: Node, least: int, most: int | None, at: int) -> frozenset[int]:
        found: set[int] = set()
        places = frozenset({at})
        count = 0
        while places:
            if count >= least:
                if places <= found:
                    break
                found |= places
            if most is not None and count >= most:
                break
            places = frozenset(end for place in places for end in self.ends(part, place))
            count += 1
        return frozenset(found)
