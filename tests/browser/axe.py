"""What is wrong with a screen as it is: what axe-core objects to, and what sticks out."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

AXE = (Path(__file__).parents[2] / "static/node_modules/axe-core/axe.min.js").read_text()

# Halfway from one colour to another nothing has the contrast that it is to have. What has just changed is drawn, and
# begins to move, in the frames after.
IDLE = "document.querySelector('[aria-busy=true]') === null"
SETTLED = """
new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => {
  const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
  return Promise.allSettled(moving.map(({finished}) => finished));
})
"""

# What axe-core has no objection to is most of its answer, and takes most of its time.
OBJECTIONS = """
axe.run({resultTypes: ["violations"]}).then(({violations}) =>
  violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 200)}`)))
"""


async def problems(page: Page, where: str) -> dict[str, list[str]]:
    """Each objection to the screen, under its name; empty when there is none."""
    await page.wait_for_function(IDLE)
    await page.evaluate(SETTLED)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found: list[str] = await page.evaluate(OBJECTIONS)
    width, room = await page.evaluate("[document.scrollingElement.scrollWidth, document.documentElement.clientWidth]")
    if width > room:
        found.append(f"scrolls sideways: {width} px on {room}")
    return {where: found} if found else {}
