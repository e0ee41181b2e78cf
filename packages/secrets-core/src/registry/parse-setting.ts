import { contradictionOfPath, secretShape } from "./secret-shape.ts";
import type { VariableDeclaration } from "./setting.ts";
import { booleanSetting, stringSetting } from "./setting-schemas.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** The value of a setting, or what is wrong with its text in words that do not quote it. */
export type ParsedSetting =
  | { readonly value: unknown; readonly problem?: undefined }
  | { readonly problem: string };

const REFUSED = "has a value that is not accepted";
/** A run of the input in a validator's words that is so long is taken for a quotation. */
const QUOTATION_LENGTH = 8;
const MAX_LENGTH_OF_WORDS = 1_000;

/**
 * Parses the input of a variable by its schema. What it refuses may be a secret that was meant for another variable, so no
 * message quotes it, also when the variable is not secret.
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
  const words = result.issues.map((issue) => issue.message).join("; ");
  const shown = mayShow(words, declaration, input) ? words : REFUSED;
  const hint = misplaced === undefined ? "" : ` It ${misplaced}.`;
  return { problem: `${shown}.${hint} ${description}` };
}

/** What cannot be the value of a setting that is shown, but is the secret of another one. */
function misplacedSecret({ secret, path }: VariableDeclaration, input: unknown): string | undefined {
  if (secret || typeof input !== "string") return undefined;
  const contradiction = path === true ? contradictionOfPath(input) : undefined;
  if (contradiction !== undefined) return `must be the path of a file, and holds ${contradiction}`;
  const shape = secretShape(input);
  if (shape === undefined) return undefined;
  return `holds ${shape}. This setting takes no secret, since messages and descriptions show it; set a secret in its own variable`;
}

/** Whether the words of a validator may be shown: it may quote its input. */
function mayShow(words: string, declaration: VariableDeclaration, input: unknown): boolean {
  const { schema, schemaWordsAreSafe = false, secret = false } = declaration;
  if (schema === undefined || schema === booleanSetting || schemaWordsAreSafe) return true;
  return !secret && words.length <= MAX_LENGTH_OF_WORDS && !quotes(words, input);
}

/** Whether words repeat a part of the input, or all of one that is short. For what is not a text, it cannot be known. */
function quotes(words: string, input: unknown): boolean {
  if (typeof input !== "string") return typeof input === "object" && input !== null;
  const [shown, given] = [words.toLowerCase(), input.trim().toLowerCase()];
  if (given.length <= QUOTATION_LENGTH) return shown.includes(given);
  for (let start = 0; start + QUOTATION_LENGTH <= shown.length; start++) {
    if (given.includes(shown.slice(start, start + QUOTATION_LENGTH))) return true;
  }
  return false;
}

/** A validator that throws has refused its input, which its error may quote. */
function validateSafely(schema: StandardSchema, input: unknown) {
  try {
    return schema["~standard"].validate(input);
  } catch {
    return { issues: [{ message: "is nothing that its schema can parse" }] };
  }
}
