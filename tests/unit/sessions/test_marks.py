from __future__ import annotations

import asyncio

from server.sessions.store import Store


async def test_a_continuation_is_kept_until_it_is_dropped(store: Store) -> None:
    await store.put_continuation("r1", b"one")
    await store.put_continuation("r1", b"two")
    assert await store.continuation("r1") == b"two"
    await store.drop_continuation("r1")
    assert await store.continuation("r1") is None


async def test_a_grant_is_used_once(store: Store) -> None:
    assert await store.grant_used_for("p1") is None
    first, second = await asyncio.gather(store.use_grant("p1", "c1"), store.use_grant("p1", "c2"))
    assert (first, second) == (True, False)
    assert await store.grant_used_for("p1") == "c1"
