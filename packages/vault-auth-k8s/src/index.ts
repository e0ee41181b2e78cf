export { type K8sAuthOptions, k8sAuth } from "./k8s-auth.ts";
