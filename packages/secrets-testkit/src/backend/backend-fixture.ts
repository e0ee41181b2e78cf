import { setTimeout as sleep } from "node:timers/promises";
import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  isSecretsError,
  type SecretsManager,
} from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import type {
  CallContext,
  Plugin,
  SecretsBackend,
  SecretValue,
  Setting,
  VariableDeclaration,
} from "@archestra/secrets-core/plugin";
import { fail } from "../expectation/expectation.ts";
import { CannotHappen, HarnessGap, NotDeclared } from "../runner/case-ending.ts";
import type { PluginErrors } from "../runner/plugin-errors.ts";
import type { ArrangeFault, Fault, ImpossibleFault, LiftFault, TestStore } from "./backend-harness.ts";
import { CredentialFiles } from "./credential-files.ts";
import { observePlugin } from "./observed-plugin.ts";
import { RecordedWarnings } from "./recorded-warnings.ts";

/** A client of the store: a manager and its backend. */
export interface BackendClient {
  readonly manager: SecretsManager;
  readonly backend: SecretsBackend;
}

/** Ends an injected fault. */
export interface EndFault {
  (): Promise<void>;
  /** Whether the fault lasts until it is ended. False: it hits one request. */
  readonly isLasting: boolean;
  /** Whether a repeated request may succeed: the fault hits one request, and has other forms. */
  readonly allowsSuccess: boolean;
}

type ClientOptions = Pick<CreateSecretsManagerOptions, "timeout" | "signal" | "cache">;

interface FixtureOptions {
  /** The cache option of every client of the case. @default no cache */
  readonly cache?: ClientOptions["cache"];
  /** Records what the plugin throws. @default it is not recorded */
  readonly errors?: PluginErrors | undefined;
  /** The index of the form of a fault to inject, if it has several. @default 0 */
  readonly form?: number;
  /** Opens another store. Absent: the case needs none. */
  readonly openOther?: () => Promise<BackendFixture>;
}

const CONTEXT_TIMEOUT = 30_000;
/** The deadline of a call: a third of the default, so that a plugin that retries without end fails in time. */
const CALL_TIMEOUT = 10_000;
/** The attempts to open a client with a short timeout, which also limits its start: a busy machine needs longer. */
const SHORT_STARTS = 5;

/** The fixture of a case of the backend suite: a store, and the clients that the case opens. */
export class BackendFixture {
  readonly store: TestStore;
  readonly #warnings = new RecordedWarnings();
  readonly #table = [memoryPlugin({ store: new MemoryStore() })];
  readonly #clients: BackendClient[] = [];
  readonly #lifts: LiftFault[] = [];
  readonly #cache: ClientOptions["cache"];
  readonly #form: number;
  readonly #errors: PluginErrors | undefined;
  readonly #openOther: (() => Promise<BackendFixture>) | undefined;
  #others: BackendFixture[] = [];
  #formCount = 1;
  #formName: string | undefined;

  constructor(store: TestStore, { cache, errors, form = 0, openOther }: FixtureOptions = {}) {
    this.store = store;
    this.#errors = errors;
    this.#cache = cache;
    this.#form = form;
    this.#openOther = openOther;
  }

  /** The largest number of forms of the faults that were injected so far. */
  get formCount(): number {
    return this.#formCount;
  }

  /** A description of the form of an injected fault. Undefined: none with several forms was injected. */
  get formName(): string | undefined {
    return this.#formName;
  }

  /** The id of the plugin under test. */
  get managerId(): string {
    return this.store.plugins[0].id;
  }

  /** The warnings of the plugin and its clients so far. */
  get warnings(): RecordedWarnings["warnings"] {
    return this.#warnings.warnings;
  }

  /** Opens another client. */
  open(options: ClientOptions = {}): Promise<BackendClient> {
    return this.#open([], options);
  }

  /** Opens another client, and reports when the plugin's `create` has ended, which core may not have waited for. */
  openObserved(options: ClientOptions, onCreateEnd: () => void): Promise<BackendClient> {
    return this.#open([], options, onCreateEnd);
  }

