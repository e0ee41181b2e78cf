import { SecretsError } from "@archestra/secrets-core/plugin";
import { classifyLogin, type VaultAnswer } from "@archestra/secrets-vault/auth";

/** The error of a refused login. The texts are those of Vault 1.21 and OpenBao 2.7. */
export function refusedLogin(answer: VaultAnswer, mountPoint: string): SecretsError {
  const text = answer.errors.join("\n");
  if (answer.status === 400 && text.includes("invalid role or secret ID")) {
    return refused(
      "LOGIN_REFUSED",
      `Vault refused the login by AppRole at auth/${mountPoint}: it does not know the role id, or the secret id is wrong, expired, used up or destroyed, or was created for another role. Create a new secret id for ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID (\`vault write -f auth/${mountPoint}/role/ROLE/secret-id\`, with the name of the role), or correct ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID. A secret id in a file is read again for each login; one in a variable needs a restart. A wrapping token that was unwrapped before is refused in the same way.`,
    );
  }
  if (answer.status === 400 && text.includes("unauthorized by CIDR restrictions")) {
    return refused(
      "ADDRESS_NOT_BOUND",
      "The role, or its secret id, does not accept the address of this machine. Add the address to `secret_id_bound_cidrs` of the role, or log in from another machine.",
    );
  }
  if (answer.status === 403) {
    return refused(
      "LOGIN_REFUSED",
      "Vault refused the login by AppRole (HTTP 403). No AppRole auth method is mounted at ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT in ARCHESTRA_HASHICORP_VAULT_NAMESPACE, or the role's `token_bound_cidrs` exclude the address of this machine.",
    );
  }
  return classifyLogin(answer, "AppRole");
}

function refused(reason: string, message: string): SecretsError {
  return new SecretsError("UNAUTHENTICATED", message, { reason });
}
