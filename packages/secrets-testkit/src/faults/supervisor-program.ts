/**
 * The program of a process between a test and its server, so that the server ends with the test process, even if that is
 * killed: the channel to this process closes then. It is a text, so that it runs wherever the package is bundled.
 *
 * Its arguments: the folder, the limit for a stop in milliseconds, the command, and the arguments of the command.
 */
export const SUPERVISOR_PROGRAM = `
const { spawn } = require("node:child_process");
const { rmSync } = require("node:fs");
const [folder, limit, command, ...parameters] = process.argv.slice(1);
const say = (message, then = () => {}) => (process.connected ? process.send(message, then) : then());
const end = (how) => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  say({ ended: how }, () => process.exit());
};
// A terminal sends these to all processes at once. The end of the channel decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.stdout.on("error", () => {});
const server = spawn(command, parameters, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
server.on("error", (error) => end(error.code ?? error.message));
server.on("exit", (code, signal) => end(signal ?? "exit code " + code));
say({ pid: server.pid });
const stop = () => {
  server.kill("SIGTERM");
  setTimeout(() => server.kill("SIGKILL"), Number(limit));
};
process.on("message", stop);
process.on("disconnect", stop);
`;
