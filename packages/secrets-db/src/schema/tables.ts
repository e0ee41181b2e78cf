import type { EntryState } from "@archestra/secrets-core/ownership";
import type { Generated } from "kysely";

/** The table of secrets, as statements and envelopes name it. */
export const SECRETS_TABLE = "archestra_secrets";
export const KEYS_TABLE = "archestra_secrets_keys";
export const MIGRATIONS_TABLE = "archestra_secrets_migrations";

/** At most one row for a database that is the source of a move, and one for the target of one. */
export const MOVE_TABLE = "archestra_secrets_move";

/**
 * One row a name: a secret of this manager, or the entry of one that another manager owns. The columns that an
 * `INSERT … SELECT` of names and values leaves out have defaults on every dialect.
 */
export interface SecretTable {
  /** Of one life of a secret: gone with it, never used again. */
  id: Generated<string>;
  name: string;
  /** The id of the manager that owns the secret; `DB` is this one. */
  manager: Generated<string>;
  state: Generated<EntryState>;
  /** The transition in progress. Null: there is none. */
  transition_id: string | null;
  transition_started_at: number | null;
  /** Where an external owner keeps the value. */
  path: string | null;
  /** The other manager that holds a copy, or may hold one, until the move is finalized; and what is known of the copy. */
  copy_manager: string | null;
  copy_version: string | null;
  copy_path: string | null;
  /**
   * An envelope as JSON text, or, in an imported row, plaintext or a v1 envelope. Null: an entry, unless
   * `copy_manager` is `DB`.
   */
  value: string | null;
  /** The key of the envelope. Null beside a value: the value is not encrypted yet. */
  key_id: string | null;
  /** Counts changes of the value, and returns from other managers, within one life. */
  version: Generated<number>;
  /** Milliseconds since 1970, by the database's clock, as all times here. */
  created_at: Generated<number>;
  updated_at: Generated<number>;
}

/** One row for each key that was ever current. */
export interface KeyTable {
  key_id: string;
  /** Grows with each registration: the last one's processes sweep. */
  sequence: number;
  /** An encrypted constant, which only this key decrypts. */
  canary: string;
  registered_at: Generated<number>;
  sweep_done_at: number | null;
  retired_at: number | null;
}

/** Our tables, for Kysely. */
export interface SecretsSchema {
  archestra_secrets: SecretTable;
  archestra_secrets_keys: KeyTable;
}
