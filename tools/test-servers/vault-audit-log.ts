import { readFile, stat } from "node:fs/promises";
import { ADMINISTRATION_HEADER, type VaultClient } from "./vault-client.ts";

/** A request that Vault has noted, and what it answered. */
export interface AuditedRequest {
  readonly id: string;
  /** As Vault carries it out: `read`, `create`, `update`, `patch`, `delete` or `list`. */
  readonly operation: string;
  /** What followed `/v1/`, decoded once. */
  readonly path: string;
  /** Whose token it was, such as "approle" or "token". Absent: none, or not a valid one. */
  readonly displayName?: string | undefined;
  readonly policies: readonly string[];
  /** Vault's error. Absent: it succeeded, or is not answered yet. */
  readonly error?: string | undefined;
  /** Whether its answer is noted too. */
  readonly answered: boolean;
}

interface Entry {
  readonly type: "request" | "response";
  readonly error?: string;
  readonly auth?: { readonly display_name?: string; readonly policies?: readonly string[] };
  readonly request: {
    readonly id: string;
    readonly operation: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, unknown>>;
    /** Absent: it is Vault's own. */
    readonly remote_address?: string;
  };
}

/** What the nodes of a cluster ask each other. */
const JOINING = "sys/storage/raft/bootstrap/";

/** The log of an audit device of Vault. It does not contain requests that Vault refuses before it reads the path (sealed, a quota). */
export class VaultAuditLog {
  readonly file: string;
  /** Where in the file an operator's requests are that could not be marked. */
  readonly #leftOut: { readonly from: number; readonly to: number }[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** Lets a server note the header of the administration. */
  async noteAdministration(client: VaultClient): Promise<void> {
    const header = `sys/config/auditing/request-headers/${ADMINISTRATION_HEADER}`;
    await client.demand("POST", header, { hmac: false });
  }

  /** Lets a server write to this log. */
  async enable(client: VaultClient): Promise<void> {
    await client.demand("POST", "sys/audit/file", { type: "file", options: { file_path: this.file } });
  }

  /** Runs what an operator does before the server notes the header of the administration. */
  async leavingOut(run: () => Promise<void>): Promise<void> {
    const from = await this.#size();
    await run();
    this.#leftOut.push({ from, to: await this.#size() });
  }

  /** All requests so far that are not the administration's, in the order in which they came. */
  async requests(): Promise<AuditedRequest[]> {
    const requests = new Map<string, AuditedRequest>();
    // What follows the last line's end is empty, or a line that is being written.
    for (const line of (await this.#content()).split("\n").slice(0, -1)) {
      const { type, error, auth, request } = JSON.parse(line) as Entry;
      if (request.remote_address === undefined || request.path.startsWith(JOINING)) continue;
      if (request.headers?.[ADMINISTRATION_HEADER] !== undefined) continue;
      const { id, operation, path } = request;
      const { display_name: displayName, policies = [] } = auth ?? {};
      requests.set(id, { id, operation, path, displayName, policies, error, answered: type === "response" });
    }
    return [...requests.values()];
  }
  async #content(): Promise<string> {
    const whole = await readFile(this.file);
    const starts = [0, ...this.#leftOut.map(({ to }) => to)];
    const ends = [...this.#leftOut.map(({ from }) => from), whole.length];
    return Buffer.concat(starts.map((start, index) => whole.subarray(start, ends[index]))).toString("utf8");
  }

  async #size(): Promise<number> {
    return stat(this.file).then(
      ({ size }) => size,
      () => 0,
    );
  }
}
