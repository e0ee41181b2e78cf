import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin } from "../support/program.ts";
import { FedFiles } from "./fed-files.ts";
import { argumentsOfGroup } from "./process-list.ts";

/** A run of the program in folders of its own. */
export interface WatchedRunOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  /** Files in the working folder that hold the program while it reads them, with their contents. */
  readonly fed?: Readonly<Record<string, string>>;
  /** Options of Node. */
  readonly execArgv?: readonly string[];
  /** Called once the program has started, such as to kill it. */
  readonly onStart?: (pid: number) => void;
}

/** What a run left, and what was seen meanwhile. */
export interface WatchedRun {
  readonly exitCode: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  /** The arguments of the program and its children, each time that the list was read. */
  readonly processes: readonly string[];
  /** The names of the files that held the program. */
  readonly held: ReadonlySet<string>;
  /** The contents of the files in its working, home and temporary folder, by their names. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** How often the list of processes is read while nothing holds the program, in milliseconds. */
const SAMPLE = 50;

export async function watchedRun(options: WatchedRunOptions): Promise<WatchedRun> {
  const folder = mkdtempSync(join(tmpdir(), "secrets-watched-"));
  for (const name of ["home", "tmp"]) mkdirSync(join(folder, name));
  const fed = new FedFiles(folder, options.fed ?? {});
  const child = spawn(process.execPath, [...(options.execArgv ?? []), bin, ...options.args], {
    cwd: folder,
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: join(folder, "home"),
      TMPDIR: join(folder, "tmp"),
      ...options.env,
    },
  });
  const { pid = 0 } = child;
  const processes: string[] = [];
  const held = new Set<string>();
  const sample = () => processes.push(...argumentsOfGroup(pid));
  fed.start((name) => {
    held.add(name);
    sample();
  });
  const sampling = setInterval(sample, SAMPLE);
  try {
    child.stdin.on("error", () => undefined).end(options.input ?? "");
    options.onStart?.(pid);
    const [stdout, stderr, exitCode] = await Promise.all([
      child.stdout.setEncoding("utf8").toArray(),
      child.stderr.setEncoding("utf8").toArray(),
      new Promise<number | NodeJS.Signals>((resolve, reject) => {
        child.once("error", reject).once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
      }),
    ]);
    return {
      exitCode,
      stdout: stdout.join(""),
      stderr: stderr.join(""),
      processes,
      held,
      files: filesIn(folder),
    };
  } finally {
    clearInterval(sampling);
    fed.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function filesIn(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}
