import type { ArrangeFault, FaultForms } from "../backend/backend-harness.ts";
import type { FaultScope, TcpProxy } from "./tcp-proxy.ts";

/**
 * The faults of a network in the forms that a suite runs: one-shot forms, which end with one request, and lasting forms,
 * which return a function that ends them.
 */
export interface NetworkFaults {
  /** Connections are refused. */
  readonly unavailable: FaultForms;
  /** No connection answers, or one connection never does. */
  readonly timeout: FaultForms;
  /** The answer of the next request, of the next change, or of every request is lost; or half of one arrives. */
  readonly "lost-answer": FaultForms;
  /** The next request, the next change, or every request is lost, and nothing is done. */
  readonly "lost-request": FaultForms;
  /** The answer of the next change, or of every change, never arrives. Absent: the proxy was started without `isChange`. */
  readonly "hanging-answer"?: FaultForms;
  /** Every request receives another answer than the server's. */
  readonly nonsense: FaultForms;
}

type Proxy = Pick<
  TcpProxy,
  "refuse" | "silence" | "loseAnswer" | "halveAnswer" | "loseRequest" | "hang" | "nonsense"
>;

const NEXT: FaultScope = { once: true };
const NEXT_CHANGE: FaultScope = { once: true, onlyChanges: true };

/** Names the forms after what a failed case shows. A one-shot form returns nothing. */
export function networkFaults(
  proxy: Proxy,
  { nonsense, hasChanges }: { readonly nonsense: readonly string[]; readonly hasChanges: boolean },
): NetworkFaults {
  const changes = (...forms: readonly ArrangeFault[]) => (hasChanges ? forms : []);
  return {
    unavailable: [
      function connectionsRefused() {
        return proxy.refuse();
      },
    ],
    timeout: [
      function noConnectionAnswers() {
        return proxy.silence();
      },
      function oneConnectionNeverAnswers() {
        proxy.silence(NEXT);
      },
    ],
    "lost-answer": [
      function oneAnswerLost() {
        proxy.loseAnswer(NEXT);
      },
      function halfAnAnswerArrives() {
        proxy.halveAnswer(NEXT);
      },
      ...changes(function answerOfOneChangeLost() {
        proxy.loseAnswer(NEXT_CHANGE);
      }),
      function everyAnswerLost() {
        return proxy.loseAnswer();
      },
    ],
    "lost-request": [
      function oneRequestLost() {
        proxy.loseRequest(NEXT);
      },
      ...changes(function oneChangeLost() {
        proxy.loseRequest(NEXT_CHANGE);
      }),
      function everyRequestLost() {
        return proxy.loseRequest();
      },
    ],
    ...(hasChanges && {
      "hanging-answer": [
        function everyChangeHangs() {
          return proxy.hang();
        },
        function oneChangeHangs() {
          proxy.hang(NEXT);
        },
      ] as const,
    }),
    nonsense: nonsense.map((answer) => nonsenseForm(proxy, answer)) as unknown as FaultForms,
  };
}

/** The name of a form contains the beginning of the answer, which is the author's own text. */
function nonsenseForm(proxy: Proxy, answer: string): ArrangeFault {
  const form = () => proxy.nonsense({ answer });
  const name = `nonsense ${JSON.stringify(answer.slice(0, 20))}`;
  return Object.defineProperty(form, "name", { value: name });
}
