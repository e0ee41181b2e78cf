# The application reads its secrets; an operator writes them. The policy `default`, which every
# login gets too, lets the token renew and revoke itself.
path "secret/data/shop/*" {
  capabilities = ["read"]
}