  async #open(
    tables: readonly Plugin[],
    options: ClientOptions & { readonly env?: Environment },
    onCreateEnd?: () => void,
  ): Promise<BackendClient> {
    const [original, ...others] = this.store.plugins;
    const { plugin, product } = observePlugin(original, this.#errors, onCreateEnd);
    const start = () =>
      createSecretsManager({
        plugins: [plugin, ...others, ...tables],
        manager: plugin.id,
        env: this.store.env ?? {},
        logger: this.#warnings,
        timeout: CALL_TIMEOUT,
        ...(this.#cache === undefined ? {} : { cache: this.#cache }),
        ...options,
      });
    const manager = await (options.timeout === undefined ? start() : startInTime(start));
    const backend = product();
    if (backend === undefined) {
      await manager.close();
      fail(`the plugin ${plugin.id} to open with the settings of the harness`, "another one took over");
    }
    const client = { manager, backend };
    this.#clients.push(client);
    return client;
  }

  /** Opens a manager that routes its calls by an ownership table in memory, with the plugin under test selected. */
  async openBesideTable(): Promise<SecretsManager> {
    return (await this.#open(this.#table, {})).manager;
  }

  /**
   * Opens a client whose live variables come from files. Ends the case if no variable is live, or if the harness cannot replace
   * the credential.
   *
   * @returns the client, a function that replaces the credential and then the files, and one that replaces the credential and
   * removes the files, and returns a function that writes the new ones
   */
  async openRotating(): Promise<
    BackendClient & { readonly rotate: () => Promise<void>; readonly loseFiles: () => Promise<() => void> }
  > {
    const { env = {}, plugins, rotate } = this.store;
    const live = plugins.flatMap(({ settings }) => Object.values(settings).filter(isLive));
    const names = live.flatMap(({ name }) => (env[name] === undefined ? [] : [name]));
    if (names.length === 0) throw new NotDeclared("no variable that the harness sets is `live`");
    if (rotate === undefined) throw new HarnessGap("the harness has no `rotate`");
    if (isImpossible(rotate)) throw new CannotHappen(rotate.cannotHappen);
    const files = new CredentialFiles();
    this.#lifts.push(() => files.remove());
    const client = await this.#open([], { env: files.env(env, names) });
    const replace = async () => {
      const values = await rotate();
      const unknown = Object.keys(values).filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        const came = `it also returns ${unknown.join(", ")}`;
        fail(`\`rotate\` of the harness to return only ${names.join(", ")}`, came);
      }
      return values;
    };
    return {
      ...client,
      rotate: async () => files.write(await replace()),
      loseFiles: async () => {
        const values = await replace();
        files.lose(Object.keys(values));
        return () => files.write(values);
      },
    };
  }

  /** Opens a client and creates secrets. */
  async openWith(secrets: Readonly<Record<string, SecretValue>>): Promise<BackendClient> {
    const client = await this.open();
    for (const [name, value] of Object.entries(secrets)) await client.manager.create(name, value);
    return client;
  }

  /** Opens a client. Ends the case if the plugin does not declare the capabilities. */
  async openDeclaring(
    ...wanted: readonly ("versions" | "conditionalWrites" | "list")[]
  ): Promise<BackendClient> {
    const client = await this.open();
    for (const capability of wanted) {
      if (!client.backend.capabilities[capability]) {
        throw new NotDeclared(`\`capabilities.${capability}\` is not true`);
      }
    }
    return client;
  }

  /** Opens another store, whose faults are injected independently. It ends with this one. */
  async openStore(): Promise<BackendFixture> {
    if (this.#openOther === undefined) throw new TypeError("The fixture cannot open another store.");
    const other = await this.#openOther();
    this.#others.push(other);
    return other;
  }

  /** Ends the case if clients cache: it reads what another client wrote meanwhile. */
  needsFreshReads(): void {
    if (this.#cache !== undefined) throw new NotDeclared("clients cache what they have read");
  }

  /** Creates the context of a direct call of the backend, without a manager. */
  context(signal: AbortSignal = new AbortController().signal): CallContext {
    return {
      signal,
      deadline: Date.now() + CONTEXT_TIMEOUT,
      reserve: CONTEXT_TIMEOUT / 5,
      logger: this.#warnings,
    };
  }

  /** Returns whether the harness can inject a fault. */
  canArrange(fault: Fault): boolean {
    return this.#formsOf(fault).length > 0;
  }

  /** Ends the case if the harness cannot inject a fault: as a gap, unless the fault cannot happen. */
  needsFault(fault: Fault): void {
    const given = this.store.faults?.[fault];
    if (isImpossible(given)) {
      if (given.cannotHappen.trim() !== "") throw new CannotHappen(given.cannotHappen);
      throw new HarnessGap(`the harness has no reason in \`faults["${fault}"].cannotHappen\``);
    }
    if (!this.canArrange(fault)) throw new HarnessGap(`the harness has no \`faults["${fault}"]\``);
  }

  /** Ends the case if the paths of two stores may be equal. */
  needsDistinctPaths(): void {
    const { distinctPaths } = this.store;
    if (distinctPaths !== undefined) throw new CannotHappen(distinctPaths.cannotHappen);
  }

  /** Injects a fault. @returns a function that ends it */
  async arrange(fault: Fault): Promise<EndFault> {
    this.needsFault(fault);
    const forms = this.#formsOf(fault);
    const index = Math.min(this.#form, forms.length - 1);
    const form = forms[index];
    this.#formCount = Math.max(this.#formCount, forms.length);
    if (forms.length > 1) {
      this.#formName = `form ${index + 1} of ${forms.length} of ${fault}${form?.name ? `, \`${form.name}\`` : ""}`;
    }
    return this.#inject(form, forms.length);
  }

  /**
   * Injects a fault in its first form that lasts until it is ended, whatever form the case runs with. If it has none, injects
   * its last form.
   */
  async arrangeLasting(fault: Fault): Promise<EndFault> {
    this.needsFault(fault);
    const forms = this.#formsOf(fault);
    const [first, ...others] = forms;
    let end = await this.#inject(first, forms.length);
    for (const form of others) {
      if (end.isLasting) break;
      end = await this.#inject(form, forms.length);
    }
    return end;
  }

  async #inject(form: ArrangeFault | undefined, formCount: number): Promise<EndFault> {
    let lift = await form?.();
    const isLasting = typeof lift === "function";
    const liftOnce = async () => {
      const current = lift;
      lift = undefined;
      await current?.();
    };
    this.#lifts.push(liftOnce);
    return Object.assign(liftOnce, { isLasting, allowsSuccess: !isLasting && formCount > 1 });
  }

  /** Lets a time pass for the plugin and its store. */
  async passTime(milliseconds: number): Promise<void> {
    await (this.store.passTime ?? sleep)(milliseconds);
  }

  #formsOf(fault: Fault): readonly ArrangeFault[] {
    const forms = this.store.faults?.[fault];
    if (forms === undefined || isImpossible(forms)) return [];
    return typeof forms === "function" ? [forms] : forms;
  }

  /** Returns the stored text of a secret. Ends the case as a gap if the harness cannot read it. */
  async readRaw(name: string): Promise<string | undefined> {
    if (this.store.readRaw === undefined) throw new HarnessGap("the harness has no `readRaw`");
    return this.store.readRaw(name);
  }

  /** Stores a text in place of a value. Ends the case as a gap if the harness cannot. */
  async seedRaw(name: string, text: string): Promise<void> {
    if (this.store.seedRaw === undefined) throw new HarnessGap("the harness has no `seedRaw`");
    await this.store.seedRaw(name, text);
  }

  /** Ends the injected faults, closes every client and removes the store. */
  async end(): Promise<void> {
    for (const other of this.#others) await other.end();
    for (const lift of this.#lifts) await lift();
    const closed = await Promise.allSettled(this.#clients.map(({ manager }) => manager.close()));
    await this.store.close?.();
    const failed = closed.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

function isImpossible(member: unknown): member is ImpossibleFault {
  return typeof member === "object" && member !== null && "cannotHappen" in member;
}

function isLive(setting: Setting): setting is Setting & VariableDeclaration {
  return setting.type === "variable" && setting.live === true && setting.secret === true;
}

async function startInTime<Result>(start: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === SHORT_STARTS || !isSecretsError(error, "TIMEOUT")) throw error;
    }
  }
}
