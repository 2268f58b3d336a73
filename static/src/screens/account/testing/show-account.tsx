import { act, fireEvent, screen } from "@testing-library/preact";
import { vi } from "vitest";
import { show } from "../../../components/testing/show.tsx";
import type { LoginView, SessionView, TokenView } from "../../../protocol/messages.gen.ts";
import { settled, signedIn, testStores } from "../../../stores/testing/test-stores.ts";
import { AccountScreen } from "../account-screen.tsx";

const AT = "2026-11-20T09:00:00.000Z";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1";

export function login(fields: Partial<LoginView>): LoginView {
  return {
    id: "here",
    created_at: AT,
    last_seen_at: AT,
    expires_at: AT,
    address: "192.0.2.7",
    agent: FIREFOX,
    current: false,
    ...fields,
  };
}

export function token(fields: Partial<TokenView>): TokenView {
  return {
    id: "t1",
    name: "backup",
    user: "ann",
    role: "admin",
    scopes: ["read"],
    created_at: AT,
    expires_at: null,
    last_used_at: null,
    ...fields,
  };
}

export const HERE = login({ current: true });
export const PHONE = login({ id: "phone", agent: SAFARI, address: "192.0.2.8" });
export const CURL = login({ id: "script", agent: "curl/8.5.0", address: null });

export async function showAccount(session: SessionView = signedIn(), logins = [PHONE, HERE, CURL]) {
  const fakes = testStores({ session });
  fakes.rest.answer("GET /api/v1/account/logins", { body: { logins } });
  fakes.rest.answer("GET /api/v1/account/tokens", { body: { tokens: [token({})] } });
  const shown = show(
    <main>
      <AccountScreen />
    </main>,
    fakes,
  );
  await act(settled);
  return shown;
}

export function part(name: string): HTMLElement {
  return screen.getByRole("region", { name });
}

export function type(field: HTMLElement, value: string): void {
  fireEvent.input(field, { target: { value } });
}

export async function press(button: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.click(button);
    await settled();
  });
}

export async function submit(within_: HTMLElement): Promise<void> {
  await act(async () => {
    fireEvent.submit(within_.querySelector("form") as HTMLFormElement);
    await settled();
  });
}

/** A clipboard that takes what is copied, or refuses. */
export function clipboard(works = true): string[] {
  const copied: string[] = [];
  vi.stubGlobal("navigator", {
    clipboard: {
      writeText: async (text: string) => {
        if (!works) throw new Error("not allowed");
        copied.push(text);
      },
    },
  });
  return copied;
}
