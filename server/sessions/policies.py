"""What a workspace's policy says of a call. Pure: who set it is looked up by the caller, as they are now."""

from __future__ import annotations

from collections.abc import Callable

from server.access import MemberRole, Permission, Principal, allows, allows_in
from server.errors import InvalidRequest
from server.protocol.sessions import PolicyBody, PolicyView, Risk


class PolicyInvalid(InvalidRequest):
    """The policy would allow what none may allow, or does not say what it means."""

    code = "policy_invalid"


def checked(body: PolicyBody, risk_of: Callable[[str], Risk | None]) -> PolicyBody:
    """Return `body` if it can be a policy, each tool named once and in order. `risk_of` knows the server's own tools;
    what a runner runs by itself, a shell for instance, may be anything and is asked for every time.

    Raises:
        PolicyInvalid: it names a tool that is not there or that destroys, or names tools without `allow_tools`.
    """
    if body.mode != "allow_tools" and body.tools:
        raise PolicyInvalid("Only the policy allow_tools names tools. Choose that one, or leave the tools out.")
    if body.mode == "allow_tools" and not body.tools:
        raise PolicyInvalid("Name at least one tool, or choose the policy allow_reads.")
    for tool in body.tools:
        risk = risk_of(tool)
        if risk is None:
            raise PolicyInvalid(f"The server has no tool {tool!r:.80} that a policy could allow.")
        if risk == "destructive":
            raise PolicyInvalid(f"{tool} destroys what cannot be brought back: no policy allows it, a person decides.")
    return PolicyBody(mode=body.mode, tools=sorted(set(body.tools)))


def allows_call(policy: PolicyView, tool: str, risk: Risk, *, workspace: str, setter: Principal | None) -> bool:
    """Whether `tool` may be used without asking. `setter`: who `policy.set_by` is now, None if there is no such person
    any more.

    Reading is free unless the policy asks always. A tool that changes something is free only while who set the policy
    could still do so: they answer for what is done under it. What destroys is never free.
    """
    if policy.mode == "ask_always" or risk == "destructive":
        return False
    if risk == "read":
        return True
    return policy.mode == "allow_tools" and tool in policy.tools and answers(setter, workspace)


def answers(setter: Principal | None, workspace: str) -> bool:
    """Whether `setter` may set the policy of `workspace` now: an owner who could also allow each call in person."""
    return setter is not None and allows(setter, Permission.APPROVE) and allows_in(setter, workspace, MemberRole.OWNER)
