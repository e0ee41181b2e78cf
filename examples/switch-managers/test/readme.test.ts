import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { prepare, sqliteDatabase } from "./managers.ts";
import { RunningApplication } from "./running-application.ts";

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of the part that an operator follows. */
function blocks(): Block[] {
  const page = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const [, followed = ""] = /^## Follow the steps\n([\s\S]*?)^## /m.exec(page) ?? [];
  const found = followed.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm);
  return [...found].map(([, language, text]) => ({ language: language as string, text: text as string }));
}

describeVault("the README", () => {
  test("can be followed command by command, with the documented output", async () => {
    const { onVault, vaultServer } = await prepare(sqliteDatabase());
    // Where the database and Vault are, and a secret that nobody reads, differ here.
    const own = new Map(Object.entries(onVault));
    const env = new Map<string, string>();
    let application: RunningApplication | undefined;
    /** What the last command has brought: an answer, or texts. */
    let seen: unknown;
    let shown = 0;

    const run = async (command: string) => {
      const [, name, value] = /^export (\w+)=(\S+|".*")$/.exec(command) ?? [];
      if (name !== undefined) {
        const isOwn = /_(URL|SECRET|ADDR|TOKEN)$/.test(name);
        env.set(name, isOwn ? (own.get(name) as string) : (value as string));
      } else if (command === "npx --yes pnpm@12 start") {
        await application?.terminate();
        application = await RunningApplication.start(Object.fromEntries(env));
        seen = application.log.map(({ message }) => message);
      } else if (command.startsWith("curl ")) {
        seen = await ask(application as RunningApplication, command);
      } else if (command === "vault kv list -mount=secret archestra") {
        seen = [["Keys", "----", ...Object.keys(await vaultServer.secrets())].join("\n")];
      } else {
        // These make what the test has already.
        expect([
          "vault server -dev -dev-root-token-id=root",
          "npx --yes pnpm@12 build",
          "cd examples/switch-managers",
        ]).toContain(command);
      }
    };

    for (const { language, text } of blocks()) {
      if (language === "sh") for (const command of text.split("\n")) await run(command);
      else {
        if (language === "json") expect(seen).toMatchObject(JSON.parse(text));
        else expect(seen).toContain(text);
        shown++;
      }
    }
    expect(shown).toBeGreaterThan(10);
    expect(await vaultServer.secrets()).toEqual({});
  });
});

/** Sends what a `curl` command sends; asked for the state of a migration, once it has ended. */
async function ask(application: RunningApplication, command: string): Promise<unknown> {
  const [, method = "GET", path, body] =
    /^curl (?:-X (\w+) )?localhost:8080(\/\S*)(?: -d '(.*)')?$/.exec(command) ?? [];
  if (path === undefined) throw new Error(`The README has a command that this test cannot run: ${command}`);
  if (method === "GET" && path === "/migration") return application.ended();
  return (await application.request(method, path, body)).body;
}
