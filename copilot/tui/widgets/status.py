"""The line that always stands at the foot: workspace, marking, model, memory, network seal, language."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from copilot.i18n import current_language, t
from copilot.language.marking import marking_rank
from copilot.sanitise import one_line
from copilot.tui import outside

_GIB = 2**30
_BETWEEN = " │ "
# Cells that a part keeps where there is no room. A document chooses its marking, and whoever makes a model its name:
# neither may push the seal off the line.
_SHORTEST_NAME, _SHORTEST_MODEL, _SHORTEST_MARKING = 8, 16, 24
# Ranks of `copilot.language.marking` from which a marking takes this colour, the highest first.
_COLOURS = (
    (40, "bold white on #a3153a"),
    (30, "bold black on #e08a2e"),
    (20, "bold black on #d8c542"),
    (0, "bold black on #7fb77e"),
)


@dataclass(frozen=True, slots=True)
class State:
    """What the line tells; `seal` is ``sealed``, ``unsealed``, ``unwalled`` or ``enclave``, which reaches `hosts`.

    ``unwalled`` is sealed from the network, without walls around files.
    """

    workspace: str
    marking: str | None
    model: str
    seal: str
    only: int
    memory: int | None
    doing: str = ""
    hosts: str = ""


class StatusBar(outside.Words):
    """Shows a `State`; in red where a wall is missing."""

    def tell(self, state: State, *, coloured: bool) -> None:
        name = outside.line(one_line(state.workspace), "bold")
        model = outside.line(t("tui.status.model", name=one_line(state.model)))
        yielding = [(name, _SHORTEST_NAME), (model, _SHORTEST_MODEL)]
        parts = [name]
        if state.marking:
            style = next(style for rank, style in _COLOURS if marking_rank(state.marking) >= rank)
            marking = outside.block(f" {one_line(state.marking)} ", style if coloured else "reverse bold")
            yielding.append((marking, _SHORTEST_MARKING))
            parts.append(marking)
        parts.append(model)
        parts.append(outside.line(t(f"tui.status.{state.seal}", hosts=one_line(state.hosts)), _seal(state, coloured)))
        if state.only:
            parts.append(outside.line(t("tui.only", count=state.only), "bold"))
        # What may be missed where there is no room stands last.
        spare = [outside.line(current_language().upper())]
        if state.memory is not None:
            spare.append(outside.line(t("tui.status.memory", size=_gib(state.memory))))
        if state.doing:
            parts.insert(1, outside.line(state.doing, "italic"))
        self.show(_fitted(parts, spare, yielding, self.content_size.width))


def _fitted(parts: list[Text], spare: list[Text], yielding: list[tuple[Text, int]], width: int) -> Text:
    """Join what fits into `width` cells: first the last of `spare` go, then the ends of what yields, one by one."""
    while spare and _width(parts + spare) > width > 0:
        spare.pop()
    for part, shortest in yielding:
        over = _width(parts) - width
        if over > 0 and width > 0:
            part.truncate(max(shortest, part.cell_len - over), overflow="ellipsis")
    return outside.joined(parts + spare, _BETWEEN)


def _width(parts: list[Text]) -> int:
    return outside.joined(parts, _BETWEEN).cell_len


def _seal(state: State, coloured: bool) -> str:
    if state.seal == "sealed":
        return ""
    red = "bold white on #a3153a"
    return red if coloured and state.seal != "enclave" else "bold reverse"


def _gib(size: int) -> str:
    written = f"{size / _GIB:.1f}"
    return written.replace(".", ",") if current_language() == "fr" else written
