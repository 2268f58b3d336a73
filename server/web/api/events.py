"""`/api/v1/events`: the events after a position, at once or as soon as there are some."""

from __future__ import annotations

from aiohttp import web

from server.protocol import codec
from server.web import answers, requests
from server.web.api.feed import Feed
from server.web.keys import HUB, STAYS

AFTER = requests.Seq(name="after", help="Return events with a greater seq; absent: from the oldest that is kept.")
EPOCH = requests.Text(name="epoch", help="The epoch that `after` belongs to; another one is a 409.")
LIMIT = requests.Integer(name="limit", help="Events in one page.", default=500, least=1, most=1000)
CHANNEL = requests.Words(name="channel", help="Only events of this channel; may be repeated.")
WAIT = requests.Seconds(name="wait", help="Wait this long for a first event.", default=0, most=25)


async def page(request: web.Request) -> web.Response:
    """Answer an `EventsPage` around events that are JSON already."""
    after, limit, wait_s = AFTER.read(request), LIMIT.read(request), WAIT.read(request)
    feed, hub = Feed(request, CHANNEL.read(request)), request.app[HUB]
    feed.check(after or 0, EPOCH.read(request))
    with request.app[STAYS].stay(request):
        start = (await hub.position()).floor if after is None else after
        found = await feed.page(start, limit=limit, wait_s=wait_s)
        position = await hub.position()
    envelope = {"epoch": position.epoch, "floor": position.floor, "head": position.head, "next": found.next}
    texts = b",".join([text for _, text in found.events])
    has_more = b"true" if found.has_more else b"false"
    return answers.raw_json(b'%b,"events":[%b],"has_more":%b}' % (codec.encode(envelope)[:-1], texts, has_more))
