import {
  type DiagnosisContext,
  type Finding,
  isSecretsError,
  type SettingsOf,
} from "@archestra/secrets-core/plugin";
import { Connections } from "../http/connections.ts";
import { givenDispatcher } from "../http/request-dispatcher.ts";
import { Transport } from "../http/transport.ts";
import { socketPathOf } from "../http/vault-address.ts";
import { configuredPlace } from "../mount/configured-place.ts";
import type { vaultSettings } from "../settings/vault-settings.ts";
import { areCertificatesAlwaysChecked, assertAddress } from "../startup/checked-address.ts";
import { openTlsSource } from "../startup/tls-files.ts";
import { examineCertificate } from "./examine-certificate.ts";
import { examineHealth } from "./examine-health.ts";
import { examineToken } from "./examine-token.ts";

/** Examines the address, the certificate, the server, the token, the mount and the permissions. Nothing is changed. */
export async function diagnoseVault(
  settings: SettingsOf<typeof vaultSettings>,
  context: DiagnosisContext,
): Promise<void> {
  const { address, namespace, authNamespace } = settings;
  const logger = findingsOfWarnings(context);
  const given = { ...context, logger, strict: false };
  const configured = configuredPlace(settings, logger);
  const { values } = configured;
  const prefix = [namespace, values].filter((part) => part !== undefined).join("/");
  context.paths((name) => `${prefix}/${name}`);
  assertAddress(address, given);
  const dispatcher = givenDispatcher(settings.dispatcher);
  const alwaysChecked =
    dispatcher === undefined && (areCertificatesAlwaysChecked(address, given) || context.strict);
  const tls = await openTlsSource({ ...settings, alwaysChecked }, logger);
  const connections = new Connections(tls, dispatcher, socketPathOf(address));
  const transport = new Transport(address, namespace, connections, authNamespace);
  context.fact({ key: "address", label: "address", value: transport.address });
  if (namespace !== undefined) context.fact({ key: "namespace", label: "namespace", value: namespace });
  try {
    const certificate =
      dispatcher === undefined ? examineCertificate(address, tls.current, context) : Promise.resolve();
    const [serving] = await Promise.all([examineHealth(transport, context), certificate]);
    if (serving === undefined) return;
    const examined = serving.isStandby ? atStandby(context, transport.address) : context;
    await examineToken(settings.auth, transport, configured, { ...examined, logger });
  } finally {
    await transport.close();
  }
}

/** Why a request with a token gets no answer, although the standby itself has answered just before. */
const reasonsWithoutLeader = new Set([
  "UNREACHABLE",
  "CONNECTION_LOST",
  "NO_ANSWER",
  "NO_LEADER",
  "REDIRECTED",
]);

/** A standby passes requests on to the active node, whose failure must not be taken for its own. */
function atStandby(context: DiagnosisContext, address: string): DiagnosisContext {
  return {
    ...context,
    failure(error, finding) {
      const isOfLeader = isSecretsError(error) && reasonsWithoutLeader.has(error.reason ?? "");
      context.failure(error, isOfLeader ? noActiveNode(address) : finding);
    },
  };
}

function noActiveNode(address: string): Finding {
  return {
    code: "NO_ACTIVE_NODE",
    severity: "broken",
    message: `The server at ${address} is a standby, and the active node of its cluster does not answer, so no secret can be read or written. Start the other nodes: a cluster elects an active node while more than half of its nodes run. If one is active, let the nodes and this machine reach the addresses in its \`api_addr\` and \`cluster_addr\`.`,
    remedy: { command: ["vault", "operator", "raft", "list-peers"] },
  };
}

/** Findings of their own report these. */
const reportedElsewhere = new Set(["TOKEN_EXPIRES", "MISSING_CAPABILITIES", "CLOCK_SKEW"]);
/** Warnings that stop a start in strict mode. */
const refusedInStrictMode = new Set(["PLAIN_HTTP"]);

/** Makes findings of the warnings of a start. */
function findingsOfWarnings({ finding, strict }: DiagnosisContext): DiagnosisContext["logger"] {
  return {
    warn: ({ code: warning }, message) => {
      const code = warning.replace(/^ARCHESTRA_SECRETS_(?:VAULT_)?/, "");
      if (reportedElsewhere.has(code)) return;
      const [variable] = /ARCHESTRA_HASHICORP_VAULT_\w+/.exec(message) ?? [];
      const severity = strict && refusedInStrictMode.has(code) ? "broken" : "degraded";
      finding({ code, severity, message, remedy: variable === undefined ? {} : { variable } });
    },
  };
}
