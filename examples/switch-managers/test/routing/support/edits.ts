import type { DatabaseAndVault } from "./database-and-vault.ts";

/** A change of the table by hand. */
export interface Edit {
  readonly what: string;
  /** The names that it is about: every call is tried on each. */
  readonly names: readonly [string, ...string[]];
  readonly statements: (places: DatabaseAndVault) => readonly string[];
  /** What `get` of the first name then gives to a process that has either manager selected: `right`, `nothing`, or an error. */
  readonly get: string | { readonly DB: string; readonly VAULT: string };
}

const pathMismatch = "INVALID_CONFIGURATION PATH_MISMATCH";
const ownerMismatch = "INVALID_CONFIGURATION OWNER_MISMATCH";
const tampered = "DECRYPTION_FAILED TAMPERED";

/** `set` for one row. */
function row(name: string, assignments: string): string {
  return `UPDATE archestra_secrets SET ${assignments} WHERE name = '${name}'`;
}

/** Puts columns of one row into another. */
function copied(columns: readonly string[], from: string, to: string): string {
  const assignments = columns.map(
    (column) => `${column} = (SELECT ${column} FROM archestra_secrets AS other WHERE other.name = '${from}')`,
  );
  return row(to, assignments.join(", "));
}

export const edits: readonly Edit[] = [
  {
    what: "another path",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "path = 'secret/data/elsewhere/vault-plain'")],
    get: pathMismatch,
  },
  {
    what: "the path of another secret",
    names: ["vault-plain"],
    statements: () => [copied(["path"], "vault-other", "vault-plain")],
    get: pathMismatch,
  },
  {
    what: "no path",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "path = NULL")],
    get: pathMismatch,
  },
  {
    what: "a path that climbs to another secret",
    names: ["vault-plain"],
    statements: ({ folder }) => [
      row("vault-plain", `path = 'secret/data/${folder}/vault-plain/../vault-other'`),
    ],
    get: pathMismatch,
  },
  {
    what: "swapped paths",
    names: ["vault-plain", "vault-other"],
    statements: ({ folder }) => [
      row("vault-plain", `path = 'secret/data/${folder}/vault-other'`),
      row("vault-other", `path = 'secret/data/${folder}/vault-plain'`),
    ],
    get: pathMismatch,
  },

  {
    what: "the owner VAULT instead of DB, without a path",
    names: ["db-plain"],
    statements: () => [row("db-plain", "manager = 'VAULT'")],
    get: ownerMismatch,
  },
  {
    what: "the owner VAULT instead of DB, with the right path",
    names: ["db-plain"],
    statements: ({ folder }) => [
      row("db-plain", `manager = 'VAULT', path = 'secret/data/${folder}/db-plain'`),
    ],
    get: ownerMismatch,
  },
  {
    what: "the owner VAULT instead of DB, with the right path and without the value",
    names: ["db-plain"],
    statements: ({ folder }) => [
      row(
        "db-plain",
        `manager = 'VAULT', path = 'secret/data/${folder}/db-plain', value = NULL, key_id = NULL`,
      ),
    ],
    get: "nothing",
  },
  {
    what: "the owner VAULT instead of DB, with the path of another secret and without the value",
    names: ["db-plain"],
    statements: ({ folder }) => [
      row(
        "db-plain",
        `manager = 'VAULT', path = 'secret/data/${folder}/vault-plain', value = NULL, key_id = NULL`,
      ),
    ],
    get: pathMismatch,
  },
  {
    what: "the owner VAULT instead of DB, with the value as a copy",
    names: ["db-plain"],
    statements: ({ folder }) => [
      row("db-plain", `manager = 'VAULT', path = 'secret/data/${folder}/db-plain', copy_manager = 'DB'`),
    ],
    get: "nothing",
  },
  {
    what: "the owner DB instead of VAULT, with the path",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "manager = 'DB'")],
    get: "INVALID_VALUE VALUE_MISSING",
  },
  {
    what: "the owner DB instead of VAULT, without the path",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "manager = 'DB', path = NULL")],
    get: "INVALID_VALUE VALUE_MISSING",
  },
  {
    what: "the owner DB instead of VAULT, with the value of another secret",
    names: ["vault-plain"],
    statements: () => [
      row("vault-plain", "manager = 'DB', path = NULL"),
      copied(["value", "key_id"], "db-plain", "vault-plain"),
    ],
    get: tampered,
  },
  {
    what: "the former owner of a secret that was moved to VAULT",
    names: ["moved-to-vault"],
    statements: ({ folder }) => [
      row(
        "moved-to-vault",
        `manager = 'DB', path = NULL, copy_manager = 'VAULT', copy_version = NULL, copy_path = 'secret/data/${folder}/moved-to-vault'`,
      ),
    ],
    get: "right",
  },
  {
    what: "the former owner of a secret that was moved to DB",
    names: ["moved-to-db"],
    statements: ({ folder }) => [
      row(
        "moved-to-db",
        `manager = 'VAULT', path = 'secret/data/${folder}/moved-to-db', copy_manager = 'DB', copy_version = NULL, copy_path = NULL`,
      ),
    ],
    get: "right",
  },
  {
    what: "an owner that is not installed",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "manager = 'ELSEWHERE'")],
    get: "INVALID_CONFIGURATION OWNER_NOT_CONFIGURED",
  },

  {
    what: "another name, of a secret in the database",
    names: ["db-plain", "renamed"],
    statements: () => [row("db-plain", "name = 'renamed'")],
    get: "nothing",
  },
  {
    what: "another name, of a secret in Vault",
    names: ["vault-plain", "renamed"],
    statements: () => [row("vault-plain", "name = 'renamed'")],
    get: { DB: "nothing", VAULT: "right" },
  },
  {
    what: "swapped names in the database",
    names: ["db-plain", "db-other"],
    statements: () => [
      row("db-plain", "name = 'swapped'"),
      row("db-other", "name = 'db-plain'"),
      row("swapped", "name = 'db-other'"),
    ],
    get: tampered,
  },
  {
    what: "swapped names of either manager",
    names: ["db-plain", "vault-plain"],
    statements: () => [
      row("db-plain", "name = 'swapped'"),
      row("vault-plain", "name = 'db-plain'"),
      row("swapped", "name = 'vault-plain'"),
    ],
    get: pathMismatch,
  },
  {
    what: "the value of another secret",
    names: ["db-plain"],
    statements: () => [copied(["value", "key_id"], "db-other", "db-plain")],
    get: tampered,
  },
  {
    what: "a value of the database in the row of a secret in Vault",
    names: ["vault-plain"],
    statements: () => [copied(["value", "key_id"], "db-plain", "vault-plain")],
    get: ownerMismatch,
  },
  {
    what: "a value of another secret, as a copy",
    names: ["vault-plain"],
    statements: () => [
      copied(["value", "key_id"], "db-plain", "vault-plain"),
      row("vault-plain", "copy_manager = 'DB'"),
    ],
    get: "right",
  },

  {
    what: "a copy in VAULT that is another secret",
    names: ["db-plain"],
    statements: ({ folder }) => [
      row("db-plain", `copy_manager = 'VAULT', copy_path = 'secret/data/${folder}/vault-plain'`),
    ],
    get: "right",
  },
  {
    what: "a copy in VAULT that is not there",
    names: ["db-plain"],
    statements: ({ folder }) => [
      row("db-plain", `copy_manager = 'VAULT', copy_path = 'secret/data/${folder}/db-plain'`),
    ],
    get: "right",
  },
  {
    what: "a copy in DB that is not there",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "copy_manager = 'DB'")],
    get: "right",
  },
  {
    what: "the owner itself as the holder of a copy, in VAULT",
    names: ["vault-plain"],
    statements: () => [row("vault-plain", "copy_manager = 'VAULT', copy_path = path")],
    get: "right",
  },
  {
    what: "the owner itself as the holder of a copy, in DB",
    names: ["db-plain"],
    statements: () => [row("db-plain", "copy_manager = 'DB'")],
    get: "right",
  },
  {
    what: "no copy any more, which was in VAULT",
    names: ["moved-to-db"],
    statements: () => [row("moved-to-db", "copy_manager = NULL, copy_version = NULL, copy_path = NULL")],
    get: "right",
  },
  {
    what: "no copy any more, which was in DB",
    names: ["moved-to-vault"],
    statements: () => [row("moved-to-vault", "copy_manager = NULL, copy_version = NULL, copy_path = NULL")],
    get: ownerMismatch,
  },
  {
    what: "another version of the copy",
    names: ["moved-to-db"],
    statements: () => [row("moved-to-db", "copy_version = '7'")],
    get: "right",
  },
  {
    what: "the copy at a manager that is not installed",
    names: ["moved-to-db"],
    statements: () => [row("moved-to-db", "copy_manager = 'ELSEWHERE'")],
    get: "right",
  },
];
