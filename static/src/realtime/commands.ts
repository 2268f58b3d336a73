import { type Api, ApiError } from "../api/index.ts";
import type { ProtocolError } from "../protocol/wire.ts";
import {
  type Asked,
  answerMs,
  type CommandAnswer,
  type CommandMessage,
  type Kind,
  outcomeOf,
  post,
} from "./command-kinds.ts";
import type { Cancel, Clock } from "./io.ts";

const MOST_PENDING = 32;
// A click that could not be sent for so long is no longer what the person at the screen wants.
const UNSENT_MS = 15_000;

/** Why a command has no outcome. `code` is the server's, or `offline`, `not_sent`, `no_answer`, `too_many_commands`, `too_large`. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  /** The command may have had its effect: it was sent, and nothing came back. */
  get unknown(): boolean {
    return this.code === "no_answer";
  }
}

interface Pending {
  readonly message: CommandMessage;
  readonly resolve: (outcome: Asked[Kind]["outcome"]) => void;
  readonly reject: (error: CommandError) => void;
  sent: boolean;
  posting: boolean;
  giveUp: Cancel;
}

/**
 * Commands that wait for their answer, at most 32. Each has one id for all its resends, so that however often a broken
 * connection makes us repeat it, it has one effect; and each promise settles exactly once.
 */
export class Commands {
  readonly #io: { clock: Clock; api: Api };
  readonly #pending = new Map<string, Pending>();
  #send: ((message: CommandMessage) => void) | null = null;
  #polling = false;

  constructor(io: { clock: Clock; api: Api }) {
    this.#io = io;
  }

  /**
   * Send a command now, or as soon as there is a way to. Resolves with its final outcome. `id` is a ULID; what is given
   * again under the same one, after it failed, has one effect.
   *
   * Rejects with CommandError: refused by the server, not sent within 15 s, or not answered within a minute (and the
   * grace that it gives a container).
   */
  perform<K extends Kind>(type: K, data: Asked[K]["data"], id: string): Promise<Asked[K]["outcome"]> {
    if (this.#pending.size >= MOST_PENDING) {
      const message = "Too many actions wait for their outcome. Wait for some of them first.";
      return Promise.reject(new CommandError("too_many_commands", message));
    }
    return new Promise((resolve, reject) => {
      const giveUp = this.#io.clock.after(UNSENT_MS, () => {
        this.#fail(id, "not_sent", "There was no connection to send this over. Nothing was done.");
      });
      const command: Pending = {
        message: { type, id, data } as CommandMessage,
        // The answer to a kind of command is of that kind.
        resolve: resolve as Pending["resolve"],
        reject,
        sent: false,
        posting: false,
        giveUp,
      };
      this.#pending.set(id, command);
      if (this.#send !== null) this.#sendOne(command, this.#send);
      else if (this.#polling) void this.#post(command);
    });
  }

  /** There is a socket: send everything that waits, again where it was sent before. */
  overSocket(send: (message: CommandMessage) => void): void {
    this.#send = send;
    this.#polling = false;
    for (const command of this.#pending.values()) this.#sendOne(command, send);
  }

  /** There is no socket, but REST works. */
  overRest(): void {
    this.#polling = true;
    for (const command of this.#pending.values()) void this.#post(command);
  }

  /** There is no way to send anything. */
  nowhere(): void {
    this.#send = null;
    this.#polling = false;
  }

  acked(answer: CommandAnswer): void {
    if (answer.id !== null) this.#take(answer.id)?.resolve(outcomeOf(answer));
  }

  /** Returns whether the error was about a command. */
  refused({ id, data }: ProtocolError): boolean {
    if (id === null || !this.#pending.has(id)) return false;
    this.#fail(id, data.code, data.message);
    return true;
  }

  /** The server closed the socket over a message that was too large: give up the largest, or it would happen again. */
  tooLarge(): void {
    const sizes = [...this.#pending.values()].filter(({ sent }) => sent).map(({ message }) => message);
    const [largest] = sizes.sort((a, b) => JSON.stringify(b).length - JSON.stringify(a).length);
    if (largest !== undefined) this.#fail(largest.id, "too_large", "The server does not take a message of this size.");
  }

  failAll(code: string, message: string): void {
    for (const id of [...this.#pending.keys()]) this.#fail(id, code, message);
  }

  #sendOne(command: Pending, send: (message: CommandMessage) => void): void {
    this.#expectAnswer(command);
    send(command.message);
  }

  /** Over REST, until the outcome is final. */
  async #post(command: Pending): Promise<void> {
    if (command.posting) return;
    command.posting = true;
    const { id } = command.message;
    try {
      while (this.#polling && this.#pending.has(id)) {
        this.#expectAnswer(command);
        const outcome = await post(this.#io.api, command.message);
        if (outcome !== null) this.#take(id)?.resolve(outcome);
      }
    } catch (error) {
      if (error instanceof ApiError && !error.temporary) this.#fail(id, error.code, error.message);
    } finally {
      command.posting = false;
    }
  }

  #expectAnswer(command: Pending): void {
    if (command.sent) return;
    command.sent = true;
    command.giveUp();
    command.giveUp = this.#io.clock.after(answerMs(command.message), () => {
      this.#fail(command.message.id, "no_answer", "Nobody said how this ended. The list shows how things are.");
    });
  }

  #fail(id: string, code: string, message: string): void {
    this.#take(id)?.reject(new CommandError(code, message));
  }

  #take(id: string): Pending | undefined {
    const command = this.#pending.get(id);
    command?.giveUp();
    this.#pending.delete(id);
    return command;
  }
}
