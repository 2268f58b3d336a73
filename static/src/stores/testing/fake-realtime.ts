import type { ContainerAckData, ContainerActionData } from "../../protocol/messages.gen.ts";
import type {
  Asked,
  Cancel,
  CommandError,
  ConnectionState,
  Question,
  Realtime,
  RealtimeEvents,
} from "../../realtime/index.ts";

export interface FakeCommand {
  data: ContainerActionData;
  resolve(outcome: ContainerAckData): void;
  reject(error: CommandError): void;
}

/** Something that is asked of the server beside actions on containers. */
export interface FakeQuestion {
  type: Question;
  data: Asked[Question]["data"];
  id: string;
  resolve(outcome: Asked[Question]["outcome"]): void;
  reject(error: CommandError): void;
}

/** A realtime client without a connection: says what a test makes it say, and notes what it is asked for. */
export class FakeRealtime implements Realtime {
  state: ConnectionState = { kind: "connecting" };
  readonly commands: FakeCommand[] = [];
  readonly questions: FakeQuestion[] = [];
  #ids = 0;
  /** Those that were subscribed to after the start. */
  readonly channels = new Set<string>();
  /** Tokens that were shown to the server. */
  readonly tokens: string[] = [];
  connects = 0;
  readonly #listeners: { kind: string; listener: (value: never) => void }[] = [];

  on<K extends keyof RealtimeEvents>(kind: K, listener: (value: RealtimeEvents[K]) => void): Cancel {
    const entry = { kind, listener };
    this.#listeners.push(entry);
    return () => this.#listeners.splice(this.#listeners.indexOf(entry), 1);
  }

  get listeners(): number {
    return this.#listeners.length;
  }

  emit<K extends keyof RealtimeEvents>(kind: K, value: RealtimeEvents[K]): void {
    for (const entry of [...this.#listeners]) {
      if (entry.kind === kind) (entry.listener as (value: RealtimeEvents[K]) => void)(value);
    }
  }

  setState(state: ConnectionState): void {
    this.state = state;
    this.emit("state", state);
  }

  connect(): void {
    this.connects += 1;
  }

  disconnect(): void {
    const stopped = { code: 0, reason: "disconnected" as const, message: "Disconnected." };
    this.setState({ kind: "offline", since: 0, stopped });
  }

  subscribe(channels: readonly string[]): void {
    for (const channel of channels) this.channels.add(channel);
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) this.channels.delete(channel);
  }

  authorise(token: string): void {
    this.tokens.push(token);
  }

  act(data: ContainerActionData): Promise<ContainerAckData> {
    return new Promise((resolve, reject) => this.commands.push({ data, resolve, reject }));
  }

  ask<K extends Question>(type: K, data: Asked[K]["data"], id: string): Promise<Asked[K]["outcome"]> {
    return new Promise((resolve, reject) => {
      this.questions.push({ type, data, id, resolve: resolve as FakeQuestion["resolve"], reject });
    });
  }

  newId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }
}
