/**
 * Rejects options that are not an object, or that have an unknown key: a misspelled option would otherwise be ignored.
 *
 * @throws TypeError
 */
export function assertOptions(options: object, call: string, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`The options of ${call} must be an object.`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`${call} has no option \`${key}\`. Its options: ${known.join(", ")}.`);
    }
  }
  const { signal, ifVersion } = options as { signal?: unknown; ifVersion?: unknown };
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`The option \`signal\` of ${call} must be an AbortSignal.`);
  }
  if (ifVersion !== undefined && typeof ifVersion !== "string") {
    throw new TypeError(`The option \`ifVersion\` of ${call} must be the \`version\` of a secret.`);
  }
}

/**
 * Rejects a value that is not a whole number within bounds.
 *
 * @throws TypeError
 */
export function assertInteger(
  value: unknown,
  subject: string,
  minimum: number,
  maximum: number,
): asserts value is number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum)
    return;
  throw new TypeError(`${subject} must be a whole number from ${minimum} to ${maximum}.`);
}

/**
 * Rejects a value that is not a boolean: the string `"false"` would count as true.
 *
 * @throws TypeError
 */
export function assertBoolean(value: unknown, subject: string): asserts value is boolean {
  if (typeof value !== "boolean") throw new TypeError(`${subject} must be true or false.`);
}
