import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { type SqliteSettings, sqliteSettings } from "./support/sqlite-settings.ts";

let settings: SqliteSettings;
beforeAll(async () => {
  settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("app/database", { PASSWORD: "planted one#=", PORT: 5432, TLS: true });
  await manager.create("app/cache", { CACHE_URL: "redis://cache:6379/0", PORT: 6379 });
  await manager.create("a#b=c", { "d=e": "planted odd" });
  await manager.create("$(touch x)", { "$(touch y)": "$(touch planted)" });
  await manager.create("shapes", { list: ["planted"], nul: "planted\0", none: null });
  await manager.create("unsafe/loader", { LD_PRELOAD: "/planted.so", lower: "planted" });
  await manager.create("unsafe/node", { NODE_OPTIONS: "--require=/planted.js", "one\u202etwo": "planted" });
});
afterAll(() => settings[Symbol.asyncDispose]());

/** Runs a command of the shell with the variables of these arguments. */
function run(args: readonly string[], script: string, input?: string) {
  const given = { env: settings.env, folder: settings.folder, ...(input === undefined ? {} : { input }) };
  return runProgram(["run", ...args, "--", "sh", "-c", script, "sh", "one argument", "--help"], given);
}

function writeMap(map: unknown): string {
  const file = join(settings.folder, "map.json");
  writeFileSync(file, typeof map === "string" ? map : JSON.stringify(map));
  return file;
}

describe("run", () => {
  test("passes variables, arguments, standard input and the exit code on", async () => {
    const args = ["PASSWORD=app/database#PASSWORD", "PORT=app/database#PORT", "ODD=a#b=c#d=e"];
    const script = 'echo "$PASSWORD|$PORT|$ODD|$1|$2"; cat; exit 7';
    expect(await run(args, script, "the input")).toEqual({
      exitCode: 7,
      stdout: "planted one#=|5432|planted odd|one argument|--help\nthe input",
      stderr: "",
    });
  });

  test("keeps the settings of the program from the command, unless --keep-settings is given", async () => {
    const script = 'echo "[$ARCHESTRA_SECRETS_ENCRYPTION_SECRET$ARCHESTRA_DATABASE_URL]"';
    expect((await run(["A=app/database#TLS"], script)).stdout).toBe("[]\n");
    const kept = `[${settings.env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET}${settings.env.ARCHESTRA_DATABASE_URL}]\n`;
    expect((await run(["A=app/database#TLS", "--keep-settings"], script)).stdout).toBe(kept);
  });

  test("reads mappings from a file, which a mapping in an argument overrides", async () => {
    const file = writeMap({
      LIST: { secret: "shapes", field: "list", as: "json" },
      "dotted.name": "app/database#TLS",
      PORT: "app/cache#PORT",
    });
    const { stdout, exitCode } = await run(["--map", file, "PORT=app/database#PORT"], "env");
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toEqual(expect.arrayContaining(['LIST=["planted"]', "PORT=5432"]));
  });

  test("starts nothing when a secret or a field is missing or cannot be a variable, and names all", async () => {
    const args = ["ONE=nothing#field", "TWO=app/database#nothing", "THREE=shapes#list", "FOUR=shapes#nul"];
    const { exitCode, stdout, stderr } = await run([...args, "FIVE=app/database#PASSWORD"], "touch started");
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: "" });
    for (const name of ["ONE", "TWO", "THREE", "FOUR"]) expect(stderr).toContain(`${name}: `);
    expect(stderr).not.toContain("planted");
    expect(existsSync(join(settings.folder, "started"))).toBe(false);

    const json = await run(["ONE=nothing#field", "--json"], "touch started");
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: "run",
      ok: false,
      error: { code: "VARIABLES_NOT_SET" },
    });
    expect(json).toMatchObject({ exitCode: 125, stderr: "" });
  });

  test("leaves standard output to a command that starts, with --json, too", async () => {
    const given = await run(["TLS=app/database#TLS", "--json"], 'echo "$TLS"');
    expect(given).toEqual({ exitCode: 0, stdout: "true\n", stderr: "" });
  });

  test("ends with 125 when the manager cannot be opened", async () => {
    const wrong = { ...settings.env, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "a".repeat(40) };
    const { exitCode, stderr } = await runProgram(["run", "A=app/database#TLS", "--", "true"], {
      env: wrong,
    });
    expect(exitCode).toBe(125);
    expect(stderr).toContain("DECRYPTION_FAILED");
  });

  test("ends with 127 for a command that does not exist, and with 126 for one that cannot be executed", async () => {
    const args = ["run", "A=app/database#PASSWORD", "--"];
    expect(await runProgram([...args, "no-such-command"], settings)).toMatchObject({ exitCode: 127 });
    const file = join(settings.folder, "not-executable");
    writeFileSync(file, "");
    const { exitCode, stdout, stderr } = await runProgram([...args, file, "an argument"], settings);
    expect({ exitCode, stdout }).toEqual({ exitCode: 126, stdout: "" });
    expect(stderr).toContain("EACCES");
    expect(stderr).not.toContain("planted");
  });

  test("executes nothing that is part of a name or a value", async () => {
    const { stdout } = await run(["A=$(touch x)#$(touch y)"], 'printf %s "$A"');
    expect(stdout).toBe("$(touch planted)");
    const refused = await run(["A=$(touch x)#$(touch z)"], "true");
    expect(refused.exitCode).toBe(125);
    for (const name of ["x", "y", "z", "planted"]) expect(readdirSync(settings.folder)).not.toContain(name);
  });

  test.skipIf(!existsSync("/proc/self/cmdline"))("shows no value in the process list", async () => {
    const { stdout } = await run(["A=app/database#PASSWORD"], "cat /proc/$PPID/cmdline /proc/$$/cmdline");
    expect(stdout).toContain("A=app/database#PASSWORD");
    expect(stdout).not.toContain("planted");
  });
});

