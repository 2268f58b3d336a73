// Control characters, halves of characters, and what is not seen: what turns the direction of text, or has no width.
// With them a command is read as another one than it is.
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\u115f|\u1160|\u3164|\uffa0|\u2800|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/** `text` with what nobody could see of it written out, as `\u202e`; lines and tabs stay. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (one) => {
    if (one === "\n" || one === "\t") return one;
    const code = (one.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
