export { type JwtAuthOptions, jwtAuth } from "./jwt-auth.ts";
