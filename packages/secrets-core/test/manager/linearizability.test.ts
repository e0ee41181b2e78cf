import { explainNonLinearizable } from "@archestra/test-harness/linearizability";
import type { Answer, Asked, RecordedOperation } from "@archestra/test-harness/recorded-operation";
import { expect, test } from "vitest";

type Line = readonly [calledAt: number, returnedAt: number, asked: Asked, answer: Answer];

const create = (value: string): Asked => ({ call: "create", value });
const set = (value: string): Asked => ({ call: "set", value });
const update = (value: string, ifVersion?: string): Asked => ({ call: "update", value, ifVersion });
const updateBy = (saw: string, gave: string, ifVersion?: string): Asked => ({
  call: "updateBy",
  ifVersion,
  lastRun: { saw, gave },
});
/** A refresh whose own function ran, or one that was a read. */
const refresh = (saw?: string, gave = ""): Asked => ({
  call: "refresh",
  lastRun: saw === undefined ? undefined : { saw, gave },
});
const remove = (ifVersion?: string): Asked => ({ call: "delete", ifVersion });
const get: Asked = { call: "get" };
const has: Asked = { call: "has" };

const gave = (version: string): Answer => ({ is: "written", version });
const found = (version: string, value: string): Answer => ({ is: "read", secret: { version, value } });
const refreshed = (version: string | undefined, value: string): Answer => ({
  is: "refreshed",
  version,
  value,
});
const absent: Answer = { is: "read", secret: undefined };
const deleted = (existed: boolean): Answer => ({ is: "deleted", existed });
const exists = (answer: boolean): Answer => ({ is: "asked", exists: answer });
const refused = (code: "ALREADY_EXISTS" | "NOT_FOUND" | "CONFLICT"): Answer => ({ is: "refused", code });
const unknown: Answer = { is: "unknown" };
const inTransition: Answer = { is: "in transition" };

function explain(lines: readonly Line[]): string | undefined {
  const history = lines.map(
    ([calledAt, returnedAt, asked, answer], index): RecordedOperation => ({
      client: `client ${index}`,
      calledAt,
      returnedAt,
      asked,
      answer,
    }),
  );
  return explainNonLinearizable(history);
}

const explainable: readonly [words: string, lines: readonly Line[]][] = [
  ["nothing at all", []],
  [
    "one call after the other",
    [
      [1, 2, get, absent],
      [3, 4, has, exists(false)],
      [5, 6, update("a"), refused("NOT_FOUND")],
      [7, 8, remove("old"), deleted(false)],
      [9, 10, create("b"), gave("1")],
      [11, 12, create("c"), refused("ALREADY_EXISTS")],
      [13, 14, update("d", "1"), gave("2")],
      [15, 16, update("e", "1"), refused("CONFLICT")],
      [17, 18, updateBy("d", "f", "2"), gave("3")],
      [19, 20, remove("2"), refused("CONFLICT")],
      [21, 22, get, found("3", "f")],
      [23, 24, remove("3"), deleted(true)],
      [25, 26, set("g"), gave("4")],
      [27, 28, has, exists(true)],
    ],
  ],
  [
    "a read of either value while a write is in progress",
    [
      [1, 2, set("a"), gave("1")],
      [3, 10, set("b"), gave("2")],
      [4, 5, get, found("1", "a")],
      [6, 7, get, found("2", "b")],
    ],
  ],
  [
    "overlapping writes in the opposite order of their calls",
    [
      [1, 8, set("a"), gave("2")],
      [2, 7, set("b"), gave("1")],
      [3, 6, create("c"), gave("0")],
      [9, 10, get, found("2", "a")],
    ],
  ],
  [
    "two functions that overlap, one upon the other",
    [
      [1, 2, create("a"), gave("1")],
      [3, 8, updateBy("b", "c"), gave("3")],
      [4, 7, updateBy("a", "b"), gave("2")],
    ],
  ],
  [
    "an unknown write that is seen late",
    [
      [1, 2, set("a"), gave("1")],
      [3, 4, set("b"), unknown],
      [5, 6, get, found("1", "a")],
      [7, 8, get, found("2", "b")],
      [9, 10, update("c", "2"), gave("3")],
    ],
  ],
  [
    "an unknown write that never happened",
    [
      [1, 2, set("a"), gave("1")],
      [3, 4, update("b"), unknown],
      [5, 6, update("c", "1"), gave("2")],
    ],
  ],
  [
    "an unknown write whose version is never read",
    [
      [1, 2, set("a"), gave("1")],
      [3, 4, set("b"), unknown],
      [5, 6, update("c", "1"), refused("CONFLICT")],
      [7, 8, updateBy("b", "d"), gave("3")],
    ],
  ],
  [
    "refreshes that were reads, and some whose functions ran, with and without their versions",
    [
      [1, 2, refresh(), refused("NOT_FOUND")],
      [3, 4, create("a"), gave("1")],
      [5, 6, refresh(), found("1", "a")],
      [7, 12, refresh("a", "b"), refreshed("2", "b")],
      [8, 9, get, found("1", "a")],
      [10, 11, refresh(), found("2", "b")],
      [13, 14, refresh("b", "c"), refreshed(undefined, "c")],
      [15, 16, get, found("3", "c")],
      [17, 18, refresh("c", "d"), unknown],
      [19, 20, get, found("4", "d")],
    ],
  ],
  [
    "calls that met a change in the middle, whatever the secret was",
    [
      [1, 2, create("a"), inTransition],
      [3, 4, get, absent],
      [5, 6, create("b"), gave("1")],
      [7, 8, set("c"), inTransition],
      [9, 10, remove(), inTransition],
      [11, 12, updateBy("b", "d"), inTransition],
      [13, 14, get, found("1", "b")],
    ],
  ],
  [
    "an unknown deletion",
    [
      [1, 2, set("a"), gave("1")],
      [3, 4, remove(), unknown],
      [5, 6, has, exists(true)],
      [7, 8, has, exists(false)],
      [9, 10, create("b"), gave("2")],
    ],
  ],
];

