import { type ServerProcess, startServerProcess } from "@archestra/secrets-testkit/faults";
import { createClient } from "@redis/client";

/** Made for these tests. It protects nothing. */
export const KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/** Starts a Redis or a Valkey on a free port. */
export function startRedis(...options: readonly string[]): Promise<ServerProcess> {
  return startServerProcess({
    command: process.env.REDIS_BINARY || "redis-server",
    arguments: ({ port }) => ["--port", String(port), "--bind", "127.0.0.1", "--save", "", ...options],
    ready: /Ready to accept connections/,
  });
}

/** One server for all cases of a test file, with an append-only file, as `check` demands. */
export const server = await startRedis("--appendonly", "yes");

/** Accesses the server without the plugin. */
export const admin = createClient({ url: `redis://127.0.0.1:${server.port}` });
await admin.connect();
admin.unref();
