import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import { type EnvironmentReader, readVariable } from "./environment.ts";
import type { VariableDeclaration } from "./setting.ts";
import { stringSetting } from "./setting-schemas.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** Where a setting came from. */
export type SettingSource = "option" | "variable" | "file" | "default" | "unset";

/** What reading one variable gave: where it came from, and its value or what is wrong with it. */
export type ReadSetting =
  | {
      readonly source: SettingSource;
      readonly value: unknown;
      readonly text?: string;
      readonly issue?: undefined;
    }
  | { readonly source: SettingSource; readonly issue: ConfigurationIssue };

/** One variable of one plugin, and what the application passed for it in code. */
export interface SettingRequest {
  readonly declaration: VariableDeclaration;
  /** The id of the plugin, for messages. Absent: the setting is core's own. */
  readonly plugin?: string;
  /** The key of the factory's option, for messages. Absent: there is none. */
  readonly option?: string;
  /** What the application passed. Undefined: nothing. */
  readonly given: unknown;
}

type Found = { readonly source: SettingSource; readonly input?: unknown };

/** Reads, parses and judges one variable: option, then `NAME`, then `NAME_FILE`, then the default. */
export function readSetting(request: SettingRequest, reader: EnvironmentReader): ReadSetting {
  const { declaration, given } = request;
  const issueOf = (problem: ConfigurationIssue["problem"], expected: string): ConfigurationIssue => ({
    problem,
    variable: declaration.name,
    ...(request.option === undefined ? {} : { option: request.option }),
    ...(request.plugin === undefined ? {} : { plugin: request.plugin }),
    expected,
  });

  if (declaration.live && typeof given === "function")
    return { source: "option", value: liveOption(request) };

  let found: Found;
  try {
    found = findInput(request, reader);
  } catch (error) {
    if (!(error instanceof SettingProblem)) throw error;
    return { source: "variable", issue: issueOf(error.problem, error.message) };
  }
  if (found.source === "unset") return { source: "unset", value: undefined };

  const parsed = parseInput(declaration, found.input);
  if (parsed.problem !== undefined)
    return { source: found.source, issue: issueOf("invalid", parsed.problem) };
  if (declaration.countsAsMissing?.(parsed.value as never)) return { source: "unset", value: undefined };

  const value = declaration.live ? liveVariable(request, reader) : parsed.value;
  return typeof found.input === "string" && !declaration.secret
    ? { source: found.source, value, text: found.input }
    : { source: found.source, value };
}

/** The issue of a variable that is required and not set. */
export function missingSetting(request: SettingRequest): ConfigurationIssue {
  const { declaration } = request;
  const alternative =
    declaration.requiredUnless === undefined ? "" : `, unless ${declaration.requiredUnless} is`;
  const file = declaration.secret ? ` (or ${declaration.name}_FILE, the path of a file that holds it)` : "";
  const remedy = declaration.remedy === undefined ? "" : ` ${declaration.remedy}`;
  return {
    problem: "missing",
    variable: declaration.name,
    ...(request.option === undefined ? {} : { option: request.option }),
    ...(request.plugin === undefined ? {} : { plugin: request.plugin }),
    expected: `must be set${file}${alternative}. ${declaration.description}${remedy}`,
  };
}

class SettingProblem extends Error {
  readonly problem: ConfigurationIssue["problem"];

  constructor(problem: ConfigurationIssue["problem"], message: string) {
    super(message);
    this.problem = problem;
  }
}

function findInput({ declaration, given }: SettingRequest, { env, readFile }: EnvironmentReader): Found {
  if (given !== undefined && !isBlank(given)) return { source: "option", input: given };
  const text = readVariable(env, declaration.name);
  const path = declaration.secret ? readVariable(env, `${declaration.name}_FILE`) : undefined;
  if (text !== undefined && path !== undefined) {
    throw new SettingProblem("conflict", `is set, and so is ${declaration.name}_FILE. Set one of the two.`);
  }
  if (text !== undefined) return { source: "variable", input: text };
  if (path !== undefined) return { source: "file", input: readSecretFile(path, declaration, readFile) };
  return declaration.default === undefined
    ? { source: "unset" }
    : { source: "default", input: declaration.default };
}

/** The content of a file that `NAME_FILE` names, less exactly one trailing newline: editors and `echo` leave one. */
function readSecretFile(
  path: string,
  { name }: VariableDeclaration,
  readFile: (path: string) => string,
): string {
  let content: string;
  try {
    content = readFile(path);
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    const why = typeof code === "string" ? ` (${code})` : "";
    throw new SettingProblem(
      "unreadable",
      `the file ${JSON.stringify(path)} that ${name}_FILE names cannot be read${why}. Mount it, or let this process read it.`,
    );
  }
  if (typeof content !== "string") throw new TypeError("The option `readFile` must return a string.");
  const value = content.replace(/\r?\n$/, "");
  if (value.trim() === "") {
    throw new SettingProblem(
      "invalid",
      `the file ${JSON.stringify(path)} that ${name}_FILE names is empty. Write the secret into it, or unset ${name}_FILE.`,
    );
  }
  return value;
}

function parseInput(
  declaration: VariableDeclaration,
  input: unknown,
): { readonly value: unknown; readonly problem?: undefined } | { readonly problem: string } {
  const result = validateSafely(declaration.schema ?? stringSetting, input);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new TypeError(
      `The schema of ${declaration.name} is asynchronous; settings are parsed synchronously.`,
    );
  }
  if (result.issues === undefined) return { value: result.value };
  const words = result.issues.map((issue) => issue.message).join("; ");
  if (declaration.secret) {
    // A validator may quote its input, so its own words are kept only when they are known not to.
    const isSafe = declaration.schema === undefined || declaration.schemaWordsAreSafe;
    const shown = isSafe ? words : "has a value that is not accepted";
    return { problem: `${shown}. ${declaration.description}` };
  }
  const received =
    typeof input === "string" ? `, not ${JSON.stringify(withoutCredentials(input).slice(0, 120))}` : "";
  return { problem: `${words}${received}. ${declaration.description}` };
}

/** An address that is refused for it can hold a password before `@`, and a token behind `?` or `#`. */
function withoutCredentials(text: string): string {
  const hidden = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1…@");
  return hidden.includes("://") ? hidden.replace(/[?#].+$/s, "…") : hidden;
}

/** A validator that throws has refused its input, which its error may quote. */
function validateSafely(schema: StandardSchema, input: unknown) {
  try {
    return schema["~standard"].validate(input);
  } catch {
    return { issues: [{ message: "is nothing that its schema can parse" }] };
  }
}

function liveOption(request: SettingRequest): () => Promise<unknown> {
  const read = request.given as () => unknown;
  return async () => parseLive(request.declaration, await read());
}

function liveVariable(request: SettingRequest, reader: EnvironmentReader): () => Promise<unknown> {
  return async () => {
    let found: Found;
    try {
      found = findInput(request, reader);
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error;
      throw new SecretsError("INVALID_CONFIGURATION", `${request.declaration.name}: ${error.message}`);
    }
    return parseLive(request.declaration, found.input);
  };
}

function parseLive(declaration: VariableDeclaration, input: unknown): unknown {
  const parsed = parseInput(declaration, input);
  if (parsed.problem === undefined) return parsed.value;
  throw new SecretsError("INVALID_CONFIGURATION", `${declaration.name}: ${parsed.problem}`);
}

/** An empty option is as good as none, as `process.env.X ?? ""` makes them. */
function isBlank(given: unknown): boolean {
  return typeof given === "string" && given.trim() === "";
}
