import type { ComponentChildren } from "preact";
import { BrandMark } from "../../components/brand-mark.tsx";
import { LanguageSwitch, ThemeSwitch } from "../../components/switches.tsx";

/** The page before the console: one card, and below it what helps to read it. */
export function Threshold({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="threshold">
      <main id="main" class="threshold-card">
        <p class="threshold-brand">
          <BrandMark />
          <span class="brand-words">
            <strong>Pilothouse</strong>
            <span class="muted small clip">{window.location.host}</span>
          </span>
        </p>
        <h1 class="title" tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
      <footer class="threshold-foot">
        <ThemeSwitch iconsOnly />
        <LanguageSwitch />
      </footer>
    </div>
  );
}
