"""What a workspace's policy says of a call."""

from __future__ import annotations

import pytest

from server.protocol.sessions import PolicyBody, PolicyMode, PolicyView, Risk
from server.sessions.policies import PolicyInvalid, allows_call, checked
from server.sessions.tools.specs import TOOLS, risk_of
from tests.fakes.approvals import ANN, BOB, SHOP, VIC, token_of


@pytest.mark.parametrize(
    ("mode", "free"),
    [("ask_always", []), ("allow_reads", ["read"]), ("allow_tools", ["read", "change"])],
)
def test_each_policy_frees_what_it_says(mode: PolicyMode, free: list[Risk]) -> None:
    policy = PolicyView(mode=mode, tools=["tool"], set_by="bob")
    risks: tuple[Risk, ...] = ("read", "change", "destructive")
    assert [risk for risk in risks if allows_call(policy, "tool", risk, workspace=SHOP, setter=BOB)] == free


def test_a_tool_that_is_not_named_is_asked_for() -> None:
    policy = PolicyView(mode="allow_tools", tools=["start_container"], set_by="bob")
    assert not allows_call(policy, "stop_container", "change", workspace=SHOP, setter=BOB)


@pytest.mark.parametrize("setter", [None, ANN, VIC, token_of(BOB)], ids=["gone", "no owner", "viewer", "token"])
def test_changing_is_free_only_while_the_setter_could_allow_it(setter: object) -> None:
    policy = PolicyView(mode="allow_tools", tools=["tool"], set_by="bob")
    assert not allows_call(policy, "tool", "change", workspace=SHOP, setter=setter)  # type: ignore[arg-type]
    assert not allows_call(policy, "tool", "change", workspace="elsewhere", setter=BOB)


def test_tools_are_named_once_and_in_order() -> None:
    body = PolicyBody(mode="allow_tools", tools=["stop_container", "start_container", "stop_container"])
    assert checked(body, risk_of).tools == ["start_container", "stop_container"]


@pytest.mark.parametrize("tool", [name for name, tool in TOOLS.items() if tool.spec.risk == "destructive"])
def test_no_policy_frees_what_destroys(tool: str) -> None:
    with pytest.raises(PolicyInvalid, match=tool):
        checked(PolicyBody(mode="allow_tools", tools=["start_container", tool]), risk_of)


@pytest.mark.parametrize(
    "body",
    [
        PolicyBody(mode="allow_tools", tools=["Bash"]),
        PolicyBody(mode="allow_tools", tools=[]),
        PolicyBody(mode="ask_always", tools=["start_container"]),
        PolicyBody(mode="allow_reads", tools=["start_container"]),
    ],
    ids=["unknown tool", "no tool", "tools to ask for", "tools beside reading"],
)
def test_a_policy_that_does_not_say_what_it_means_is_refused(body: PolicyBody) -> None:
    with pytest.raises(PolicyInvalid):
        checked(body, risk_of)
