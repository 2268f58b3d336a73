import { type Failure, reasonOf } from "../i18n/errors.ts";

/** Why something failed, for people; after it, smaller, what only the server or the engine could know. */
export function Reason({ of }: { of: Failure }) {
  const reason = reasonOf(of);
  if (!reason) return null;
  return (
    <>
      {reason.sentence}
      {reason.words && (
        <>
          {" "}
          <small class="words" lang="en">
            {reason.words}
          </small>
        </>
      )}
    </>
  );
}
