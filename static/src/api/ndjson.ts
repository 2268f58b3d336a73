// A line of a log is at most this long; beyond it the sender is broken, and this page must not grow for it.
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * Yield the JSON value of each line of `body`; a character or a line may be cut anywhere between two chunks. Blank lines
 * are keep-alives. Whoever stops reading early releases the stream.
 */
export async function* readNdjson(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split("\n");
      rest = done ? "" : (lines.pop() ?? "");
      if (rest.length > LONGEST_LINE) throw new SyntaxError("A line of the stream is too long.");
      for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as unknown;
      if (done) return;
    }
  } finally {
    // Without this the connection stays open, and with it the log stream at the engine.
    await reader.cancel().catch(() => undefined);
  }
}
