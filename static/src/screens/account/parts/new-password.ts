// 20 letters and digits that nobody takes for one another, about 99 bits.
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LETTERS = 5;

/** A password that nobody guesses and that can be read out. */
export function newPassword(): string {
  const letters: string[] = [];
  // Bytes above the last whole multiple would make the first letters likelier.
  const fair = 256 - (256 % LETTERS.length);
  while (letters.length < GROUPS * GROUP_LETTERS) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < fair) letters.push(LETTERS[byte % LETTERS.length] ?? "");
  }
  return letters.join("").replace(new RegExp(`.{${GROUP_LETTERS}}(?=.)`, "g"), "$&-");
}
