import type { ConnectionState } from "../stores/index.ts";
import { useStores } from "./stores-context.ts";

export interface RealtimeConnection {
  connectionStatus: ConnectionState["kind"];
  /** By which way data comes now; null while none does. */
  source: "websocket" | "polling" | null;
  connect(): void;
  disconnect(): void;
}

export function useConnection(): RealtimeConnection {
  const { connection } = useStores();
  const { kind } = connection.state.value;
  return {
    connectionStatus: kind,
    source: kind === "live" ? "websocket" : kind === "polling" ? "polling" : null,
    connect: () => connection.retryNow(),
    disconnect: () => connection.disconnect(),
  };
}
