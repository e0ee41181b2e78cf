import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { sanitizeCause } from "../errors/sanitized-cause.ts";
import { contradictionOfPath } from "./secret-shape.ts";

/** The problem of a setting that is being read. Its message does not quote the setting. */
export interface SettingProblem {
  readonly problem: ConfigurationIssue["problem"];
  readonly message: string;
}

/**
 * Reads the file that `NAME_FILE` names and removes one trailing newline, as editors and `echo` write one.
 *
 * Messages quote the path only if the file exists: otherwise it may be the secret itself.
 *
 * @param path the text of `NAME_FILE`
 * @param name the variable without `_FILE`
 * @returns the text, or the problem of a file that is missing, unreadable or empty
 */
export function readSecretFile(
  path: string,
  name: string,
  readFile: (path: string) => string,
): string | SettingProblem {
  let content: string;
  try {
    content = readFile(path);
  } catch (error) {
    return { problem: "unreadable", message: unreadable(path, name, sanitizeCause(error).code) };
  }
  if (typeof content !== "string") throw new TypeError("The option `readFile` must return a string.");
  const value = content.replace(/\r?\n$/, "");
  if (value.trim() !== "") return value;
  const message = `the file ${JSON.stringify(path)} that ${name}_FILE names is empty. Write the secret into it, or unset ${name}_FILE.`;
  return { problem: "invalid", message };
}

function unreadable(path: string, name: string, code: string | number | undefined): string {
  const contradiction = contradictionOfPath(path);
  if (contradiction !== undefined) {
    return `${name}_FILE contains ${contradiction} instead of the path of a file. If that is the secret itself, set ${name} instead of ${name}_FILE.`;
  }
  if (code === "ETIMEDOUT") {
    return `the file that ${name}_FILE names is a pipe, and no process wrote to it within two seconds (${code}). Start the process that writes the secret first, or use a regular file.`;
  }
  const why = code === undefined ? "" : ` (${code})`;
  const isPath = /[/\\]/.test(path);
  const mistake = isPath
    ? ""
    : ` The text contains no \`/\`: if it is the secret itself, set ${name} instead of ${name}_FILE.`;
  return code === "ENOENT" || code === "ENOTDIR"
    ? `the file that ${name}_FILE names does not exist${why}. Mount it, or correct the path.${mistake}`
    : `the file that ${name}_FILE names cannot be read${why}. Grant this process read access, or correct the path.${mistake}`;
}
