import { contradictionOfPath, secretShape } from "./secret-shape.ts";
import type { VariableDeclaration } from "./setting.ts";
import { booleanSetting, stringSetting } from "./setting-schemas.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** The value of a setting, or a description of its problem that does not quote the input. */
export type ParsedSetting =
  | { readonly value: unknown; readonly problem?: undefined }
  | { readonly problem: string };

const REFUSED = "has a value that is not accepted";
/** A validator's message that repeats this many characters of the input counts as a quotation. */
const QUOTATION_LENGTH = 8;
const MAX_MESSAGE_LENGTH = 1_000;

/**
 * Parses the input of a variable with its schema. A rejected input may be a secret intended for another variable, so no
 * message quotes it, even if the variable is not secret.
 *
 * @throws TypeError when the schema is asynchronous
 */
export function parseSetting(declaration: VariableDeclaration, input: unknown): ParsedSetting {
  const { name, description, schema = stringSetting } = declaration;
  const result = validateSafely(schema, input);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new TypeError(`The schema of ${name} is asynchronous; settings are parsed synchronously.`);
  }
  const misplaced = misplacedSecret(declaration, input);
  if (result.issues === undefined) {
    return misplaced === undefined ? { value: result.value } : { problem: `${misplaced}. ${description}` };
  }
  const message = result.issues.map((issue) => issue.message).join("; ");
  const shown = mayShow(message, declaration, input) ? message : REFUSED;
  const hint = misplaced === undefined ? "" : ` It ${misplaced}.`;
  return { problem: `${shown}.${hint} ${description}` };
}

/** Returns the problem of an input that can only be the secret of another setting. */
function misplacedSecret({ secret, path }: VariableDeclaration, input: unknown): string | undefined {
  if (secret || typeof input !== "string") return undefined;
  const contradiction = path === true ? contradictionOfPath(input) : undefined;
  if (contradiction !== undefined) return `must be the path of a file, but contains ${contradiction}`;
  const shape = secretShape(input);
  if (shape === undefined) return undefined;
  return `contains ${shape}. This setting is not secret: messages and descriptions show its value. Set the secret in its own variable`;
}

/** Returns whether a validator's message may be shown. It may quote the input. */
function mayShow(message: string, declaration: VariableDeclaration, input: unknown): boolean {
  const { schema, schemaMessagesAreSafe = false, secret = false } = declaration;
  if (schema === undefined || schema === booleanSetting || schemaMessagesAreSafe) return true;
  return !secret && message.length <= MAX_MESSAGE_LENGTH && !quotes(message, input);
}

/** Returns whether a message repeats a part of the input, or a short input as a whole. An object counts as quoted. */
function quotes(message: string, input: unknown): boolean {
  if (typeof input !== "string") return typeof input === "object" && input !== null;
  const [shown, given] = [message.toLowerCase(), input.trim().toLowerCase()];
  if (given.length <= QUOTATION_LENGTH) return shown.includes(given);
  for (let start = 0; start + QUOTATION_LENGTH <= shown.length; start++) {
    if (given.includes(shown.slice(start, start + QUOTATION_LENGTH))) return true;
  }
  return false;
}

/** A validator that throws has rejected its input. Its error may quote the input. */
function validateSafely(schema: StandardSchema, input: unknown) {
  try {
    return schema["~standard"].validate(input);
  } catch {
    return { issues: [{ message: "cannot be parsed" }] };
  }
}
