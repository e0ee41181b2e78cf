/** How far the storage of a cluster was when it answered, by the header X-Vault-Index. */
export interface IndexPosition {
  /** The header as received. It is sent back unchanged: Vault Enterprise signs it. */
  readonly text: string;
  readonly cluster: string;
  /** One of two positions of the same cluster is newer when none of its counters is lower. */
  readonly counters: readonly bigint[];
  /** Returns the header with the highest possible position. Absent: the server accepts only headers that it created. */
  readonly beyondAll?: () => string;
}

/** Signed 64 bits, so that no reader of the number refuses it. */
const HIGHEST_NUMBER = "9223372036854775807";
const HIGHEST_WAL_LOCATION = "7FFFFFFF/FFFFFFFF";

/**
 * Reads the header X-Vault-Index. Three forms are known: OpenBao 2.7 sends base64 of `{"cluster":…,"value":…}`, later
 * versions `cluster:value`, and Vault Enterprise base64 of `v1:cluster:local:replicated:signature`. A value of OpenBao is
 * a number on raft, and a location in the write-ahead log on PostgreSQL.
 *
 * @returns undefined for a form that is not known, which can be sent back but not compared
 */
export function readIndexPosition(text: string): IndexPosition | undefined {
  // Base64 has no colon.
  const colon = text.indexOf(":");
  if (colon > 0) {
    const [cluster, value] = [text.slice(0, colon), text.slice(colon + 1)];
    return position(text, cluster, [value], () => `${cluster}:${highest(value)}`);
  }
  const decoded = Buffer.from(text, "base64").toString("latin1");
  if (decoded.startsWith("{")) return readJson(text, decoded);
  const [version, cluster, local, replicated] = decoded.split(":");
  if (version !== "v1" || !cluster || !local || !replicated) return undefined;
  return position(text, cluster, [local, replicated]);
}

/** Whether the first position is at least as far as the other one in everything. */
export function isAtLeast(one: IndexPosition, other: IndexPosition): boolean {
  return one.counters.every((counter, index) => counter >= (other.counters[index] ?? 0n));
}

function readJson(text: string, decoded: string): IndexPosition | undefined {
  try {
    const { cluster, value } = JSON.parse(decoded) as {
      readonly cluster?: unknown;
      readonly value?: unknown;
    };
    if (typeof cluster !== "string" || typeof value !== "string") return undefined;
    return position(text, cluster, [value], () =>
      Buffer.from(JSON.stringify({ cluster, value: highest(value) })).toString("base64"),
    );
  } catch {
    return undefined;
  }
}

function position(
  text: string,
  cluster: string,
  values: readonly string[],
  beyondAll?: () => string,
): IndexPosition | undefined {
  const counters = values.map(readCounter);
  if (counters.includes(undefined)) return undefined;
  const known = { text, cluster, counters: counters as readonly bigint[] };
  return beyondAll === undefined ? known : { ...known, beyondAll };
}

function readCounter(value: string): bigint | undefined {
  if (/^\d{1,20}$/.test(value)) return BigInt(value);
  const location = /^([\dA-F]{1,8})\/([\dA-F]{1,8})$/i.exec(value);
  if (location === null) return undefined;
  return (BigInt(`0x${location[1]}`) << 32n) | BigInt(`0x${location[2]}`);
}

function highest(value: string): string {
  return value.includes("/") ? HIGHEST_WAL_LOCATION : HIGHEST_NUMBER;
}
