import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { describeVault } from "../vault-tests.ts";

const module = fileURLToPath(new URL("../vault-server.ts", import.meta.url));
const program = `
  const { startVault } = await import(${JSON.stringify(module)});
  const { address, folder } = await startVault();
  console.log(JSON.stringify({ address, folder }));`;

describeVault("a Vault whose starter is killed", () => {
  test("ends, and its folder is removed", async () => {
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(starter.stdout, "data");
    const { address, folder } = JSON.parse(String(line)) as { address: string; folder: string };
    expect((await fetch(`${address}/v1/sys/health`)).status).toBe(200);
    expect(existsSync(folder)).toBe(true);
    starter.kill("SIGKILL");
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), 20_000);
    // The first request may take the connection that was left, before it hears of its end.
    await vi.waitFor(
      () =>
        expect(fetch(`${address}/v1/sys/health`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } }),
      20_000,
    );
  });
});
