#!/bin/sh
# Prepares Vault for the application, with a token that may do so in VAULT_TOKEN. Can be run again.
#
# Vault runs in the same cluster, and its service account has the ClusterRole system:auth-delegator.
# The mounts have to be there:
#   vault secrets enable -path=secret -version=2 kv
#   vault auth enable kubernetes
#   vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
set -eu
cd "$(dirname "$0")"

vault policy write shop policy.hcl

# Only the service account `shop` of the namespace `shop`, only with a token made for Vault. Renewals do
# not ask Kubernetes, so token_max_ttl is how long a token outlives a deleted account at most.
vault write auth/kubernetes/role/shop \
  bound_service_account_names=shop \
  bound_service_account_namespaces=shop \
  audience=vault \
  token_policies=shop \
  token_ttl=1h \
  token_max_ttl=24h
