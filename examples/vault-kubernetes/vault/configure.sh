#!/bin/sh
# Prepares Vault for the application, with a token with the required permissions in VAULT_TOKEN. It can be run again.
#
# Vault runs in the same cluster, and its service account has the ClusterRole system:auth-delegator.
# These mounts must exist:
#   vault secrets enable -path=secret -version=2 kv
#   vault auth enable kubernetes
#   vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
set -eu
cd "$(dirname "$0")"

vault policy write shop policy.hcl

# Only the service account `shop` of the namespace `shop`, and only with a token for Vault. Renewals do
# not involve Kubernetes, so a token outlives a deleted account by token_max_ttl at most.
vault write auth/kubernetes/role/shop \
  bound_service_account_names=shop \
  bound_service_account_namespaces=shop \
  audience=vault \
  token_policies=shop \
  token_ttl=1h \
  token_max_ttl=24h
