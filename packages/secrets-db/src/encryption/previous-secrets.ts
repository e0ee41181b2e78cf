/** The secrets of keys that only decrypt: as the text of the variable, or in code also as a list. */
export type PreviousSecrets = string | readonly string[];

/** One secret that the setting gives. */
export interface PreviousSecret {
  readonly secret: string;
  /** Its place in the list, from 1. Undefined: it is the text of the setting as a whole. */
  readonly position: number | undefined;
}

export interface ParsedPreviousSecrets {
  /** The secrets in the order in which they are tried. */
  readonly secrets: readonly PreviousSecret[];
  /** Texts that are not used as secrets: pieces between commas that are too short, and the text of a JSON array. */
  readonly unused: readonly PreviousSecret[];
}

/**
 * Finds the secrets in the setting. An array, also a JSON array as text, gives exactly its strings. In any other text a
 * comma may separate two secrets or belong to one, so the text is one secret, and so is each trimmed piece that is long
 * enough: a shorter piece may be a part of a secret that contains commas, and a part can be guessed.
 */
export function parsePreviousSecrets(setting: PreviousSecrets, minimumLength: number): ParsedPreviousSecrets {
  if (typeof setting !== "string") return { secrets: listed(setting), unused: [] };
  const whole = { secret: setting, position: undefined };
  const list = parseJsonArray(setting);
  if (isListOfStrings(list)) return { secrets: listed(list), unused: [whole] };
  if (!setting.includes(",")) return withoutCommas(whole, minimumLength);
  const pieces = listed(setting.split(",").map((piece) => piece.trim()));
  const isLongEnough = ({ secret }: PreviousSecret) => secret.length >= minimumLength;
  return {
    secrets: setting === "" ? [] : [whole, ...pieces.filter(isLongEnough)],
    unused: pieces.filter((piece) => !isLongEnough(piece)),
  };
}

/** One secret, which is also tried trimmed. The trimmed text is too short to be used beside a whole that is not. */
function withoutCommas(whole: PreviousSecret, minimumLength: number): ParsedPreviousSecrets {
  const trimmed = { secret: whole.secret.trim(), position: undefined };
  if (trimmed.secret === "") return { secrets: [], unused: [] };
  if (trimmed.secret === whole.secret) return { secrets: [whole], unused: [] };
  const isUsed = trimmed.secret.length >= minimumLength || whole.secret.length < minimumLength;
  return isUsed ? { secrets: [whole, trimmed], unused: [] } : { secrets: [whole], unused: [trimmed] };
}

function listed(secrets: readonly string[]): PreviousSecret[] {
  return secrets
    .filter((secret) => secret.trim() !== "")
    .map((secret, index) => ({ secret, position: index + 1 }));
}

/** Whether a text is a JSON array of something else than strings. */
export function isOtherJsonArray(text: string): boolean {
  const array = parseJsonArray(text);
  return array !== undefined && !isListOfStrings(array);
}

/** `docker --env-file` leaves the quotes in which an array was written. */
function parseJsonArray(text: string): unknown[] | undefined {
  const json = text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  if (!json.startsWith("[")) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function isListOfStrings(input: unknown): input is readonly string[] {
  return Array.isArray(input) && input.every((item) => typeof item === "string");
}
