import { randomUUID } from "node:crypto";
import { MemoryStore } from "@archestra/secrets-core/memory";
import {
  backend,
  definePlugin,
  type Logger,
  type SecretsBackend,
  variable,
} from "@archestra/secrets-core/plugin";
import type { BackendHarness, Fault, FaultForms } from "../../src/index.ts";
import { authenticated, type Login } from "./authenticated.ts";
import { readRow, seedRow } from "./memory-rows.ts";
import { type RecordedVersions, withHistory } from "./recorded-history.ts";
import { type FaultSwitch, openMemory, RemoteMemory } from "./remote-memory.ts";
import { VirtualClock } from "./virtual-clock.ts";

/**
 * Makes something else of a backend that keeps the contract. All clients of a store share `store`, and `clock`, which the suite
 * moves. Each client has its own `login`.
 */
export type WrapBackend = (
  inner: SecretsBackend,
  store: MemoryStore,
  clock: VirtualClock,
  login: Login,
) => SecretsBackend | Promise<SecretsBackend>;

const TOKEN = "REMOTE_TOKEN";

const newToken = () => `token-${randomUUID()}`;

/** What a plugin does with its store before it creates a backend. */
export type Opening = (
  next: Readonly<FaultSwitch>,
  signal: AbortSignal,
  logger: Logger,
) => void | Promise<void>;

/**
 * A harness that lacks nothing, for a backend over memory.
 *
 * @param encrypted whether the backend encrypts what it stores
 */
export function remoteHarness(
  wrap: WrapBackend = (inner) => inner,
  opening: Opening = () => {},
  encrypted = false,
): BackendHarness {
  return {
    open() {
      const store = new MemoryStore();
      const versions: RecordedVersions = new Map();
      const place = randomUUID();
      const next: FaultSwitch = {};
      const clock = new VirtualClock();
      let token = newToken();
      let connections = 0;
      const plugin = definePlugin({
        kind: backend,
        id: "REMOTE",
        contractVersion: 1,
        settings: {
          token: variable(TOKEN, { secret: true, live: true, required: true, description: "The token." }),
        },
        create: async (settings, { signal, logger }) => {
          await opening(next, signal, logger);
          connections++;
          const login = { token: settings.token };
          const memory = withHistory(await openMemory(store), versions);
          const remote = new RemoteMemory(memory, next, place, () => connections--);
          // Reading the token takes turns of the event loop, which the other cases do without.
          const isRotating = settings.token.mayChange;
          const server = isRotating ? authenticated(remote, login, (text) => text === token) : remote;
          return wrap(server, store, clock, login);
        },
      });
      const formsOf = (fault: Fault): FaultForms => [
        function once() {
          Object.assign(next, { fault, isLasting: false });
        },
        function lasting() {
          Object.assign(next, { fault, isLasting: true });
          return () => {
            next.fault = undefined;
          };
        },
      ];
      return {
        plugins: [plugin],
        env: { [TOKEN]: token },
        encrypted,
        connections: () => connections,
        rotate() {
          token = newToken();
          return { [TOKEN]: token };
        },
        readRaw: (name) => readRow(store, name),
        seedRaw: (name, text) => seedRow(store, name, text),
        passTime: (milliseconds) => clock.pass(milliseconds),
        faults: {
          unauthenticated: formsOf("unauthenticated"),
          "permission-denied": formsOf("permission-denied"),
          "rate-limited": formsOf("rate-limited"),
          unavailable: formsOf("unavailable"),
          timeout: formsOf("timeout"),
          "lost-answer": formsOf("lost-answer"),
          "lost-request": formsOf("lost-request"),
          "hanging-answer": formsOf("hanging-answer"),
          nonsense: formsOf("nonsense"),
        },
      };
    },
  };
}
