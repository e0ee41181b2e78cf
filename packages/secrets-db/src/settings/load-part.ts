import { wrapError } from "@archestra/secrets-core/plugin";

/**
 * Waits for a part of this package that a call outside of a manager loads, with the libraries that the part needs.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason MODULE_NOT_FOUND, when a package or a file is missing
 */
export async function loadPart<Part>(operation: string, part: Promise<Part>): Promise<Part> {
  try {
    return await part;
  } catch (error) {
    throw wrapError(error, { operation, manager: "DB" });
  }
}
