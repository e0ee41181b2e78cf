import { readLogin } from "@archestra/secrets-vault/auth";
import type { MakeMethod } from "./app-role-harness.ts";

/** A method that keeps the contract. */
export const appRole: MakeMethod = ({ roleId, mount, secretId }) => ({
  async login(send) {
    const body = { role_id: roleId, secret_id: await secretId() };
    return readLogin(await send({ path: `auth/${mount}/login`, body }), "AppRole");
  },
});