test.each(explainable)("accepts %s", (_words, lines) => {
  expect(explain(lines)).toBeUndefined();
});

const unexplainable: readonly [words: string, lines: readonly Line[]][] = [
  [
    "a stale read after an acknowledged write",
    [
      [1, 2, set("a"), gave("1")],
      [3, 4, set("b"), gave("2")],
      [5, 6, get, found("1", "a")],
    ],
  ],
  [
    "reads that go back while a write is in progress",
    [
      [1, 2, set("a"), gave("1")],
      [3, 10, set("b"), gave("2")],
      [4, 5, get, found("2", "b")],
      [6, 7, get, found("1", "a")],
    ],
  ],
  [
    "an update that is lost, because two functions saw the same value",
    [
      [1, 2, create("a"), gave("1")],
      [3, 8, updateBy("a", "b"), gave("2")],
      [4, 7, updateBy("a", "c"), gave("3")],
    ],
  ],
  [
    "two refreshes from one value",
    [
      [1, 2, create("a"), gave("1")],
      [3, 8, refresh("a", "b"), refreshed("2", "b")],
      [4, 7, refresh("a", "c"), refreshed("3", "c")],
    ],
  ],
  [
    "a refresh that is lost, because another process wrote what it had read before",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, refresh("a", "b"), refreshed("2", "b")],
      [5, 6, updateBy("a", "c"), gave("3")],
    ],
  ],
  [
    "a refresh that returns what was replaced before its call",
    [
      [1, 2, set("a"), gave("1")],
      [3, 4, set("b"), gave("2")],
      [5, 6, refresh(), found("1", "a")],
    ],
  ],
  [
    "an update on a version that was replaced",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, set("b"), gave("2")],
      [5, 6, update("c", "1"), gave("3")],
    ],
  ],
  [
    "two updates of one version",
    [
      [1, 2, create("a"), gave("1")],
      [3, 6, update("b", "1"), gave("2")],
      [4, 5, update("c", "1"), gave("3")],
    ],
  ],
  [
    "a version that is given to two writes",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, set("b"), gave("1")],
    ],
  ],
  [
    "a version that is reused after a deletion",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, remove(), deleted(true)],
      [5, 6, create("b"), gave("1")],
    ],
  ],
  [
    "a version that an unknown write shares",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, set("b"), unknown],
      [5, 6, get, found("1", "b")],
    ],
  ],
  [
    "a version that changes by itself",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, get, found("2", "a")],
    ],
  ],
  [
    "a value that is back after its deletion",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, remove(), deleted(true)],
      [5, 6, get, found("1", "a")],
    ],
  ],
  [
    "an unknown write that happens twice",
    [
      [1, 2, set("a"), unknown],
      [3, 4, get, found("1", "a")],
      [5, 6, remove(), deleted(true)],
      [7, 8, get, found("1", "a")],
    ],
  ],
  [
    "a value whose write met a change in the middle",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, set("b"), inTransition],
      [5, 6, get, found("2", "b")],
    ],
  ],
  [
    "a deletion that met a change in the middle, and happened all the same",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, remove(), inTransition],
      [5, 6, get, absent],
    ],
  ],
  [
    "a value that is seen before it is written",
    [
      [1, 2, get, found("1", "a")],
      [3, 4, create("a"), gave("1")],
    ],
  ],
  [
    "absence after an acknowledged creation",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, get, absent],
    ],
  ],
  [
    "absence that `has` reports after an acknowledged creation",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, has, exists(false)],
    ],
  ],
  [
    "NOT_FOUND while there is one",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, update("b"), refused("NOT_FOUND")],
    ],
  ],
  ["ALREADY_EXISTS while there is none", [[1, 2, create("a"), refused("ALREADY_EXISTS")]]],
  [
    "CONFLICT on the version that it has",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, update("b", "1"), refused("CONFLICT")],
    ],
  ],
  [
    "CONFLICT without a version",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, updateBy("a", "b"), refused("CONFLICT")],
    ],
  ],
  ["CONFLICT of a deletion while there is none", [[1, 2, remove("1"), refused("CONFLICT")]]],
  [
    "two creations",
    [
      [1, 4, create("a"), gave("1")],
      [2, 3, create("b"), gave("2")],
    ],
  ],
  [
    "two deletions of one secret",
    [
      [1, 2, create("a"), gave("1")],
      [3, 6, remove(), deleted(true)],
      [4, 5, remove(), deleted(true)],
    ],
  ],
  [
    "a deletion that found nothing while there was one",
    [
      [1, 2, create("a"), gave("1")],
      [3, 4, remove(), deleted(false)],
    ],
  ],
];

