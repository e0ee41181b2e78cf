import type { Logger } from "../backend/logger.ts";
import { attributeError } from "../call/wrap-error.ts";
import { printableMessage } from "../errors/printable-text.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { DiagnosedFact, DiagnosisContext, Finding, OwnedSecrets } from "../registry/diagnosis.ts";
import type { OptionNames } from "../registry/option-names.ts";

const FINDING_OF_WARNING = /^ARCHESTRA_SECRETS_/;

/** Collects the reports of one plugin, until it ends or its time is over. */
export class DiagnosisReport implements Omit<DiagnosisContext, "signal" | "deadline" | "strict" | "purpose"> {
  readonly facts: DiagnosedFact[] = [];
  readonly findings: Finding[] = [];
  readonly owners: OwnedSecrets[] = [];
  pathOf: ((name: string) => string) | undefined;
  readonly logger: Logger;
  readonly #plugin: string;
  readonly #names: OptionNames;
  #isEnded = false;

  constructor(plugin: string, names: OptionNames) {
    this.#plugin = plugin;
    this.#names = names;
    this.logger = {
      warn: ({ code }, message) => {
        this.finding({
          code: code.replace(FINDING_OF_WARNING, ""),
          severity: "degraded",
          message,
          remedy: remedyIn(message),
        });
      },
    };
  }

  /** From here on, reports are dropped. */
  end(): void {
    this.#isEnded = true;
  }

  readonly fact = (fact: DiagnosedFact): void => {
    if (this.#isEnded) return;
    const index = this.facts.findIndex(({ key }) => key === fact.key);
    this.facts.splice(index === -1 ? this.facts.length : index, index === -1 ? 0 : 1, { ...fact });
  };

  readonly finding = ({ code, severity, message, remedy }: Finding): void => {
    if (this.#isEnded) return;
    const text = printableMessage(this.#names.inText(message));
    if (this.findings.some((known) => known.code === code && known.message === text)) return;
    this.findings.push({ code, severity, message: text, remedy: { ...remedy } });
  };

  readonly failure = (error: unknown, finding: Partial<Finding> = {}): void => {
    const known = attributeError(error, this.#plugin, {});
    if (!isSecretsError(known)) return;
    const { code, reason = code, message } = known;
    this.finding({ code: reason, severity: "broken", message, remedy: remedyIn(message), ...finding });
  };

  readonly owner = (owned: OwnedSecrets): void => {
    if (!this.#isEnded) this.owners.push(owned);
  };

  readonly paths = (pathOf: (name: string) => string): void => {
    if (!this.#isEnded) this.pathOf = pathOf;
  };
}

/** The remedy that a message contains: the first variable that it names. */
export function remedyIn(message: string): Finding["remedy"] {
  const [variable] = /(?<![\w"])ARCHESTRA_(?!SECRETS_STRICT)[A-Z0-9_]+/.exec(message) ?? [];
  return variable === undefined ? {} : { variable };
}
