export { type TokenAuthOptions, tokenAuth } from "./token-auth.ts";
