"""Runs hypothesis's machines: to find the shortest way to a mistake, or only to see that it is found."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def explore(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Raise what goes wrong in `examples` random lives of `machine`, by the shortest way to it that is found."""
    _run(machine, examples, steps, [Phase.generate, Phase.shrink])


def find(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Raise the first thing that goes wrong; the same lives each time.

    Found is enough: a shorter way to the same mistake would only cost time.
    """
    _run(machine, examples, steps, [Phase.generate], derandomize=True, report_multiple_bugs=False)


def _run(machine: type[RuleBasedStateMachine], examples: int, steps: int, phases: list[Phase], **more: Any) -> None:
    shown = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        database=None,
        **more,
    )
    run_state_machine_as_test(machine, settings=shown)
