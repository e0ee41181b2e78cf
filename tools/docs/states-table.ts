import { states } from "../../packages/secrets-core/src/ownership/states.ts";

const readers = {
  present: "read it from its owner; it is listed and counted",
  uncertain: "read it from its owner; a value there is the secret",
  absent: "receive absence",
} as const;
const writers = {
  proceed: "proceed",
  wait: "wait within their deadline, then CONFLICT",
  "wait briefly": "wait for two seconds at most, then CONFLICT",
} as const;
const whenStale = {
  nothing: "",
  activate: "becomes `active`, with its copy",
  confirm: "becomes `active` if its owner has a value, and is removed otherwise",
  delete: "the next caller takes the deletion over and completes it",
} as const;

/** The table of the states of an entry, from the state machine itself. */
export function statesTable(): string {
  const rows = Object.entries(states).map(
    ([state, rules]) =>
      `| \`${state}\` | ${readers[rules.secret]} | ${writers[rules.writers]} | ${whenStale[rules.whenStale]} |`,
  );
  return ["| State | Readers | Writers | When stale |", "|---|---|---|---|", ...rows].join("\n");
}

/** What a diagram of the states contradicts. Undefined: it has every state, no other, and each recovery of a stale one. */
export function diagramProblem(page: string): string | undefined {
  const diagram = /```mermaid\nstateDiagram-v2\n(?<text>.*?)```/s.exec(page)?.groups?.text;
  if (diagram === undefined) return "has no diagram of the states";
  const arrows = [...diagram.matchAll(/^\s*(\S+) --> (\S+)(?:: (.*))?$/gm)].map(
    ([, from = "", to = "", label = ""]) => ({ from, to, label }),
  );
  const shown = new Set(arrows.flatMap(({ from, to }) => [from, to]).filter((state) => state !== "[*]"));
  const unknown = [...shown].find((state) => !Object.hasOwn(states, state));
  if (unknown !== undefined) return `its diagram has the state ${unknown}, which states.ts does not have`;
  const missing = Object.keys(states).find((state) => !shown.has(state));
  if (missing !== undefined) return `its diagram lacks the state ${missing}`;
  for (const [state, rules] of Object.entries(states)) {
    const targets = recoveries[rules.whenStale];
    const stale = arrows.filter(({ from, label }) => from === state && label.includes("stale"));
    const drawn = stale.map(({ to }) => to).sort();
    if (drawn.join() !== [...targets].sort().join()) {
      return `its diagram must lead from a stale ${state} to ${targets.join(" and ") || "no state"}`;
    }
  }
  return undefined;
}

const recoveries = {
  nothing: [],
  activate: ["active"],
  confirm: ["active", "[*]"],
  delete: ["[*]"],
} as const;
