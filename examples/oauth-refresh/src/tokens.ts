import { z } from "zod";

/** The value of the secret. */
export const tokensSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  /** Milliseconds since 1970. */
  expires_at: z.number(),
});

export type Tokens = z.infer<typeof tokensSchema>;

/** What an authorization server answers. */
export interface TokenResponse {
  readonly access_token: string;
  /** Absent: the present one stays valid. */
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
}

const DEFAULT_SECONDS = 3_600;

/**
 * @param sentAt when the request was sent: the tokens were issued later, so they do not expire before `expires_at`
 * @param former the tokens that were exchanged. Absent: this is a login
 */
export function tokensFrom(response: TokenResponse, sentAt: number, former?: Tokens): Tokens {
  const refreshToken = response.refresh_token ?? former?.refresh_token;
  if (refreshToken === undefined) throw new Error("The authorization server issued no refresh token.");
  return {
    access_token: response.access_token,
    refresh_token: refreshToken,
    expires_at: sentAt + (response.expires_in ?? DEFAULT_SECONDS) * 1_000,
  };
}
