"""What the doors call. Every call says `by` whom it is made, and is authorised here."""

from __future__ import annotations

from server.sessions.handovers import Handovers
from server.sessions.judgement import Judgement
from server.sessions.lifecycle import Lifecycle
from server.sessions.oversight import Oversight
from server.sessions.pages import Pages
from server.sessions.posting import Posting


class Sessions(Pages, Lifecycle, Posting, Handovers, Judgement, Oversight):
    """The sessions of all workspaces. Reading needs a member of the workspace, writing, stopping and taking one who
    takes part, a policy an owner. Strangers hear of a session, a run or a permission in the same words as of one that
    is not there."""
