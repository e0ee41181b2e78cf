import { InvalidArgumentError } from "commander";

/** Reads the number of an option. @throws InvalidArgumentError unless it is a whole number above 0 */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
