import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import { parseSetting } from "./parse-setting.ts";
import { readSecretFile, type SettingProblem } from "./read-secret-file.ts";
import { readFileInTime, readTextFile } from "./read-text-file.ts";
import type { LiveSetting, VariableDeclaration } from "./setting.ts";

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentReader {
  readonly env: Environment;
  /** Reads a file as UTF-8. */
  readonly readFile: (path: string) => string;
  /** Whether issues name only variables, and no options. @default false */
  readonly onlyVariables?: boolean | undefined;
}

/** Returns the value of a variable. Undefined: not set, empty or blank. */
export function readVariable(env: Environment, name: string): string | undefined {
  const text = env[name];
  return text === undefined || text.trim() === "" ? undefined : text;
}

/** The source of a setting. */
export type SettingSource = "option" | "variable" | "file" | "default" | "unset";

/** The source of a setting, and its value or its problem. */
export type ReadSetting =
  | {
      readonly source: SettingSource;
      readonly value: unknown;
      /** The text for descriptions. Absent: it must not be shown. */
      readonly text?: string;
      readonly issue?: undefined;
    }
  | { readonly source: SettingSource; readonly issue: ConfigurationIssue };

/** A variable, and the option that the application passed for it. */
export interface SettingRequest {
  readonly declaration: VariableDeclaration;
  /** The id of the plugin, for messages. Absent: the setting is core's own. */
  readonly plugin?: string;
  /** The key of the factory's option, for messages. Absent: there is none. */
  readonly option?: string;
  /** The value of the option. Undefined: not passed. */
  readonly given: unknown;
}

type Found = { readonly source: SettingSource; readonly input?: unknown; readonly problem?: undefined };

/** Reads and parses one setting: from the option, else from `NAME`, `NAME_FILE`, or the default. */
export function readSetting(request: SettingRequest, reader: EnvironmentReader): ReadSetting {
  const { declaration, given } = request;
  if (declaration.live && typeof given === "function") {
    const value = live(true, async () => parseLive(request, "option", await given()));
    return { source: "option", value };
  }

  const found = findInput(request, reader);
  if (found.problem !== undefined)
    return { source: "variable", issue: issueOf(request, found.problem, found.message) };
  if (found.source === "unset") return { source: "unset", value: undefined };

  const parsed = parseSetting(declaration, found.input);
  if (parsed.problem !== undefined)
    return { source: found.source, issue: issueOf(request, "invalid", parsed.problem, found.source) };
  if (declaration.countsAsMissing?.(parsed.value as never)) return { source: "unset", value: undefined };

  const value = declaration.live ? liveVariable(request, reader, found.source === "file") : parsed.value;
  return isShown(declaration, found)
    ? { source: found.source, value, text: found.input }
    : { source: found.source, value };
}

const MAX_SHOWN_LENGTH = 1_000;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;

/** Returns whether a description may show the text: a single line of a setting that is not secret. */
function isShown(
  { secret, path }: VariableDeclaration,
  found: Found,
): found is Found & { readonly input: string } {
  const { source, input } = found;
  if (secret || typeof input !== "string") return false;
  if (path && source !== "default") return false;
  return input.length <= MAX_SHOWN_LENGTH && !UNPRINTABLE.test(input);
}

/** Returns the issue of a required variable that is not set. */
export function missingSetting(request: SettingRequest): ConfigurationIssue {
  const { declaration } = request;
  const alternative =
    declaration.requiredUnless === undefined ? "" : `, unless ${declaration.requiredUnless} is set`;
  const file = declaration.secret
    ? ` (or ${declaration.name}_FILE, the path of a file that contains it)`
    : "";
  const remedy = declaration.remedy === undefined ? "" : ` ${declaration.remedy}`;
  const expected = `must be set${file}${alternative}. ${declaration.description}${remedy}`;
  return issueOf(request, "missing", expected);
}

/** Names the variable and the option, or the option alone if the application passed it. */
function issueOf(
  { declaration, option, plugin }: SettingRequest,
  problem: ConfigurationIssue["problem"],
  expected: string,
  source?: SettingSource,
): ConfigurationIssue {
  return {
    problem,
    ...(source === "option" && option !== undefined ? {} : { variable: declaration.name }),
    ...(option === undefined ? {} : { option }),
    ...(plugin === undefined ? {} : { plugin }),
    expected,
  };
}

function findInput(
  { declaration, given }: SettingRequest,
  { env, readFile }: EnvironmentReader,
): Found | SettingProblem {
  if (given !== undefined && !isBlank(given)) return { source: "option", input: given };
  const { name, secret } = declaration;
  const text = readVariable(env, name);
  const path = secret ? readVariable(env, `${name}_FILE`) : undefined;
  if (text !== undefined && path !== undefined)
    return { problem: "conflict", message: `and ${name}_FILE are both set. Set only one of them.` };
  if (text !== undefined) return { source: "variable", input: text };
  if (path !== undefined) {
    const content = readSecretFile(path, name, readFile);
    return typeof content === "string" ? { source: "file", input: content } : content;
  }
  return declaration.default === undefined
    ? { source: "unset" }
    : { source: "default", input: declaration.default };
}

function liveVariable(
  request: SettingRequest,
  reader: EnvironmentReader,
  mayChange: boolean,
): LiveSetting<unknown> {
  return live(mayChange, async () => {
    const found = findInput(request, await readAhead(request.declaration, reader));
    if (found.problem === undefined) return parseLive(request, found.source, found.input);
    throw new SecretsError("INVALID_CONFIGURATION", `${request.declaration.name}: ${found.message}`);
  });
}

function live(mayChange: boolean, read: () => Promise<unknown>): LiveSetting<unknown> {
  return Object.assign(read, { mayChange });
}

/** Returns a reader that has read the variable's file already: a pipe without a writer must not block the process. */
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
  const message = `The file that ${name}_FILE names is a pipe, and no process wrote to it in time. Start the process that writes the secret, or use a regular file.`;
  return new SecretsError("UNAVAILABLE", message, { reason: "PIPE_EMPTY" });
}

function parseLive({ declaration, option }: SettingRequest, source: SettingSource, input: unknown): unknown {
  const parsed = parseSetting(declaration, input);
  if (parsed.problem === undefined) return parsed.value;
  const name = source === "option" && option !== undefined ? `option \`${option}\`` : declaration.name;
  throw new SecretsError("INVALID_CONFIGURATION", `${name}: ${parsed.problem}`);
}

/** An empty option, as `process.env.X ?? ""` creates it, counts as not passed. */
function isBlank(given: unknown): boolean {
  return typeof given === "string" && given.trim() === "";
}
