import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseEnv } from "node:util";

/** A problem of the input, with a message for the user. */
export class InputProblem extends Error {}

/**
 * Reads secrets from a file of the user: a JSON object of names, or the variables of a `.env` file.
 *
 * @throws InputProblem with a message that does not quote the content
 */
export function readCredentials(path: string): Map<string, object> {
  const text = readText(path);
  const credentials = isEnvFile(path) ? variablesOf(text) : entriesOf(text, path);
  if (credentials.size === 0) throw new InputProblem(`${path} contains no credentials.`);
  return credentials;
}

/** `.env`, `.env.local`, `production.env` */
function isEnvFile(path: string): boolean {
  return /^\.env(\.|$)|\.env$/.test(basename(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new InputProblem(`The file ${path} does not exist.`);
    if (code === "EISDIR") throw new InputProblem(`${path} is a folder, not a file.`);
    throw new InputProblem(`${path} cannot be read (${code}).`);
  }
}

function variablesOf(text: string): Map<string, object> {
  return new Map(Object.entries(parseEnv(text)).map(([name, value = ""]) => [name, { value }]));
}

function entriesOf(text: string, path: string): Map<string, object> {
  const parsed = parseJson(text, path);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new InputProblem(
      `${path} contains ${describe(parsed)}. It must contain an object: {"name": {…}, …}.`,
    );
  }
  const credentials = new Map<string, object>();
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === "string") credentials.set(name, { value });
    else if (typeof value === "object" && value !== null && !Array.isArray(value))
      credentials.set(name, value);
    else {
      throw new InputProblem(
        `${path}: the entry ${JSON.stringify(name)} is ${describe(value)}. It must be an object or a string.`,
      );
    }
  }
  return credentials;
}

/** The parser's own message quotes the text, so only the position is taken from it. */
function parseJson(text: string, path: string): unknown {
  if (text.trim() === "") throw new InputProblem(`${path} is empty.`);
  try {
    return JSON.parse(text);
  } catch (error) {
    const [place] = /line \d+ column \d+/.exec((error as Error).message) ?? [];
    throw new InputProblem(
      `${path} is not JSON${place === undefined ? "" : ` (${place})`}. ` +
        'Variables, one "NAME=value" on each line, are read from files named .env, .env.… or ….env.',
    );
  }
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
