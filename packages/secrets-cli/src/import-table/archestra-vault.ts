import {
  createSecretsManager,
  isSecretsError,
  SecretsError,
  type SecretsManager,
} from "@archestra/secrets-core";
import { assertExactNumbers, type JsonValue, type SecretValue } from "@archestra/secrets-core/plugin";
import type { CommandContext } from "../program/command-context.ts";

/** The values that an installation of Archestra keeps in Vault, which are only read. */
export class ArchestraVault {
  readonly #context: CommandContext;
  #manager: Promise<SecretsManager> | undefined;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /**
   * Reads the value of a row.
   *
   * @param name `{name}-{id}`
   * @returns undefined when Vault has proven that there is none
   * @throws SecretsError as a read of Vault does; INVALID_VALUE when Archestra did not write the value
   */
  async get(name: string): Promise<SecretValue | undefined> {
    // Opened at the first reference, since many installations have none.
    this.#manager ??= this.#open();
    const manager = await this.#manager;
    const secret = await manager.get(name, { signal: this.#context.signal });
    return secret && parseStored(secret.value);
  }

  /** Without a database, so that nothing is adopted. */
  async #open(): Promise<SecretsManager> {
    const { env, logger, signal, onEnd } = this.#context;
    const plugins = (await this.#context.plugins()).filter(({ id }) => id.toUpperCase() !== "DB");
    try {
      const options = { plugins, env, logger, signal, manager: "VAULT" };
      const manager = await createSecretsManager(options);
      onEnd(() => manager.close());
      return manager;
    } catch (error) {
      if (!isSecretsError(error, "INVALID_CONFIGURATION")) throw error;
      throw new SecretsError(
        "INVALID_CONFIGURATION",
        `The table contains references to Vault, and Vault cannot be opened with these settings. Set the variables of Vault that Archestra has. ${error.message}`,
        { reason: error.reason, cause: error },
      );
    }
  }
}

/** Archestra stores the JSON text of a value in one field, `value`. */
function parseStored(stored: SecretValue): SecretValue {
  const { value, ...others } = stored;
  const parsed = typeof value === "string" && Object.keys(others).length === 0 ? parse(value) : undefined;
  if (typeof value === "string" && typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
    assertExactNumbers(value);
    return parsed as SecretValue;
  }
  throw new SecretsError(
    "INVALID_VALUE",
    "The value in Vault is not in the form in which Archestra stores it: one field `value` with a JSON object as text.",
    { reason: "NOT_AN_OBJECT" },
  );
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
