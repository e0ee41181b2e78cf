import type { SecretsManager } from "@archestra/secrets-core";
import type { JsonValue } from "@archestra/secrets-core/plugin";
import type { VaultReader } from "@archestra/secrets-vault";
import { CommandError } from "../program/command-error.ts";
import { exitCodes } from "../program/exit-codes.ts";
import type { FieldReference, FieldReferences } from "./field-reference.ts";
import { whyRefused } from "./refused-names.ts";
import { variableText } from "./variable-text.ts";

/** The variables of a command, with their values. */
export type Variables = ReadonlyMap<string, string>;

/** Where variables come from. */
export interface VariableSources {
  /** Variables that are mapped one by one. */
  readonly references: FieldReferences;
  /** Prefixes of secrets of which every field is a variable. */
  readonly prefixes: readonly string[];
}

/** What the sources need. */
export interface SecretStores {
  readonly manager?: Pick<SecretsManager, "list" | "getMany"> | undefined;
  readonly vault?: Pick<VaultReader, "read"> | undefined;
}

type Fields = Readonly<Record<string, JsonValue>>;

/** Reads the variables of a command, all or none. */
export class VariableReader {
  readonly #sources: VariableSources;
  readonly #stores: SecretStores;

  constructor(sources: VariableSources, stores: SecretStores) {
    this.#sources = sources;
    this.#stores = stores;
  }

  /**
   * Reads all variables.
   *
   * @throws CommandError that names every variable which cannot be set
   * @throws SecretsError when a store cannot be read
   */
  async read(signal: AbortSignal): Promise<Variables> {
    const { references, prefixes } = this.#sources;
    const problems: string[] = [];
    const below = await this.#listBelow(prefixes, problems, signal);
    const wanted = [...references.values()];
    const namesOf = (store: FieldReference["store"]) =>
      wanted.filter((reference) => reference.store === store).map(({ secret }) => secret);
    const [secrets, inVault] = await Promise.all([
      this.#readSecrets([...below, ...namesOf("manager")], signal),
      this.#readVault(namesOf("vault"), signal),
    ]);

    const variables = new Map<string, string>();
    for (const [name, reference] of references) {
      const found = (reference.store === "vault" ? inVault : secrets).get(reference.secret);
      addField(variables, name, reference, found, problems);
    }
    for (const secret of below) this.#addSecret(variables, secret, secrets.get(secret) ?? {}, problems);
    if (problems.length === 0) return variables;
    const [first = "", ...others] = problems;
    const message =
      others.length === 0 ? first : ["Several variables cannot be set.", ...problems].join("\n");
    throw new CommandError("VARIABLES_NOT_SET", message, exitCodes.notStarted);
  }

  async #listBelow(
    prefixes: readonly string[],
    problems: string[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const prefix of prefixes) {
      const found = await Array.fromAsync(
        this.#stores.manager?.list({ prefix, signal }) ?? [],
        ({ name }) => name,
      );
      if (found.length === 0) {
        problems.push(`No secret has a name that begins with ${prefix}. Correct --prefix.`);
      }
      for (const name of found) names.add(name);
    }
    return names;
  }

  async #readSecrets(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Fields>> {
    const { manager } = this.#stores;
    const found = new Map<string, Fields>();
    if (manager === undefined || names.length === 0) return found;
    for (const [name, result] of await manager.getMany([...new Set(names)], { signal })) {
      if (result.status === "failed") throw result.error;
      if (result.status === "found") found.set(name, result.secret.value as Fields);
    }
    return found;
  }

  async #readVault(paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Fields>> {
    const found = new Map<string, Fields>();
    await Promise.all(
      [...new Set(paths)].map(async (path) => {
        const secret = await this.#stores.vault?.read(path, { signal });
        if (secret !== undefined) found.set(path, secret.value as Fields);
      }),
    );
    return found;
  }

  /** Adds the fields of a secret below a prefix. A variable or a field that is mapped by itself is left out. */
  #addSecret(variables: Map<string, string>, secret: string, fields: Fields, problems: string[]): void {
    const { references } = this.#sources;
    const mapped = new Set<string>();
    for (const reference of references.values()) {
      if (reference.store === "manager" && reference.secret === secret) mapped.add(reference.field);
    }
    for (const field of Object.keys(fields)) {
      if (references.has(field) || mapped.has(field)) continue;
      const subject = `The field ${field} of the secret ${secret}`;
      const refusal = whyRefused(field);
      if (refusal !== undefined) {
        problems.push(`${subject} ${refusal}, so --prefix does not set it. Map it by itself.`);
      } else if (variables.has(field)) {
        problems.push(`${subject} is a field of another secret below the prefix, too. Map it by itself.`);
      } else {
        addField(variables, field, { secret, field, asJson: false }, fields, problems);
      }
    }
  }
}

function addField(
  variables: Map<string, string>,
  name: string,
  { field, asJson }: Pick<FieldReference, "secret" | "field" | "asJson">,
  fields: Fields | undefined,
  problems: string[],
): void {
  if (fields === undefined) {
    problems.push(`${name}: the secret does not exist. Correct the mapping, or create the secret.`);
  } else if (!Object.hasOwn(fields, field)) {
    problems.push(`${name}: the secret exists, and has no such field. Correct the mapping.`);
  } else {
    const written = variableText(fields[field] as JsonValue, asJson);
    if (written.problem === undefined) variables.set(name, written.text);
    else problems.push(`${name}: the field ${written.problem}.`);
  }
}
