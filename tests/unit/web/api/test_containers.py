"""`/api/v1/containers` and `/api/v1/operations`."""

from __future__ import annotations

import asyncio

import pytest

from server.access import LOCAL
from server.ids import is_ulid, new_id
from server.protocol.client import ActionOptions
from tests.fakes.services import ContainerGone
from tests.unit.web.conftest import World, code_of, until

STOP = "/api/v1/containers/web/stop"


async def test_the_list_is_sent_as_it_lies(world: World) -> None:
    response = await world.get("/api/v1/containers")
    assert response.content_type == "application/json"
    assert await response.read() == world.containers.bytes


async def test_no_cache_that_others_use_keeps_the_list(world: World) -> None:
    assert "private" in (await world.get("/api/v1/containers")).headers["Cache-Control"]


async def test_who_has_the_list_is_not_sent_it_again_until_it_changes(world: World) -> None:
    tag = (await world.get("/api/v1/containers")).headers["ETag"]
    again = await world.get("/api/v1/containers", If_None_Match=f'"other", W/{tag}')
    assert (again.status, await again.read()) == (304, b"")
    world.containers.bytes = b'{"changed":true}'
    changed = await world.get("/api/v1/containers", If_None_Match=tag)
    assert (changed.status, await changed.read()) == (200, b'{"changed":true}')


async def test_one_container_is_shown_in_full(world: World) -> None:
    body = await (await world.get("/api/v1/containers/web")).json()
    assert (body["container"]["name"], body["restart_policy"]) == ("web", "no")


async def test_a_container_that_is_gone_has_the_services_own_code(world: World) -> None:
    response = await world.get("/api/v1/containers/gone")
    assert response.status == 404
    assert await code_of(response) == "container_not_found"


async def test_an_action_is_an_operation_with_an_address(world: World) -> None:
    key = new_id()
    response = await world.post(STOP, b'{"grace_s":3}', Idempotency_Key=key)
    body = await response.json()
    assert (response.status, body["operation"]["state"]) == (202, "requested")
    assert response.headers["Location"] == f"/api/v1/operations/{body['operation']['id']}"
    [performed] = world.actions.performed
    assert (performed.container, performed.action) == ("web", "stop")
    assert (performed.options, performed.by, performed.command_id) == (ActionOptions(grace_s=3), LOCAL, key)


async def test_an_operation_can_be_asked_for(world: World) -> None:
    location = (await world.post(STOP)).headers["Location"]
    assert (await (await world.get(location)).json())["operation"]["action"] == "stop"
    assert (await world.get("/api/v1/operations/none")).status == 404


async def test_without_a_body_and_a_key_the_options_are_the_usual_and_the_key_is_new(world: World) -> None:
    await world.client.post(STOP)
    [performed] = world.actions.performed
    assert performed.options == ActionOptions()
    assert is_ulid(performed.command_id)


async def test_who_waits_is_answered_as_soon_as_the_operation_is_final(world: World) -> None:
    key = new_id()
    waiting = asyncio.get_running_loop().create_task(world.post(STOP + "?wait=25", Idempotency_Key=key))
    await until(lambda: key in world.actions.operations)
    await world.actions.end(key, "confirmed")
    response = await waiting
    assert (response.status, (await response.json())["operation"]["state"]) == (200, "confirmed")


async def test_who_waited_in_vain_is_told_that_it_goes_on(world: World) -> None:
    response = await world.post(STOP + "?wait=0.01")
    assert (response.status, (await response.json())["operation"]["state"]) == (202, "requested")


async def test_an_action_that_does_not_exist_is_told_which_do(world: World) -> None:
    response = await world.post("/api/v1/containers/web/explode")
    assert response.status == 404
    assert await code_of(response) == "unknown_action"
    assert "restart" in (await response.json())["error"]["message"]
    assert world.actions.performed == []


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        (b"{", "malformed_json", "JSON"),
        (b"\xff", "malformed_json", "JSON"),
        (b"[]", "invalid_request", "object"),
        (b'{"grace":1}', "invalid_request", "grace"),
        (b'{"grace_s":"soon"}', "invalid_request", "grace_s"),
        (b'{"grace_s":-1}', "invalid_request", "grace_s"),
        (b'{"signal":"; rm -rf /"}', "invalid_request", "signal"),
    ],
)
async def test_a_body_that_does_not_fit_names_the_field(world: World, body: bytes, code: str, named: str) -> None:
    response = await world.post(STOP, body)
    assert response.status == 400
    assert await code_of(response) == code
    assert named in (await response.json())["error"]["message"]
    assert world.actions.performed == []


async def test_a_body_that_a_form_could_send_is_refused(world: World) -> None:
    response = await world.post(STOP, b'{"force":true}', Content_Type="text/plain")
    assert response.status == 415
    assert await code_of(response) == "unsupported_media_type"


@pytest.mark.parametrize("key", ["1", "not-a-ulid", "01j" + "0" * 23])
async def test_a_key_that_is_no_ulid_is_refused(world: World, key: str) -> None:
    response = await world.post(STOP, Idempotency_Key=key)
    assert response.status == 400
    assert "Idempotency-Key" in (await response.json())["error"]["message"]


@pytest.mark.parametrize("wait", ["-1", "26", "soon", "nan", "inf", ""])
async def test_a_wait_out_of_bounds_is_refused(world: World, wait: str) -> None:
    response = await world.post(f"{STOP}?wait={wait}")
    assert response.status == 400
    assert "`wait`" in (await response.json())["error"]["message"]


async def test_what_the_service_refuses_is_told_as_it_says_it(world: World) -> None:
    world.actions.refusal = ContainerGone("It is gone.")
    response = await world.post(STOP)
    assert response.status == 404
    assert await code_of(response) == "container_not_found"


async def test_the_services_are_told_who_asks(world: World) -> None:
    await world.get("/api/v1/containers")
    await world.get("/api/v1/containers/web")
    location = (await world.post(STOP + "?wait=0.01")).headers["Location"]
    await world.get(location)
    assert world.containers.asked_by == [LOCAL, LOCAL]
    assert world.actions.asked_by == [LOCAL, LOCAL]
