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
