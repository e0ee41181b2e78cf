import type { PluginContext, SettingsOf } from "@archestra/secrets-core/plugin";
import { VaultClient } from "../client/vault-client.ts";
import { Connections } from "../http/connections.ts";
import { givenDispatcher } from "../http/request-dispatcher.ts";
import { Transport } from "../http/transport.ts";
import { socketPathOf } from "../http/vault-address.ts";
import { Session } from "../session/session.ts";
import { TokenRequests } from "../session/token-requests.ts";
import { misconfigured } from "../settings/misconfigured.ts";
import type { connectionSettings } from "../settings/vault-settings.ts";
import { areCertificatesAlwaysChecked, assertAddress } from "./checked-address.ts";
import { openTlsSource } from "./tls-files.ts";

/** A client of Vault with a session, which logs in when a request needs a token. */
export interface OpenedVaultClient {
  readonly transport: Transport;
  readonly client: VaultClient;
  /** Revokes the token of the session, and closes the connections. */
  readonly close: () => Promise<void>;
}

/** Opens a client as configured. It sends nothing. @throws INVALID_CONFIGURATION */
export async function openVaultClient(
  settings: SettingsOf<typeof connectionSettings>,
  context: PluginContext,
): Promise<OpenedVaultClient> {
  const { logger } = context;
  const { address, namespace, authNamespace } = settings;
  assertAddress(address, context);
  const dispatcher = givenDispatcher(settings.dispatcher);
  const alwaysChecked = dispatcher === undefined && areCertificatesAlwaysChecked(address, context);
  const socketPath = socketPathOf(address);
  if (socketPath !== undefined && dispatcher !== undefined) {
    throw misconfigured(
      "SOCKET_AND_DISPATCHER",
      "ARCHESTRA_HASHICORP_VAULT_ADDR is the path of a socket, to which the option `dispatcher` does not lead. Leave the option out, or set another address.",
    );
  }
  const tls = await openTlsSource({ ...settings, alwaysChecked }, logger);
  const connections = new Connections(tls, dispatcher, socketPath);
  const transport = new Transport(address, namespace, connections, authNamespace);
  const session = new Session(settings.auth, new TokenRequests(transport), logger);
  return {
    transport,
    client: new VaultClient(transport, session),
    close: async () => {
      await session.close();
      await transport.close();
    },
  };
}
