import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runProgram } from "@archestra/secrets-cli";
import type { Variables } from "./broken-setup.ts";

/** What `doctor` found, as its text says it. */
export interface DoctorRun {
  readonly exitCode: number;
  readonly text: string;
  readonly findings: readonly DoctorFinding[];
}

export interface DoctorFinding {
  readonly severity: string;
  readonly code: string;
  /** As it is printed, to be copied to a shell. */
  readonly command: string | undefined;
  readonly variable: string | undefined;
}

/** Runs a command of the built program in this process, which saves the start of one. */
export async function runCommand(args: readonly string[], env: Variables) {
  const output = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof output) => ({
    columns: 80,
    write: (text: string) => {
      output[name] += text;
    },
  });
  const stdin = new PassThrough();
  stdin.end();
  const streams = { stdin, stdout: stream("stdout"), stderr: stream("stderr") };
  const exitCode = await runProgram(args, { ...streams, env });
  return { exitCode, ...output };
}

/** Runs `doctor`, and reads its page. */
export async function runDoctor(env: Variables): Promise<DoctorRun> {
  const { exitCode, stdout, stderr } = await runCommand(["doctor"], env);
  const text = stdout + stderr;
  const findings: {
    severity: string;
    code: string;
    command: string | undefined;
    variable: string | undefined;
  }[] = [];
  for (const line of stdout.split("\n")) {
    const [, severity, code] = /^ {2}(BROKEN|DEGRADED) ([A-Z_0-9]+)/.exec(line) ?? [];
    if (severity !== undefined && code !== undefined)
      findings.push({ severity, code, command: undefined, variable: undefined });
    const last = findings.at(-1);
    if (last === undefined) continue;
    last.command ??= /^ {4}\$ (.+)$/.exec(line)?.[1];
    last.variable ??= /^ {4}Variable: (\S+)$/.exec(line)?.[1];
  }
  return { exitCode, text, findings };
}

/** The words of a command, as a POSIX shell reads them. */
export function shellWords(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted = "", escaped = "") => quoted + escaped),
  );
}

/** Everything in a folder, to see that nothing changed. */
export function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(
    files.map((name) => {
      const { mode } = statSync(join(folder, name));
      const hash = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
      return [name, `${mode} ${hash}`];
    }),
  );
}