describe("run --prefix", () => {
  test("sets every field, of which one that is in two secrets must be mapped by itself", async () => {
    const refused = await run(["--prefix", "app/"], "true");
    expect(refused).toMatchObject({ exitCode: 125, stdout: "" });
    expect(refused.stderr).toContain("PORT");
    const mapped = await run(
      ["--prefix", "app/", "PORT=app/cache#PORT"],
      'echo "$PASSWORD|$TLS|$CACHE_URL|$PORT"',
    );
    expect(mapped.stdout).toBe("planted one#=|true|redis://cache:6379/0|6379\n");
  });

  test("refuses names that change what is executed or are not plain, unless they are mapped one by one", async () => {
    const { exitCode, stderr } = await run(["--prefix", "unsafe/"], "true");
    expect(exitCode).toBe(125);
    for (const name of ["LD_PRELOAD", "NODE_OPTIONS", "lower", "one\\u{202e}two"])
      expect(stderr).toContain(name);
    expect(stderr).not.toContain("planted");

    const file = writeMap({ BIDI: { secret: "unsafe/node", field: "one\u202etwo" } });
    const args = ["--prefix", "unsafe/", "NODE_OPTIONS=app/database#PORT", "--map", file];
    const own = ["PRELOAD=unsafe/loader#LD_PRELOAD", "LOWER=unsafe/loader#lower"];
    const mapped = await run([...args, ...own], 'echo "$NODE_OPTIONS|$PRELOAD|$LOWER|$LD_PRELOAD"');
    expect(mapped.stdout).toBe("5432|/planted.so|planted|\n");
  });

  test("refuses a prefix that no secret has", async () => {
    expect(await run(["--prefix", "nothing/"], "true")).toMatchObject({ exitCode: 125 });
  });
});

