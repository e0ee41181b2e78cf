import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { showOnScreen } from "@archestra/test-harness/terminal-screen";
import { runProgram } from "../../packages/secrets-cli/src/program/run-program.ts";
import type { Problem } from "../checks/problem.ts";
import { root } from "../checks/workspace.ts";
import { terminalPicture } from "./terminal-picture.ts";

const COLUMNS = 80;
/** What stands in a picture for what differs between runs. */
const FOLDER = "/srv/app";
const TIME = "2026-12-01T09:30:00.000Z";

/** Commands of the operator's program in one terminal, and what they wrote. */
interface Scene {
  readonly path: string;
  /** What the picture shows, for a reader who cannot see it. */
  readonly title: string;
  /** The sentence above the picture. */
  readonly meaning?: string;
  readonly commands: readonly string[];
  /** Variables that differ from a set-up that works. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The pictures of the docs. */
export const scenes: readonly Scene[] = [
  {
    path: "docs/cli/pictures/doctor-healthy.svg",
    title: "archestra-secrets doctor on a healthy set-up",
    meaning: "Healthy, exit code 0:",
    commands: ["doctor"],
  },
  {
    path: "docs/cli/pictures/doctor-degraded.svg",
    title: "archestra-secrets doctor where Vault is requested and not configured",
    meaning:
      "Degraded, exit code 1. Vault was requested, and its settings are missing, so new secrets are stored in the database:",
    commands: ["doctor"],
    env: { ARCHESTRA_SECRETS_MANAGER: "VAULT" },
  },
  {
    path: "docs/cli/pictures/doctor-broken.svg",
    title: "archestra-secrets doctor with another encryption secret than the database has",
    meaning: "Broken, exit code 2. A deployment changed the encryption secret:",
    commands: ["doctor"],
    env: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "another-secret-".repeat(4) },
  },
  {
    path: "docs/cli/pictures/session.svg",
    title: "Secrets are imported from a .env file, listed, shown without their values, and examined",
    commands: [
      "import --from-env old.env --secret app/database",
      "list",
      "get app/database",
      "rotate status",
    ],
  },
];

/** Draws what the program writes; or, to check, reports the pictures that differ. */
export async function writeTerminalPictures(check: boolean, todo: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const scene of scenes) {
    const path = join(root, scene.path);
    const picture = terminalPicture(await showOnScreen(await play(scene), COLUMNS), scene.title);
    if (existsSync(path) && readFileSync(path, "utf8") === picture) continue;
    if (check) {
      problems.push({ where: scene.path, what: "differs from what the program writes", todo });
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, picture);
    console.log(`${scene.path}: written`);
  }
  return problems;
}

async function play({ commands, env = {} }: Scene): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "archestra-secrets-picture-"));
  const working = process.cwd();
  const settings = {
    ARCHESTRA_DATABASE_URL: `sqlite:${join(folder, "secrets.db")}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "not-a-real-secret-".repeat(4),
  };
  writeFileSync(join(folder, "old.env"), "HOST=db.example\nPASSWORD=not-a-real-password\n");
  process.chdir(folder);
  try {
    await run(["schema", "migrate"], settings);
    await run(["import", "--from-env", "old.env", "--secret", "app/mail"], settings);
    let screen = "";
    for (const command of commands) {
      screen += `\u001b[2m$\u001b[22m archestra-secrets ${command}\n`;
      screen += `${await run(command.split(" "), { ...settings, ...env })}\n`;
    }
    return screen
      .replaceAll(folder, FOLDER)
      .replaceAll(/20\d\d-\d\d-\d\d(T[\d:.]+Z)?/g, (time) => TIME.slice(0, time.length));
  } finally {
    process.chdir(working);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  let text = "";
  const stream = {
    isTTY: true,
    columns: COLUMNS,
    write: (content: string | Uint8Array) => {
      text += content;
    },
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  stdin.end();
  await runProgram(args, { stdin, stdout: stream, stderr: stream, env });
  return text;
}
