const PREFIX = "pilothouse.draft.";

/** What somebody was about to say in a session. `id`: under which it was sent without an answer, until it is changed. */
export interface Draft {
  text: string;
  id: string | null;
}

const EMPTY: Draft = { text: "", id: null };

/** The part of a browser's storage that is needed here. */
export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Unsent messages, kept through a reload of the page, of one person. Storage may be forbidden or full: then they last a page. */
export class Drafts {
  readonly #storage: () => DraftStorage;
  readonly #person: () => string;
  readonly #kept = new Map<string, Draft>();

  /** `storage` may throw. `person`: whose they are; nobody else at this page gets to read them. */
  constructor(storage: () => DraftStorage, person: () => string) {
    this.#storage = storage;
    this.#person = person;
  }

  get(session: string): Draft {
    const kept = this.#kept.get(session) ?? this.#read(session);
    this.#kept.set(session, kept);
    return kept;
  }

  set(session: string, draft: Draft): void {
    this.#kept.set(session, draft);
    try {
      if (draft.text === "") this.#storage().removeItem(this.#key(session));
      else this.#storage().setItem(this.#key(session), JSON.stringify(draft));
    } catch {
      // It lasts until the page is closed; there is nothing better to do.
    }
  }

  #key(session: string): string {
    return `${PREFIX}${this.#person()}.${session}`;
  }

  #read(session: string): Draft {
    try {
      const kept: unknown = JSON.parse(this.#storage().getItem(this.#key(session)) ?? "null");
      return isDraft(kept) ? kept : EMPTY;
    } catch {
      return EMPTY;
    }
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const { text, id } = value as Partial<Draft>;
  return typeof text === "string" && (id === null || typeof id === "string");
}
