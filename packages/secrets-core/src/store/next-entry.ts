import { SecretsError } from "../errors/secrets-error.ts";
import { compareNames } from "../secret/name-order.ts";
import type { SecretInfo } from "../secret/secret.ts";

/**
 * The next entry of a backend's list.
 *
 * @throws SecretsError INTERNAL for one that is not behind `after`: a list that went on from there would never end
 */
export async function nextEntry(
  entries: AsyncIterator<SecretInfo>,
  after: string | undefined,
): Promise<IteratorResult<SecretInfo>> {
  const result = await entries.next();
  if (!result.done && after !== undefined && compareNames(result.value.name, after) <= 0) {
    throw new SecretsError("INTERNAL", "The backend's list gave a name that is not behind `after`.");
  }
  return result;
}
