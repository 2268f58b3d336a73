import { act, fireEvent, screen } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import { containersData, engineView, event, metricsData, signedIn, testStores } from "../stores/testing/test-stores.ts";
import { ConnectionChip, EngineBadge, EngineNotice, ResumeNote } from "./connection-chip.tsx";
import { DataAge, useStaleContainers, useStaleHost } from "./freshness.tsx";
import { show } from "./testing/show.tsx";

function Screen() {
  return (
    <>
      <DataAge />
      <ResumeNote />
      <EngineBadge />
      <ConnectionChip />
      <EngineNotice />
      <div data-testid="host" {...useStaleHost()} />
      <div data-testid="containers" {...useStaleContainers()} />
    </>
  );
}

function chip(): string {
  return document.querySelector(".chip")?.textContent ?? "";
}

describe("the connection chip", () => {
  test("live says how old the newest data is", () => {
    const { realtime, clock } = show(<Screen />);
    act(() => realtime.emit("metrics", metricsData()));
    act(() => clock.advance(2000));
    expect(chip()).toBe("Live· 2s");
  });

  test("reconnecting counts its tries and the seconds to the next", () => {
    const { realtime, clock } = show(<Screen />);
    const now = clock.now();
    act(() => realtime.setState({ kind: "reconnecting", attempt: 3, retryAt: now + 4000, since: now }));
    expect(chip()).toBe("Reconnecting· try 3, in 4s");
  });

  test("polling says how often", () => {
    const { realtime, clock } = show(<Screen />);
    act(() => realtime.setState({ kind: "polling", since: clock.now(), intervalS: 10 }));
    expect(chip()).toBe("Polling· 10s");
  });

  test("whose person has to sign in again says that, and not that the network is to blame", async () => {
    const { realtime, clock, rest, stores } = show(<Screen />, testStores({ session: signedIn() }));
    rest.refuse("POST /api/v1/auth/refresh", 401, "session_ended");
    await act(() => stores.session.refresh().catch(() => undefined));
    act(() => realtime.setState({ kind: "offline", since: clock.now(), stopped: null }));
    expect(chip()).toMatch(/^Signed out· since/);
  });

  test("offline says since when, explains itself and offers to try", () => {
    const { realtime, clock } = show(<Screen />);
    act(() => realtime.setState({ kind: "offline", since: clock.now(), stopped: null }));
    expect(chip()).toMatch(/^Offline· since \d\d:\d\d$/);
    fireEvent.click(document.querySelector(".chip") as Element);
    expect(screen.getByRole("dialog").textContent).toContain("The server cannot be reached.");
    const before = realtime.connects;
    fireEvent.click(screen.getByRole("button", { name: "Connect now" }));
    expect(realtime.connects).toBe(before + 1);
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("freshness", () => {
  test("what is shown dims ten seconds after contact was lost, and its age is said", () => {
    const { realtime, clock } = show(<Screen />);
    act(() => realtime.emit("metrics", metricsData()));
    const lost = { kind: "reconnecting", attempt: 1, retryAt: clock.now() + 60_000, since: clock.now() } as const;
    act(() => realtime.setState(lost));
    act(() => clock.advance(9000));
    expect(screen.getByTestId("host").dataset.stale).toBeUndefined();
    act(() => clock.advance(2000));
    expect(screen.getByTestId("host").dataset.stale).toBe("true");
    expect(screen.getByText("11s old")).toBeTruthy();
  });

  test("an engine that is down is told apart from a lost connection, and dims only containers", () => {
    const { realtime } = show(<Screen />);
    const down = engineView({ state: "down", code: "engine_unreachable", message: "Nobody answers at /run/d.sock." });
    act(() => realtime.emit("containers", containersData({ engines: [down] })));
    expect(screen.getByText("Engine unreachable")).toBeTruthy();
    expect(document.querySelector(".notice")?.textContent).toContain("Nobody answers at /run/d.sock.");
    expect(chip()).toContain("Live");
    expect(screen.getByTestId("containers").dataset.stale).toBe("true");
    expect(screen.getByTestId("host").dataset.stale).toBeUndefined();
  });
});

describe("after an interruption", () => {
  test("what was caught up is said, and opens as a marked range", () => {
    const { realtime } = show(<Screen />);
    act(() => realtime.emit("events", { events: [event("server.started", { version: "1" })], how: "replayed" }));
    act(() => realtime.emit("caught-up", { count: 37, from: 104, to: 180 }));
    const note = screen.getByText("Caught up 37 events").closest("a");
    expect(note?.getAttribute("href")).toBe("/activity?from=104&to=180");
  });

  test("a gap is said instead", () => {
    const { realtime } = show(<Screen />);
    const gap = { channels: ["system"], from: 1, to: 9, reason: "expired", keptSince: null } as const;
    act(() => realtime.emit("gap", { ...gap, channels: [...gap.channels] }));
    expect(screen.getByText("Gap in the history")).toBeTruthy();
  });
});
