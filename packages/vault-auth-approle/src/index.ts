export { type AppRoleAuthOptions, appRoleAuth } from "./app-role-auth.ts";
