from __future__ import annotations

import asyncio
import logging

import pytest

from server.tasks import Tasks


async def test_a_task_bears_its_owners_name() -> None:
    tasks = Tasks("owner")
    task = tasks.spawn("work", asyncio.sleep(0))
    assert task.get_name() == "owner.work"
    await task


async def test_closing_cancels_what_still_runs_and_waits_for_its_end() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    tasks = Tasks("owner")
    tasks.spawn("work", work())
    await asyncio.sleep(0)
    await tasks.close()
    assert ended == [True]
    assert len(tasks) == 0


async def test_a_task_that_fails_is_logged_with_its_name_and_told_to_the_owner(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError("no")

    told: list[str] = []
    tasks = Tasks("owner", on_failure=lambda name, error: told.append(f"{name}: {error}"))
    with caplog.at_level(logging.ERROR):
        await asyncio.wait([tasks.spawn("work", fail())])
        await asyncio.sleep(0)
    assert told == ["owner.work: no"]
    assert [record.message for record in caplog.records] == ["task failed"]


async def test_a_cancelled_task_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks("owner")
    tasks.spawn("work", asyncio.Event().wait())
    await tasks.close()
    assert caplog.records == []
