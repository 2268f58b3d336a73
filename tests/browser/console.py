"""The console in a browser, as a person finds their way about in it."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Locator, Page, expect

# A stalled link is given up after 1.5 heartbeats, an attempt through it after 10 s, and the next one follows within
# a few seconds more.
SOON_MS = 45_000

# Told by the browser itself, also for styles and scripts that it blocked before anybody could listen on the page.
NOTE_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`blocked by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


class Console:
    """One page. `errors` is everything that went wrong in it and everything that the policy blocked."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def go(self, path: str) -> None:
        """Load `path` anew."""
        await self.page.goto(self.url + path, wait_until="load")

    async def visit(self, screen: str) -> None:
        """Go to a screen by its link, as a person does: what the page holds stays."""
        await self.page.get_by_role("navigation", name="Screens").get_by_role("link", name=screen).click()

    async def is_connected_as(self, *kinds: str) -> None:
        """Wait until the chip says so: live, reconnecting, polling or offline."""
        chip = ", ".join(f'[data-connection="{kind}"]' for kind in kinds)
        await expect(self.page.locator(chip)).to_be_visible(timeout=SOON_MS)

    async def is_loaded(self) -> None:
        """Wait until nothing on the screen stands for something that is still to come."""
        await expect(self.page.locator(".bone, [aria-busy=true]")).to_have_count(0, timeout=SOON_MS)

    @property
    def caught_up(self) -> Locator:
        """What a screen other than Activity says after a resume."""
        return self.page.locator(".resume-note")

    async def shown_events(self) -> list[str]:
        """The ids of all lines of the timeline, oldest first."""
        older = self.page.get_by_role("button", name="Show older")
        while await older.is_visible():
            await older.click()
        ids: list[str] = await self.page.locator("li.event").evaluate_all("rows => rows.map(row => row.dataset.rowOf)")
        return ids[::-1]


async def opened(context: BrowserContext, url: str, path: str = "/") -> Console:
    """A new page at `path` that is live and has loaded what it shows of the past."""
    await context.add_init_script(NOTE_VIOLATIONS)
    console = Console(await context.new_page(), url)
    await console.go(path)
    await console.is_connected_as("live")
    await console.is_loaded()
    return console