test("run refuses wrong arguments with 64, and quotes nothing that can be a value", async () => {
  const out = join(settings.folder, "refused.env");
  const refused: (readonly string[])[] = [
    ["run", "A=app/database#PORT"],
    ["run", "A=app/database#PORT", "true"],
    ["run", "--", "true"],
    ["run", "A=planted-value", "--", "true"],
    ["run", "planted-value", "--", "true"],
    ["run", "A=a#b", "A=c#d", "--", "true"],
    ["run", "A=a#b", "--out", out, "--", "true"],
    ["run", "--map", writeMap("planted-value"), "--", "true"],
  ];
  for (const args of refused) {
    const { exitCode, stdout, stderr } = await runProgram(args, settings);
    expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 64, stdout: "" });
    expect(stderr).not.toContain("planted-value");
  }
});

describe("run --out", () => {
  test("writes a file of mode 0400 in place of an older one, which a shell and dotenv read alike", async () => {
    const file = join(settings.folder, "out.env");
    const args = ["run", "--prefix", "app/cache", "TLS=app/database#TLS", "--out", file];
    expect(await runProgram(args, settings)).toMatchObject({ exitCode: 0, stderr: "" });
    const again = await runProgram([...args, "--json"], settings);
    expect(JSON.parse(again.stdout).result).toEqual({
      file,
      format: "env",
      variables: ["TLS", "CACHE_URL", "PORT"],
    });
    expect(statSync(file).mode & 0o777).toBe(0o400);
    const variables = { TLS: "true", CACHE_URL: "redis://cache:6379/0", PORT: "6379" };
    expect(parseEnv(readFileSync(file, "utf8"))).toEqual(variables);
    const shown = execFileSync("sh", ["-c", `. "$1"; echo "$TLS|$CACHE_URL|$PORT"`, "sh", file], {
      encoding: "utf8",
    });
    expect(shown).toBe("true|redis://cache:6379/0|6379\n");
    expect(readdirSync(settings.folder).filter((name) => name.includes("out.env"))).toEqual(["out.env"]);
  });

  test("accepts every character that a shell, Docker and dotenv read alike", async () => {
    const value = "=aZ09_@%+=:,./?*[a-z]{a,b}^!-!";
    const manager = await settings.open();
    await manager.create("plain", { VALUE: value, EMPTY: "" });
    const file = join(settings.folder, "plain.env");
    expect((await runProgram(["run", "--prefix", "plain", "--out", file], settings)).stderr).toBe("");
    const text = readFileSync(file, "utf8");
    // Docker takes the line as it is.
    expect(text).toBe(`VALUE=${value}\nEMPTY=\n`);
    expect(parseEnv(text)).toEqual({ VALUE: value, EMPTY: "" });
    const read = `. "$1"; printf '%s|%s' "$VALUE" "$EMPTY"`;
    expect(execFileSync("sh", ["-c", read, "sh", file], { encoding: "utf8" })).toBe(`${value}|`);
  });

  test("refuses what readers of the format read differently, and writes it as JSON", async () => {
    const file = join(settings.folder, "out.json");
    const args = ["run", "PASSWORD=app/database#PASSWORD", "TLS=app/database#TLS", "--out", file];
    const refused = await runProgram(args, settings);
    expect(refused).toMatchObject({ exitCode: 125, stdout: "" });
    expect(refused.stderr).toContain("PASSWORD");
    expect(refused.stderr).not.toContain("planted");
    expect(existsSync(file)).toBe(false);
    expect(await runProgram([...args, "--format", "json"], settings)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ PASSWORD: "planted one#=", TLS: "true" });
  });

  test("leaves nothing behind when the file cannot be written", async () => {
    const args = ["run", "TLS=app/database#TLS", "--out"];
    const before = readdirSync(settings.folder);
    for (const file of [join(settings.folder, "no-folder/file"), settings.folder]) {
      const { exitCode, stderr } = await runProgram([...args, file], settings);
      expect(exitCode).toBe(125);
      expect(stderr).toMatch(/ENOENT|EISDIR/);
    }
    expect(readdirSync(settings.folder)).toEqual(before);
  });
});
