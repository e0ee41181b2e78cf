import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort, type ServerProcessOptions, startServerProcess } from "../../src/faults.ts";
import { LineClient } from "../support/line-server.ts";

const LISTEN = `require("node:net").createServer((socket) => socket.pipe(socket)).listen(Number(process.argv[1]), "127.0.0.1", () => console.log("ready"));`;

const node = (program: string): ServerProcessOptions => ({
  command: process.execPath,
  arguments: ({ port }) => ["--eval", program, String(port)],
});

async function startOfTest(options: ServerProcessOptions) {
  const server = await startServerProcess(options);
  onTestFinished(() => server.stop());
  return server;
}

test("a server is ready when it accepts connections, runs in a folder of its own, and stops", async () => {
  const server = await startOfTest(node(LISTEN));
  expect(await (await LineClient.open(server)).ask("echo")).toBe("echo");
  expect(existsSync(server.folder)).toBe(true);
  expect(server.pid).toBeGreaterThan(0);
  await Promise.all([server.stop(), server.stop()]);
  expect(existsSync(server.folder)).toBe(false);
  expect(() => process.kill(server.pid, 0)).toThrow("ESRCH");
  await expect(LineClient.open(server)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a server is ready when its output or a function says so", async () => {
  const late = `setTimeout(() => { ${LISTEN} }, 100)`;
  const server = await startOfTest({ ...node(late), ready: /^ready$/m });
  expect(server.output).toBe("ready\n");
  let calls = 0;
  const ready = async () => {
    if (++calls === 1) throw new Error("not yet");
    return calls === 3;
  };
  await startOfTest({ ...node(LISTEN), ready });
  expect(calls).toBe(3);
});

test("variables of the environment reach the server", async () => {
  const program = `console.log("given:" + process.env.GIVEN); ${LISTEN}`;
  const server = await startOfTest({ ...node(program), env: { GIVEN: "yes" }, ready: /ready/ });
  expect(server.output).toContain("given:yes");
});

test("a server that ends before it is ready is an error with its last output", async () => {
  const program = `for (let line = 0; line < 30; line++) console.log("line " + line); console.error("no memory"); process.exitCode = 3`;
  const failure = await startServerProcess(node(program)).catch((error: Error) => error.message);
  expect(failure).toMatch(/ended with exit code 3 before it was ready\. Its last output:\nline 1\d\n/);
  expect(failure).toContain("line 29\n");
  expect(failure).toContain("no memory");
  expect(failure).not.toContain("line 9\n");
});

test("a command that does not exist is an error", async () => {
  const started = startServerProcess({ command: "/nowhere/server", arguments: () => ["--password=planted"] });
  await expect(started).rejects.toThrow(
    "server ended with ENOENT before it was ready. Its last output:\n(nothing)",
  );
});

test("a server that is not ready in time is stopped", async () => {
  let folder = "";
  const ready = (server: { folder: string }) => {
    folder = server.folder;
    return false;
  };
  const started = startServerProcess({ ...node(LISTEN), ready, readyTimeout: 300 });
  await expect(started).rejects.toThrow("was not ready within 300 ms. Its last output:\n");
  expect(existsSync(folder)).toBe(false);
});

test("a server that ignores SIGTERM is killed after the limit", async () => {
  const program = `process.on("SIGTERM", () => console.log("ignored")); ${LISTEN}`;
  const server = await startOfTest({ ...node(program), ready: /ready/, stopTimeout: 200 });
  await server.stop();
  expect(server.output).toContain("ignored");
  expect(() => process.kill(server.pid, 0)).toThrow("ESRCH");
});

test("a server ends with the process that started it, when that is killed or forgets it", async () => {
  const module = fileURLToPath(new URL("../../src/faults.ts", import.meta.url));
  for (const isKilled of [true, false]) {
    const program = `
      const { startServerProcess } = await import(${JSON.stringify(module)});
      const { pid, folder } = await startServerProcess({
        command: process.execPath,
        arguments: ({ port }) => ["--eval", ${JSON.stringify(LISTEN)}, String(port)],
      });
      console.log(JSON.stringify({ pid, folder }));
      ${isKilled ? "setInterval(() => {}, 1_000);" : ""}`;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(starter, "exit");
    const [line] = await once(starter.stdout, "data");
    const { pid, folder } = JSON.parse(String(line)) as { pid: number; folder: string };
    if (isKilled) starter.kill("SIGKILL");
    await ended;
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), 20_000);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  }
});

test("free ports are never returned twice", async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
});
