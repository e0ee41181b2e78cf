/** How the authorization server is configured. */
export interface ServerOptions {
  /** How long an access token can be used. */
  readonly accessTokenSeconds: number;
  /** Whether each refresh token can be used once, and using it again revokes its grant. */
  readonly rotates: boolean;
  /** How long an answer of the token endpoint takes, in milliseconds. */
  readonly answerDelay: number;
}

/** A request of a client process to the token endpoint. */
export interface TokenEvent {
  /** `refreshed`: tokens were issued. `refused`: an error, such as `invalid_grant`. `held`: the answer waits for the parent process. */
  readonly event: "refreshed" | "refused" | "held";
  /** The process id of the client. */
  readonly process: number;
  /** The fingerprint of the refresh token in the request. */
  readonly token: string;
  /** The fingerprint of the refresh token in the answer. */
  readonly next?: string | undefined;
  /** The fingerprint of the access token in the answer. */
  readonly access?: string | undefined;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** What the process of the authorization server reports. */
export type ServerEvent =
  | { readonly event: "listening"; readonly issuer: string }
  | { readonly event: "revoked" }
  | TokenEvent;
