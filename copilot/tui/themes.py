"""The looks of the screen: dark, light, high contrast, and one without colour for NO_COLOR."""

from __future__ import annotations

from textual.theme import Theme

DARK, LIGHT, CONTRAST, MONO = "copilot-dark", "copilot-light", "copilot-contrast", "copilot-mono"
# The look of answers that goes with each; see `copilot.presentation.terminal.THEMES`.
ANSWER_LOOKS = {DARK: "standard", LIGHT: "standard", CONTRAST: "contrast", MONO: "plain"}
BY_SETTING = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, "mono": MONO}

THEMES = (
    Theme(
        name=DARK, primary="#7aa2f7", secondary="#9ece6a", accent="#e0af68", foreground="#d5d9e8", background="#16181f",
        surface="#1c1f29", panel="#2a2e3d", success="#9ece6a", warning="#e0af68", error="#f7768e", dark=True,
    ),
    Theme(
        name=LIGHT, primary="#1f4fa3", secondary="#2f6b2f", accent="#8a4b00", foreground="#1b1d22",
        background="#fbfaf7", surface="#f2f0ea", panel="#dedad0", success="#226b22", warning="#8a4b00", error="#a81c2e",
        dark=False,
    ),
    Theme(
        name=CONTRAST, primary="#ffff00", secondary="#00ffff", accent="#00ffff", foreground="#ffffff",
        background="#000000", surface="#000000", panel="#303030", success="#00ff00", warning="#ffff00", error="#ff5050",
        dark=True,
    ),
    Theme(
        name=MONO, primary="#c8c8c8", secondary="#c8c8c8", accent="#ffffff", foreground="#e0e0e0", background="#101010",
        surface="#161616", panel="#303030", success="#e0e0e0", warning="#e0e0e0", error="#ffffff", dark=True,
    ),
)  # fmt: skip
