import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import { parseSetting } from "./parse-setting.ts";
import { readSecretFile, SettingProblem } from "./read-secret-file.ts";
import { readFileInTime, readTextFile } from "./read-text-file.ts";
import type { LiveSetting, VariableDeclaration } from "./setting.ts";

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How settings are read: passed in, so that resolving is pure. */
export interface EnvironmentReader {
  readonly env: Environment;
  /** Reads a file that a `NAME_FILE` variable names, as UTF-8. */
  readonly readFile: (path: string) => string;
}

/** The value of a variable. Undefined: not set, empty or blank. */
export function readVariable(env: Environment, name: string): string | undefined {
  const text = env[name];
  return text === undefined || text.trim() === "" ? undefined : text;
}

/** Where a setting came from. */
export type SettingSource = "option" | "variable" | "file" | "default" | "unset";

/** What reading one variable gave: where it came from, and its value or what is wrong with it. */
export type ReadSetting =
  | {
      readonly source: SettingSource;
      readonly value: unknown;
      /** What descriptions show of it. Absent: nothing may be shown. */
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
  const issueOf = (
    problem: ConfigurationIssue["problem"],
    source: SettingSource,
    expected: string,
  ): ConfigurationIssue => ({
    problem,
    // What came from code is mended there: the variable is set nowhere.
    ...(source === "option" && request.option !== undefined ? {} : { variable: declaration.name }),
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
    return { source: "variable", issue: issueOf(error.problem, "variable", error.message) };
  }
  if (found.source === "unset") return { source: "unset", value: undefined };

  const parsed = parseSetting(declaration, found.input);
  if (parsed.problem !== undefined)
    return { source: found.source, issue: issueOf("invalid", found.source, parsed.problem) };
  if (declaration.countsAsMissing?.(parsed.value as never)) return { source: "unset", value: undefined };

  const value = declaration.live ? liveVariable(request, reader, found.source === "file") : parsed.value;
  return isShown(declaration, found)
    ? { source: found.source, value, text: found.input }
    : { source: found.source, value };
}

const MAX_SHOWN_LENGTH = 1_000;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;

/** Whether a text that was accepted may stand in a description: one line of a setting that is not secret. */
function isShown(
  { secret, path }: VariableDeclaration,
  found: Found,
): found is Found & { readonly input: string } {
  const { source, input } = found;
  if (secret || typeof input !== "string") return false;
  if (path && source !== "default") return false;
  return input.length <= MAX_SHOWN_LENGTH && !UNPRINTABLE.test(input);
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

function findInput({ declaration, given }: SettingRequest, { env, readFile }: EnvironmentReader): Found {
  if (given !== undefined && !isBlank(given)) return { source: "option", input: given };
  const text = readVariable(env, declaration.name);
  const path = declaration.secret ? readVariable(env, `${declaration.name}_FILE`) : undefined;
  if (text !== undefined && path !== undefined) {
    throw new SettingProblem("conflict", `is set, and so is ${declaration.name}_FILE. Set one of the two.`);
  }
  if (text !== undefined) return { source: "variable", input: text };
  if (path !== undefined) return { source: "file", input: readSecretFile(path, declaration.name, readFile) };
  return declaration.default === undefined
    ? { source: "unset" }
    : { source: "default", input: declaration.default };
}

function liveOption(request: SettingRequest): LiveSetting<unknown> {
  const read = request.given as () => unknown;
  return live(true, async () => parseLive(request, "option", await read()));
}

function liveVariable(
  request: SettingRequest,
  reader: EnvironmentReader,
  mayChange: boolean,
): LiveSetting<unknown> {
  return live(mayChange, async () => {
    const read = await readAhead(request.declaration, reader);
    let found: Found;
    try {
      found = findInput(request, read);
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error;
      throw new SecretsError("INVALID_CONFIGURATION", `${request.declaration.name}: ${error.message}`);
    }
    return parseLive(request, found.source, found.input);
  });
}

function live(mayChange: boolean, read: () => Promise<unknown>): LiveSetting<unknown> {
  return Object.assign(read, { mayChange });
}

/** The same reader, with the file of the variable read already: a pipe without a writer must not block the process. */
async function readAhead(
  { name, secret }: VariableDeclaration,
  { env, readFile }: EnvironmentReader,
): Promise<EnvironmentReader> {
  const path = secret === true ? readVariable(env, `${name}_FILE`) : undefined;
  if (path === undefined || readFile !== readTextFile) return { env, readFile };
  const [outcome] = await Promise.allSettled([readFileInTime(path)]);
  if (outcome.status === "fulfilled") return { env, readFile: () => outcome.value };
  if ((outcome.reason as NodeJS.ErrnoException).code === "ETIMEDOUT") throw nothingWritten(name);
  return {
    env,
    readFile: () => {
      throw outcome.reason;
    },
  };
}

function nothingWritten(name: string): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The file that ${name}_FILE names is a pipe, and no process wrote into it in time. Start the process that writes the secret, or use a regular file.`,
    { reason: "PIPE_EMPTY" },
  );
}

function parseLive({ declaration, option }: SettingRequest, source: SettingSource, input: unknown): unknown {
  const parsed = parseSetting(declaration, input);
  if (parsed.problem === undefined) return parsed.value;
  const name = source === "option" && option !== undefined ? `option \`${option}\`` : declaration.name;
  throw new SecretsError("INVALID_CONFIGURATION", `${name}: ${parsed.problem}`);
}

/** An empty option is as good as none, as `process.env.X ?? ""` makes them. */
function isBlank(given: unknown): boolean {
  return typeof given === "string" && given.trim() === "";
}
