const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** How many random bytes `ulid` wants; five bits of each are used. */
export const ULID_RANDOM_B = RANDOM_CHARS;

/** Return the ULID of `nowMs` and of `random`, 16 random bytes (github.com/ulid/spec). */
export function ulid(nowMs: number, random: Uint8Array): string {
  let time = "";
  let rest = Math.floor(nowMs);
  for (let i = 0; i < TIME_CHARS; i++) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  return time + Array.from(random.subarray(0, RANDOM_CHARS), (byte) => ALPHABET.charAt(byte & 31)).join("");
}
