import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { sanitizeCause } from "../errors/sanitized-cause.ts";
import { contradictionOfPath } from "./secret-shape.ts";

/** The problem of a setting that is being read. Its message does not quote the setting. */
export class SettingProblem extends Error {
  readonly problem: ConfigurationIssue["problem"];

  constructor(problem: ConfigurationIssue["problem"], message: string) {
    super(message);
    this.problem = problem;
  }
}

/**
 * Reads the file that `NAME_FILE` names and removes one trailing newline, as editors and `echo` write one.
 *
 * Messages quote the path only if the file exists: otherwise it may be the secret itself.
 *
 * @param path the text of `NAME_FILE`
 * @param name the variable without `_FILE`
 * @throws SettingProblem when the file is missing, unreadable or empty
 */
export function readSecretFile(path: string, name: string, readFile: (path: string) => string): string {
  let content: string;
  try {
    content = readFile(path);
  } catch (error) {
    throw new SettingProblem("unreadable", unreadable(path, name, sanitizeCause(error).code));
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
