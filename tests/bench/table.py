"""What a topic found: one line a figure, with its peer, their ratio and the goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Samples = Sequence[float]
"""One value for each round; those of a peer come from the same rounds, in the same order."""

_HEAD = ("figure", "Pilothouse", "peer", "its figure", "ratio", "lowest to highest", "goal", "")
_LEFT = frozenset({0, 2, 7})


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for the ratio to the peer, or for the value itself."""

    limit: float
    on: Literal["ratio", "value"] = "ratio"
    at_least: bool = False

    def met(self, ratio: float | None, value: float) -> bool:
        measured = value if self.on == "value" or ratio is None else ratio
        return measured >= self.limit if self.at_least else measured <= self.limit


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. The ratio is the median of the rounds' own ratios: what disturbs a round disturbs both sides."""

    figure: str
    ours: Samples
    unit: str
    peer: str = ""
    theirs: Samples = ()
    goal: Goal | None = None

    def cells(self) -> tuple[str, ...]:
        # A peer that does nothing at all has no ratio.
        ratios = (
            [a / b for a, b in zip(self.ours, self.theirs, strict=True)] if self.theirs and all(self.theirs) else []
        )
        ratio = median(ratios) if ratios else None
        value = median(self.ours)
        spread = self.ours if not ratios or (self.goal and self.goal.on == "value") else ratios
        return (
            self.figure,
            f"{number(value)} {self.unit}",
            self.peer,
            f"{number(median(self.theirs))} {self.unit}" if self.theirs else "",
            "" if ratio is None else number(ratio),
            f"{number(min(spread))} to {number(max(spread))}" if len(spread) > 1 else "",
            self._bound(),
            "" if self.goal is None else "met" if self.goal.met(ratio, value) else "NOT MET",
        )

    def _bound(self) -> str:
        if self.goal is None:
            return ""
        unit = f" {self.unit}" if self.goal.on == "value" else " x"
        return f"{'>=' if self.goal.at_least else '<='} {number(self.goal.limit)}{unit}"


@dataclass(slots=True)
class Table:
    """The findings of one topic. `notes` say what a reader has to know, a peer that is not here among it."""

    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [_HEAD, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
        rule = "  ".join("-" * width for width in widths)
        shown = [_aligned(line, widths) for line in lines]
        notes = [f"  {note}" for note in self.notes]
        return "\n".join([self.title, "", shown[0], rule, *shown[1:], *notes, ""])


def number(value: float) -> str:
    """Three digits that matter, thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column in _LEFT else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
