import { cleanup, render } from "@testing-library/preact";
import axe from "axe-core";
import type { ComponentChildren } from "preact";
import { afterEach } from "vitest";
import { StoresContext } from "../../hooks/index.ts";
import { chooseLanguage } from "../../i18n/index.ts";
import { navigate } from "../../router.ts";
import { type TestStores, testStores } from "../../stores/testing/test-stores.ts";
import { question } from "../actions.ts";
import { paletteOpen, shortcutsOpen } from "../palette-state.ts";

afterEach(() => {
  cleanup();
  question.value = null;
  paletteOpen.value = false;
  shortcutsOpen.value = false;
  chooseLanguage("en");
  localStorage.clear();
  navigate("/", { replace: true });
});

/** Render `children` over stores that a test plays the server for, live from the start. */
export function show(children: ComponentChildren, fakes: TestStores = testStores()) {
  fakes.realtime.setState({ kind: "live", since: fakes.clock.now() });
  const shown = render(<StoresContext.Provider value={fakes.stores}>{children}</StoresContext.Provider>);
  return { ...fakes, ...shown };
}

/** What axe finds in the page, in words. Colours are left to a real browser: there is no layout here. */
export async function accessibilityProblems(): Promise<string[]> {
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}
