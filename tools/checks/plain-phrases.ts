/** A phrase that a reader would have to translate, and what to write in its place. */
export interface Phrase {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** The order counts: the first phrase that matches at a place is reported. */
export const phrases: readonly Phrase[] = [
  phrase(
    "(?:lie|lies|lay|lain) (?:at|below|beside|elsewhere|in|on|readable|there|under|where)",
    "is stored in, is at, is stored in plaintext",
  ),
  phrase("be told (?:from|apart)", "be distinguished from"),
  phrase("told soon", "fails fast"),
  phrase("told|tells", "reports, receives, returns"),
  phrase("decides? anew", "retry with the new value"),
  phrase("anew", "again"),
  phrase("nobody knows", "the result is unknown"),
  // Not the user of the operating system in `--user=nobody`.
  phrase("(?<!=)(?:somebody|nobody|whoever)", "another process, no process, the next caller"),
  phrase("is no plain object", "is not a plain object"),
  phrase("(?:is|are) no answers? of", "did not come from"),
  phrase("(?:is|are) no JSON", "is not JSON"),
  phrase("may less|may what (?:it|they) should", "has fewer permissions, has the required permissions"),
  phrase("at a time to come", "scheduled for deletion"),
  phrase("tables? of owners", "ownership table"),
  phrase("held fast|holds? (?:a|the|no) names? fast", "locked"),
  phrase("under way", "in progress"),
  phrase("settled", "active, complete"),
  phrase("st(?:ands?|ood) still", "is suspended"),
  phrase("kin|its likes", "related operations"),
  phrase("JSON cannot say", "JSON cannot represent"),
  phrase("may not look at itself", "cannot look itself up"),
  phrase("(?:a|another|first|last|one|second) look(?!-)(?: at)?", "a read, reads"),
  phrase("looks (?:at|again|once more|first)", "reads, checks"),
  phrase("looked (?:at|again|once more|first)", "read, checked"),
  phrase("the way back", "rollback"),
  phrase(
    "(?:bring|bringing|brings|brought) (?:\\w+ )?(?:secrets?|rows?|values?)(?: in)?",
    "import secrets, imported rows",
  ),
  phrase("what was brought", "imported rows"),
  phrase("doubtful states?", "risky configuration"),
  phrase("believes? to know", "assumes that it owns"),
  phrase("what was true when", "reflects the state at the time of"),
  phrase("somebody wanted it", "intentional"),
  phrase("surely did not", "had no effect"),
  phrase("does no harm(?: twice)?", "is idempotent"),
  phrase("as far as it goes", "for the calls it is allowed to make"),
  phrase("that lacks some stops", "fails when migrations are pending"),
  phrase("is tried whole", "is also tried as one secret"),
  phrase("has another version by now", "was modified since you read it"),
  phrase(
    "(?:follows? a row|rows? that points?|points?) elsewhere",
    "a stored path that differs from the configuration",
  ),
  phrase("(?:is )?a defect of (?:the|a|its) plugin", "a bug in the plugin; please report it to its author"),
  phrase("(?:was|were) asked for", "was requested"),
  phrase("no way to (?:it|them|the server)", "no route to host"),
  phrase("(?:that|which|is|are) past: ", "expired … ago"),
];

/** Identifiers that stand for a term of the field, and the term. */
export const identifiers: ReadonlyMap<string, string> = new Map([
  ["told", "publicError"],
  ["lingers", "finishOnAbort"],
  ["isLastLap", "isFinalRenewal"],
  ["underWay", "inProgress"],
  ["settled", "ended"],
  ["hold", "lock"],
  ["look", "read"],
  ["rehearse", "dryRun"],
  ["Pace", "RateLimiter"],
  ["partsOf", "the parts by their name"],
  ["whoever", "the caller by its role"],
  ["nobody", "the absence that is meant"],
  ["somebody", "the caller by its role"],
]);

/** Words of a phrase may be separated by a line break, and by the star of a comment on the next line. */
function phrase(words: string, replacement: string): Phrase {
  return {
    pattern: new RegExp(`\\b(?:${words.replaceAll(" ", "[\\s*>]+")})(?:\\b|(?<=\\s))`, "gi"),
    replacement,
  };
}
