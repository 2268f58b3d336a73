import { count as formatCount } from "../i18n/format.ts";
import { linkWith } from "../router.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly count?: number;
}

interface FilterLinksProps {
  label: string;
  /** The parameter of the address that holds the choice. */
  name: string;
  chosen: string;
  choices: readonly Choice[];
}

/** One choice out of a few, as links: each is an address of its own. */
export function FilterLinks({ label, name, chosen, choices }: FilterLinksProps) {
  return (
    <nav class="filter-links" aria-label={label}>
      {choices.map((choice) => (
        <a
          key={choice.value}
          class="button plain toggle"
          href={linkWith({ [name]: choice.value })}
          aria-current={choice.value === chosen ? "true" : undefined}
          data-replace
        >
          {choice.label}
          {choice.count !== undefined && <span class="filter-count">{formatCount(choice.count)}</span>}
        </a>
      ))}
    </nav>
  );
}
