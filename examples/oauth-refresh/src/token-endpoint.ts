import { grantEnded } from "@archestra/secrets-core";
import * as oauth from "oauth4webapi";
import { type Tokens, tokensFrom } from "./tokens.ts";

/** The token endpoint of one authorization server, for a public client. */
export class TokenEndpoint {
  readonly #server: oauth.AuthorizationServer;
  readonly #client: oauth.Client = { client_id: "mcp-client" };
  /** The server of the example has no certificate. Leave this out in an application. */
  static readonly #insecure = { [oauth.allowInsecureRequests]: true };

  static async discover(issuer: string): Promise<TokenEndpoint> {
    const url = new URL(issuer);
    const response = await oauth.discoveryRequest(url, TokenEndpoint.#insecure);
    return new TokenEndpoint(await oauth.processDiscoveryResponse(url, response));
  }

  private constructor(server: oauth.AuthorizationServer) {
    this.#server = server;
  }

  // #region exchange
  /** Obtains new tokens. The refresh token cannot be used again. */
  async exchange(tokens: Tokens, signal?: AbortSignal): Promise<Tokens> {
    const sentAt = Date.now();
    const response = await oauth.refreshTokenGrantRequest(
      this.#server,
      this.#client,
      oauth.None(),
      tokens.refresh_token,
      {
        ...TokenEndpoint.#insecure,
        headers: { "x-process": String(process.pid) },
        ...(signal && { signal }),
      },
    );
    try {
      const issued = await oauth.processRefreshTokenResponse(this.#server, this.#client, response);
      return tokensFrom(issued, sentAt, tokens);
    } catch (error) {
      const isEnded = error instanceof oauth.ResponseBodyError && error.error === "invalid_grant";
      throw isEnded ? grantEnded("The grant has been revoked. Log in again.") : error;
    }
  }
  // #endregion exchange
}
