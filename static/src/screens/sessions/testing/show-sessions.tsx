import { act, fireEvent } from "@testing-library/preact";
import { show } from "../../../components/testing/show.tsx";
import type { SessionDetail, SessionView } from "../../../protocol/messages.gen.ts";
import type { SessionEvent } from "../../../protocol/wire.ts";
import { navigate } from "../../../router.ts";
import { answerSessions, type SessionsAnswers } from "../../../stores/testing/sessions.ts";
import { settled, signedIn, testStores } from "../../../stores/testing/test-stores.ts";
import { ApprovalsScreen } from "../approvals-screen.tsx";
import { SessionsScreen } from "../sessions-screen.tsx";

/** An operator who is signed in, named ann. */
export const ANN = signedIn("ann", { role: "operator" }, { permissions: ["view", "operate", "approve", "account"] });

async function showScreen(path: string, answers: SessionsAnswers, session: SessionView) {
  navigate(path, { replace: true });
  const fakes = testStores({ session });
  answerSessions(fakes, answers);
  const screen = path.startsWith("/approvals") ? <ApprovalsScreen /> : <SessionsScreen />;
  const shown = show(<main>{screen}</main>, fakes);
  await act(async () => {
    await settled();
    await fakes.stores.sessions.refresh();
    await fakes.stores.permissions.refresh();
    await settled();
  });
  const hear = (...events: SessionEvent[]) => act(() => fakes.realtime.emit("events", { events, how: "live" }));
  return { ...shown, hear };
}

export function showSessions(path = "/sessions", answers: SessionsAnswers = {}, session: SessionView = ANN) {
  return showScreen(path, answers, session);
}

export function showSession(detail: SessionDetail, answers: SessionsAnswers = {}, session: SessionView = ANN) {
  return showScreen("/sessions/s1", { sessions: [detail.session], detail, ...answers }, session);
}

export function showApprovals(answers: SessionsAnswers = {}, session: SessionView = ANN) {
  return showScreen("/approvals", answers, session);
}

export async function press(button: Element): Promise<void> {
  await act(async () => {
    fireEvent.click(button);
    await settled();
  });
}

export async function key(target: Element, init: KeyboardEventInit): Promise<void> {
  await act(async () => {
    fireEvent.keyDown(target, init);
    await settled();
  });
}
