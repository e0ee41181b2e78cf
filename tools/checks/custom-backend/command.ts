import { spawnSync } from "node:child_process";
import { relative } from "node:path";

/** A command that failed, with what it printed. */
export class CommandFailed extends Error {}

/** The longest that one command may take, so that the check ends. */
const LIMIT = 100_000;

/** Where a command runs. */
export interface Place {
  readonly folder: string;
  /** The folder that everything of the check lies in; what a command leaves in the temporary folder lands there. */
  readonly workFolder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command as a stranger would, without the settings of whoever runs the check, and says how long it took.
 *
 * @throws CommandFailed when it ends with another code than 0
 */
export function run(command: string, options: readonly string[], { folder, workFolder, env }: Place): void {
  const start = performance.now();
  const { status, signal, stdout, stderr, error } = spawnSync(command, options, {
    cwd: folder,
    env: { ...outerEnvironment(), TMPDIR: workFolder, ...env },
    encoding: "utf8",
    timeout: LIMIT,
    maxBuffer: 64 * 1024 * 1024,
  });
  const line = `${relative(workFolder, folder)}: ${command} ${options.join(" ")}`;
  if (error === undefined && status === 0) {
    console.log(`${line} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    return;
  }
  const ending = error?.message ?? (signal === null ? `exit code ${status}` : `ended by ${signal}`);
  throw new CommandFailed(`${line}: ${ending}\n${stdout ?? ""}${stderr ?? ""}`.trimEnd());
}

function outerEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(ARCHESTRA_|SECRETS_FILES_|NODE_OPTIONS$|npm_(package|lifecycle)_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
