import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HiddenTexts } from "@archestra/test-harness/hidden-texts";
import { describe, expect, test } from "vitest";
import { silentServer } from "../doctor/broken-setup.ts";
import { runProgram } from "../support/program.ts";
import { sqliteSettings } from "../support/sqlite-settings.ts";
import { startProgram } from "../support/started-program.ts";

const hidden = new HiddenTexts<"secret" | "password">();
const secret = hidden.text("secret");
const SECRET = "process.env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET";
/** A plugin whose module imports nothing, and which waits until the program ends. */
const waiting = "await new Promise((resolve) => setTimeout(resolve, 60_000));";

/** What a module of `--plugin` does wrong, with the exit code of the program. */
const crashes: Readonly<Record<string, { readonly module: string; readonly exitCode: number }>> = {
  "throws while it is imported": { module: `throw new Error(${SECRET});`, exitCode: 64 },
  "throws while it creates its plugin": {
    module: `export default () => { throw new Error(${SECRET}); };`,
    exitCode: 1,
  },
  "throws an error with a secret in each member": {
    module: `export default () => {
      const secret = ${SECRET};
      const error = new Error("failed\\n    at " + secret + "\\n    at " + secret, { cause: secret });
      throw Object.assign(error, { name: secret, code: secret, secret });
    };`,
    exitCode: 1,
  },
  "throws in a timer": {
    module: `setTimeout(() => { throw new Error(${SECRET}); }, 1); ${waiting}`,
    exitCode: 1,
  },
  "throws a text in a timer": {
    module: `setTimeout(() => { throw "the secret is " + ${SECRET}; }, 1); ${waiting}`,
    exitCode: 1,
  },
  "leaves a rejected promise": {
    module: `Promise.reject(new Error(${SECRET})); ${waiting}`,
    exitCode: 1,
  },
  "leaves a promise that is rejected with the settings": {
    module: `Promise.reject({ env: { ...process.env } }); ${waiting}`,
    exitCode: 1,
  },
};

describe("a plugin that crashes", () => {
  test.each(Object.entries(crashes))("%s: no secret is shown, as text or as JSON", async (_what, crash) => {
    await using settings = sqliteSettings();
    const module = join(settings.folder, "plugin.mjs");
    writeFileSync(module, crash.module);
    const env = {
      ...settings.env,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
      NODE_OPTIONS: `--report-uncaught-exception --report-directory=${settings.folder}`,
    };
    const args = ["list", "--plugin", module];
    const [text, json] = await Promise.all(
      [args, [...args, "--json"]].map((one) => runProgram(one, { env })),
    );
    for (const run of [text, json]) {
      const output = `${run?.stdout}${run?.stderr}`;
      expect(hidden.shownIn(output)).toEqual([]);
      expect(run?.exitCode, output).toBe(crash.exitCode);
    }
    expect(JSON.parse(json?.stdout ?? "")).toMatchObject({ command: "list", ok: false });
    const reports = readdirSync(settings.folder).filter((name) => name.startsWith("report."));
    expect(reports).toEqual([]);
  });
});

describe("a diagnostic report of Node", () => {
  /** The reports in a folder, each with what it shows. */
  const reportsIn = (folder: string) =>
    readdirSync(folder).map((name) => {
      const content = readFileSync(join(folder, name), "utf8");
      expect(JSON.parse(content)).toHaveProperty("header");
      return hidden.shownIn(content);
    });

  test("on a signal contains no secret", async () => {
    await using settings = sqliteSettings();
    const reports = join(settings.folder, "reports");
    mkdirSync(reports);
    const { port, connected } = await silentServer();
    const program = startProgram(["list"], {
      env: {
        ARCHESTRA_DATABASE_URL: `postgres://app:${hidden.text("password")}@127.0.0.1:${port}/app`,
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
        NODE_OPTIONS: `--report-on-signal --report-directory=${reports}`,
      },
    });
    await connected;
    program.kill("SIGUSR2");
    await program.shows("Node.js report completed");
    program.kill("SIGKILL");
    await program.ended;
    expect(hidden.shownIn(program.output)).toEqual([]);
    expect(reportsIn(reports)).toEqual([[]]);
  });

  test("on a fatal error contains no secret", async () => {
    await using settings = sqliteSettings();
    const reports = join(settings.folder, "reports");
    mkdirSync(reports);
    const module = join(settings.folder, "plugin.mjs");
    writeFileSync(module, "const all = []; for (;;) all.push(new Array(100_000).fill({}));");
    const { stdout, stderr, exitCode } = await runProgram(["list", "--plugin", module], {
      folder: settings.folder,
      env: {
        ...settings.env,
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
        NODE_OPTIONS: `--report-on-fatalerror --report-directory=${reports} --max-old-space-size=50`,
      },
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: null, stderr: expect.stringContaining("heap") });
    expect(hidden.shownIn(stdout + stderr)).toEqual([]);
    expect(reportsIn(reports)).toEqual([[]]);
  });
});
