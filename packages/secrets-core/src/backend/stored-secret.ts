import type { SecretValue, SecretVersion } from "../secret/secret.ts";

/** What a backend knows of a secret beside its name and value. What the store does not tell is left out. */
export interface StoredInfo {
  readonly name: string;
  /**
   * The state of the secret: any string that no other state of this secret has, in this life or another. The manager
   * prefixes its own id, so it need not be unique among backends. Required when `capabilities.versions` is true.
   */
  readonly version?: SecretVersion;
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
}

/** A secret as a backend gives it. */
export interface StoredSecret extends StoredInfo {
  /** The JSON object that the store holds. The manager freezes it and hands it to the caller: never keep a reference. */
  readonly value: SecretValue;
}
