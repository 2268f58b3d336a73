// What can be asked of the server, what answers it, and how the same is asked over REST.

import type { Api } from "../api/index.ts";
import type {
  Command,
  CommandAck,
  CommandData,
  ContainerAck,
  ContainerAckData,
  ContainerAction,
  ContainerActionData,
  Message,
  MessageAccepted,
  MessageAck,
  MessageData,
  PermissionAck,
  PermissionDecision,
  PermissionDecisionData,
  PermissionView,
  RunView,
} from "../protocol/messages.gen.ts";

/** What each kind of command says, and what it resolves with. */
export interface Asked {
  "container-action": { data: ContainerActionData; outcome: ContainerAckData };
  message: { data: MessageData; outcome: MessageAccepted };
  command: { data: CommandData; outcome: RunView };
  "permission-decision": { data: PermissionDecisionData; outcome: PermissionView };
}

export type Kind = keyof Asked;
export type CommandMessage = (ContainerAction | Message | Command | PermissionDecision) & { id: string };
export type CommandAnswer = ContainerAck | MessageAck | CommandAck | PermissionAck;

// The server's own limits (engine call, inspect; the steps of a stop) end well before this.
const ANSWER_MS = 60_000;
const REST_WAIT_S = 20;

/** How long to wait for the answer to a command that was sent. */
export function answerMs(message: CommandMessage): number {
  const graceS = message.type === "container-action" ? (message.data.grace_s ?? 0) : 0;
  return ANSWER_MS + graceS * 1000;
}

/** What an answer of the socket resolves its command with. */
export function outcomeOf(answer: CommandAnswer): Asked[Kind]["outcome"] {
  switch (answer.type) {
    case "container-ack":
    case "message-ack":
      return answer.data;
    case "command-ack":
      return answer.data.run;
    case "permission-ack":
      return answer.data.permission;
  }
}

/** Ask over REST, under the command's own id. Resolves with null while the outcome is not final: ask again. */
export async function post(api: Api, message: CommandMessage): Promise<Asked[Kind]["outcome"] | null> {
  const { id: key } = message;
  switch (message.type) {
    case "container-action":
      return act(api, message.data, key);
    case "message":
      return api.sessions.say(message.data.session, message.data.text, key);
    case "command":
      return api.sessions.command(message.data.session, message.data.command, key);
    case "permission-decision": {
      const { permission, ...decision } = message.data;
      return api.sessions.decide(permission, decision, key);
    }
  }
}

/** The same key joins the operation that is under way. */
async function act(api: Api, data: ContainerActionData, key: string): Promise<ContainerAckData | null> {
  const { container, action, ...options } = data;
  const { operation } = await api.act(container, action, options, { key, waitS: REST_WAIT_S });
  const { id, state, code, message } = operation;
  if (state !== "confirmed" && state !== "failed") return null;
  return { success: state === "confirmed", operation: id, state, code, message };
}