test.each(unexplainable)("refuses %s", (_words, lines) => {
  expect(explain(lines)).toMatch(/^The history is not linearizable:\n/);
});

test("a call that reported that it changed nothing is accepted neither as executed nor as executed later", () => {
  const nothing: Answer = { is: "nothing", code: "TIMEOUT" };
  const before: Line = [1, 2, create("a"), gave("1")];
  expect(explain([before, [3, 4, remove(), nothing], [5, 6, get, found("1", "a")]])).toBeUndefined();
  for (const [call, seen] of [
    [remove(), absent],
    [set("b"), found("2", "b")],
  ] as const) {
    expect(explain([before, [3, 4, call, nothing], [5, 6, get, seen]])).toMatch(/-> TIMEOUT/);
    expect(explain([before, [3, 4, call, unknown], [5, 6, get, seen]])).toBeUndefined();
  }
});

test("describes the history, and the longest prefix that can be explained", () => {
  const history: readonly Line[] = [
    [1, 2, create('{"n":1}'), gave("DB:life.1")],
    [3, 6, updateBy('{"n":1}', '{"n":2}', "DB:life.1"), gave("DB:life.2")],
    [4, 7, remove("DB:life.2"), unknown],
    [8, 9, get, found("DB:life.1", '{"n":1}')],
  ];
  expect(explain(history)).toMatchInlineSnapshot(`
    "The history is not linearizable:
        1 to   2, client 0: create {"n":1} -> v1
        3 to   6, client 1: update by a function that made {"n":2} from {"n":1} if v1 -> v2
        4 to   7, client 2: delete if v2 -> unknown
        8 to   9, client 3: get -> v1 {"n":1}
    The longest order that explains a part of it:
        1 to   2, client 0: create {"n":1} -> v1
        3 to   6, client 1: update by a function that made {"n":2} from {"n":1} if v1 -> v2
        4 to   7, client 2: delete if v2 -> unknown
    Then the secret is absent, and no order explains the rest:
        8 to   9, client 3: get -> v1 {"n":1}"
  `);
  expect(explain([...history.slice(0, 1), [10, 11, set("{}"), gave("DB:life.1")]])).toMatchInlineSnapshot(`
    "The history is not linearizable:
        1 to   2, client 0: create {"n":1} -> v1
       10 to  11, client 1: set {} -> v1
    v1 was given to two writes."
  `);
});
