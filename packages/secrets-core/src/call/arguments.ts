/**
 * Refuses an options object that is none, or that has a key which the call does not know: a misspelt option would
 * otherwise be ignored in silence.
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
  const { signal } = options as { signal?: unknown };
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`The option \`signal\` of ${call} must be an AbortSignal.`);
  }
}

/**
 * Refuses a number of milliseconds or entries that is not a whole number within bounds.
 *
 * @throws TypeError
 */
export function assertInteger(
  value: unknown,
  what: string,
  minimum: number,
  maximum: number,
): asserts value is number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum)
    return;
  throw new TypeError(`${what} must be a whole number from ${minimum} to ${maximum}.`);
}

/**
 * Refuses what is no boolean: of a text such as `"false"`, the truth would be the opposite of what it says.
 *
 * @throws TypeError
 */
export function assertBoolean(value: unknown, what: string): asserts value is boolean {
  if (typeof value !== "boolean") throw new TypeError(`${what} must be true or false.`);
}
