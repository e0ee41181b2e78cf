import { isStandardSchema } from "./standard-schema.ts";

/*
 * Verifies what the author of a plugin declares. A misspelled field would otherwise be ignored, such as `requierd` or
 * `fallBack`. Everything is a programming mistake, so it is a TypeError when the module is loaded.
 */

type Fields = Readonly<Record<string, unknown>>;
/** Returns whether a field has the right type. */
type FieldCheck = {
  readonly is: (value: unknown) => boolean;
  readonly expected: string;
  readonly required?: true;
};

const isText = (value: unknown) => typeof value === "string" && value.trim() === value && value !== "";
const text: FieldCheck = { is: isText, expected: "a string that is not empty" };
const boolean: FieldCheck = { is: (value) => typeof value === "boolean", expected: "true or false" };
const string: FieldCheck = { is: (value) => typeof value === "string", expected: "a string" };
const method: FieldCheck = { is: (value) => typeof value === "function", expected: "a function" };
const kind: FieldCheck = { is: isKind, expected: "a kind, which `defineKind` returns" };
const required = (check: FieldCheck): FieldCheck => ({ ...check, required: true });

const ofPlugin = {
  kind: required(kind),
  id: required(text),
  contractVersion: required({ is: Number.isSafeInteger, expected: "a whole number" }),
  fallback: text,
  ownership: boolean,
  options: { is: isObject, expected: "an object" },
  settings: required({ is: isObject, expected: "an object of settings" }),
  create: required(method),
  diagnose: method,
};
const ofVariable = {
  description: required(string),
  schema: { is: isStandardSchema, expected: "a Standard Schema validator" },
  required: boolean,
  requiredUnless: text,
  neededFor: { is: (value: unknown) => value === "secrets", expected: '"secrets"' },
  default: string,
  secret: boolean,
  path: boolean,
  schemaMessagesAreSafe: boolean,
  live: boolean,
  countsAsMissing: method,
  remedy: string,
};
const ofSlot = {
  kind: required(kind),
  variable: required(text),
  default: required(text),
  description: string,
};
const ofOption = { description: required(string) };

/** Verifies the argument of `definePlugin`. */
export function assertDefinition(definition: unknown): void {
  assertFields(definition, "definePlugin", ofPlugin);
  const { id, settings } = definition as { readonly id: string; readonly settings: Fields };
  for (const [key, setting] of Object.entries(settings)) {
    const { type } = (setting ?? {}) as Fields;
    if (type === "variable" || type === "slot" || type === "option") continue;
    throw new TypeError(
      `The setting \`${key}\` of the plugin ${id} must be declared by \`variable\`, \`slot\` or \`option\`.`,
    );
  }
}

/** Verifies the arguments of `variable`. */
export function assertVariable(name: unknown, options: unknown): void {
  if (!isText(name)) throw new TypeError("The name of a variable must be a string that is not empty.");
  assertFields(options, `The variable ${name}`, ofVariable);
}

/** Verifies the argument of `slot`, except the kind. */
export function assertSlot(fields: Fields): void {
  assertFields(fields, "A slot", ofSlot);
}

/** Verifies the argument of `option`. */
export function assertOption(options: unknown): void {
  assertFields(options, "An option", ofOption);
}

function assertFields(fields: unknown, subject: string, checks: Readonly<Record<string, FieldCheck>>): void {
  if (!isObject(fields)) throw new TypeError(`${subject} takes an object.`);
  for (const key of Object.keys(fields)) {
    if (Object.hasOwn(checks, key)) continue;
    throw new TypeError(`${subject} has no field \`${key}\`. Its fields: ${Object.keys(checks).join(", ")}.`);
  }
  for (const [key, { is, expected, required = false }] of Object.entries(checks)) {
    const value = fields[key];
    if (value === undefined ? required : !is(value))
      throw new TypeError(`${subject}: the field \`${key}\` must be ${expected}.`);
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKind(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { id, contractVersions } = value;
  return isText(id) && Array.isArray(contractVersions);
}
