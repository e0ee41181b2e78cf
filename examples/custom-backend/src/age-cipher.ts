import { SecretsError, type SecretValue } from "@archestra/secrets-core/plugin";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";

/** A state of a secret, to which a ciphertext is bound, so it decrypts only there. */
export interface SecretState {
  readonly name: string;
  readonly version: string;
}

/** Encrypts and decrypts values with one age identity. */
export class AgeCipher {
  readonly #encrypter = new Encrypter();
  readonly #decrypter = new Decrypter();

  private constructor(identity: string, recipient: string) {
    this.#encrypter.addRecipient(recipient);
    this.#decrypter.addIdentity(identity);
  }

  /** @throws INVALID_CONFIGURATION when age does not accept the identity */
  static async of(identity: string): Promise<AgeCipher> {
    try {
      return new AgeCipher(identity, await identityToRecipient(identity));
    } catch {
      throw new SecretsError(
        "INVALID_CONFIGURATION",
        "SECRETS_FILES_IDENTITY is not an age identity: its checksum is wrong.",
      );
    }
  }

  async encrypt(value: SecretValue, { name, version }: SecretState): Promise<Uint8Array> {
    return this.#encrypter.encrypt(JSON.stringify({ name, version, value }));
  }

  /** @throws DECRYPTION_FAILED when the bytes cannot be decrypted, or were written for another state or secret */
  async decrypt(bytes: Uint8Array, { name, version }: SecretState): Promise<SecretValue> {
    const opened = await this.#open(bytes);
    if (opened.name !== name || opened.version !== version) {
      throw new SecretsError(
        "DECRYPTION_FAILED",
        "The file was written for another secret or for another state of it.",
      );
    }
    return opened.value;
  }

  async #open(bytes: Uint8Array): Promise<SecretState & { readonly value: SecretValue }> {
    try {
      return JSON.parse(await this.#decrypter.decrypt(bytes, "text"));
    } catch {
      throw new SecretsError(
        "DECRYPTION_FAILED",
        "The file cannot be decrypted with the configured identity.",
      );
    }
  }
}
