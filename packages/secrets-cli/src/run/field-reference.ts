import { UsageError } from "../program/usage-error.ts";

/** One field of a secret, which becomes a variable. */
export interface FieldReference {
  /** `manager`: a secret of the secrets manager. `vault`: a secret at any path of Vault, which is only read. */
  readonly store: "manager" | "vault";
  /** The name of the secret, or its path in Vault. */
  readonly secret: string;
  readonly field: string;
  /** Whether the value is written as JSON, so that it can be an object, a list or null. */
  readonly asJson: boolean;
}

/** The variables that are mapped one by one, by name. */
export type FieldReferences = ReadonlyMap<string, FieldReference>;

const VAULT = "vault:";

/**
 * Reads the arguments `NAME=secret#field`. A name ends at the first `=`, a field begins at the last `#`.
 *
 * @throws UsageError that quotes the name of the variable alone, since the rest can be a value by mistake
 */
export function parseAssignments(assignments: readonly string[]): FieldReferences {
  const references = new Map<string, FieldReference>();
  for (const [index, assignment] of assignments.entries()) {
    const end = assignment.indexOf("=");
    if (end === -1) {
      throw new UsageError(
        `Argument ${index + 1} is not of the form NAME=secret#field. Put the command behind \`--\`.`,
      );
    }
    const name = assignment.slice(0, end);
    assertVariableName(name, `Argument ${index + 1}`);
    if (references.has(name)) throw new UsageError(`The variable ${name} is mapped twice. Map it once.`);
    references.set(name, parseReference(assignment.slice(end + 1), `The variable ${name}`));
  }
  return references;
}

/**
 * Reads a JSON file that maps variables.
 *
 * @throws UsageError that quotes names of variables alone
 */
export function parseMap(text: string): FieldReferences {
  const map = parseJson(text);
  if (!isRecord(map))
    throw new UsageError("The file of --map is not a JSON object of variables. Correct it.");
  const references = new Map<string, FieldReference>();
  for (const [name, given] of Object.entries(map)) {
    assertVariableName(name, "A variable of the file of --map");
    const subject = `The variable ${name} of the file of --map`;
    references.set(
      name,
      typeof given === "string" ? parseReference(given, subject) : readEntry(given, subject),
    );
  }
  return references;
}

function parseReference(text: string, subject: string): FieldReference {
  const [store, reference] = text.startsWith(VAULT)
    ? (["vault", text.slice(VAULT.length)] as const)
    : (["manager", text] as const);
  const end = reference.lastIndexOf("#");
  const [secret, field] = [reference.slice(0, end), reference.slice(end + 1)];
  if (end > 0 && field !== "") return { store, secret, field, asJson: false };
  throw new UsageError(
    `${subject} is not mapped to secret#field or vault:path#key. Give both parts, or map it in the file of --map.`,
  );
}

function readEntry(entry: unknown, subject: string): FieldReference {
  const { secret, vault, field, as, ...unknown } = isRecord(entry) ? entry : {};
  const isOne = (secret === undefined) !== (vault === undefined);
  const name = secret ?? vault;
  const isKnown = Object.keys(unknown).length === 0 && (as === undefined || as === "json");
  if (isOne && isText(name) && isText(field) && isKnown) {
    return { store: vault === undefined ? "manager" : "vault", secret: name, field, asJson: as === "json" };
  }
  throw new UsageError(
    `${subject} must be "secret#field", "vault:path#key", { "secret": …, "field": … } or { "vault": …, "field": … }. An object can have "as": "json", too, and nothing else.`,
  );
}

function assertVariableName(name: string, subject: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no variable can have these
  if (name !== "" && !/[=\u0000-\u001f\u007f]/.test(name)) return;
  throw new UsageError(`${subject} has an empty name, or one that no variable can have. Correct the name.`);
}

/** The error of `JSON.parse` quotes the text, which can contain a value. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("The file of --map is not JSON. Correct it.");
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
