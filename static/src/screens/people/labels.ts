import type { NewUserBody } from "../../protocol/messages.gen.ts";

type Labels = NonNullable<NewUserBody["labels"]>;

/** The labels in what somebody typed: separated by commas or line ends, each once. */
export function labelsIn(text: string): Labels {
  const labels = text.split(/[,\n]/).map((label) => label.trim());
  // How many there may be is the server's to say: it does so in a sentence.
  return [...new Set(labels.filter((label) => label !== ""))] as Labels;
}

export function labelsText(labels: readonly string[]): string {
  return labels.join(", ");
}
