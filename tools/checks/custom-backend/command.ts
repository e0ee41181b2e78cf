import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A command that failed, with what it printed. */
export class CommandFailed extends Error {}

/** The longest that one command may take by default, in milliseconds, so that the check ends. */
const LIMIT = 600_000;

/** Where a command runs. */
export interface Place {
  readonly folder: string;
  /** The folder for all files of the check, including those that a command leaves in the temporary folder. */
  readonly workFolder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The longest that a command may take, in milliseconds. @default 600_000 */
  readonly limit?: number;
}

/**
 * Runs a command without the settings of the user, and prints how long it took.
 *
 * @returns what it printed
 * @throws CommandFailed when it ends with another code than 0
 */
export async function run(command: string, options: readonly string[], place: Place): Promise<string> {
  const { folder, workFolder, env, limit = LIMIT } = place;
  const line = `${basename(folder)}: ${command} ${options.join(" ")}`;
  const start = performance.now();
  let printed: string;
  try {
    const { stdout, stderr } = await execute(command, [...options], {
      cwd: folder,
      env: { ...outerEnvironment(), TMPDIR: workFolder, ...env },
      timeout: limit,
      maxBuffer: 64 * 1024 * 1024,
    });
    printed = `${stdout}${stderr}`;
  } catch (error) {
    const { code, signal, stdout = "", stderr = "" } = error as Ending;
    throw new CommandFailed(`${line}: ended with ${signal ?? code}\n${stdout}${stderr}`.trimEnd());
  }
  console.log(`${line} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return printed;
}

/** What `execFile` throws. */
interface Ending {
  readonly code?: number | string | null;
  readonly signal?: string | null;
  readonly stdout?: string;
  readonly stderr?: string;
}

function outerEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(ARCHESTRA_|SECRETS_(?:FILES|REDIS)_|VAULT_|ACME_|NODE_OPTIONS$|npm_(package|lifecycle)_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
