import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import type { KubernetesAnswer, KubernetesClient, KubernetesObject } from "./kubernetes-client.ts";

/** How long what it decides by may lag behind what it holds; a review that passed is remembered for 10 s. */
const FOLLOW_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 50;

export interface TokenRequestOptions {
  /** Whom the token is for. @default the API server */
  readonly audiences?: readonly string[];
  /** How long it lives. The server refuses less than 600: `issueToken` gives those. @default 3,600 */
  readonly expirationSeconds?: number;
}

/** What an administrator does with a cluster. Each verb throws an Error with the server's words when the server refuses. */
export class KubernetesAdministration {
  protected readonly client: KubernetesClient;

  constructor(client: KubernetesClient) {
    this.client = client;
  }

  /** Sends one request and gives its answer, whatever its status. @param path such as `/api/v1/namespaces` */
  request(method: string, path: string, body?: unknown): Promise<KubernetesAnswer> {
    return this.client.request(method, path, body);
  }

  /** Makes a namespace. Does nothing when it is there. */
  async createNamespace(name: string): Promise<void> {
    await this.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  /** Makes a service account in a namespace that is there. Does nothing when it is there. */
  async createServiceAccount(namespace: string, name: string): Promise<void> {
    await this.client.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
  }

  /** When it is done, no token of the account passes a review, but one that did so in the last 10 s: the server remembers that long. */
  async deleteServiceAccount(namespace: string, name: string): Promise<void> {
    const token = await this.requestToken(namespace, name);
    await this.client.demand("DELETE", serviceAccount(namespace, name));
    await this.#until("the reviewer knows of the deletion", async () => {
      const { status } = await this.client.demand("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token },
      });
      return (status as { authenticated?: boolean }).authenticated !== true;
    });
  }

  /** Lets a service account review tokens and access, as Vault has to. */
  async allowReviews(namespace: string, name: string): Promise<void> {
    await this.client.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: `reviews-of-${namespace}-${name}` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    });
    await this.#until("it may review", async () => {
      const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
      const { status } = await this.client.demand("POST", path, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: {
          user: `system:serviceaccount:${namespace}:${name}`,
          resourceAttributes: { group: "authentication.k8s.io", resource: "tokenreviews", verb: "create" },
        },
      });
      return (status as { allowed: boolean }).allowed;
    });
  }

  /** A token as kubelet projects it into a pod: by the TokenRequest API. */
  async requestToken(namespace: string, name: string, options: TokenRequestOptions = {}): Promise<string> {
    const { status } = await this.client.demand("POST", `${serviceAccount(namespace, name)}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: options.audiences, expirationSeconds: options.expirationSeconds },
    });
    return (status as { token: string }).token;
  }

  /**
   * Applies the objects of a YAML file, in its order.
   *
   * @param options.namespace of objects that name none
   * @param options.dryRun whether the server only says what it would do. Namespaces that the objects name have to be there
   * @returns the objects as the server holds them then, with its defaults
   */
  async applyManifests(
    manifests: string,
    options: { readonly namespace?: string; readonly dryRun?: boolean } = {},
  ): Promise<KubernetesObject[]> {
    const applied: KubernetesObject[] = [];
    for (const document of parseAllDocuments(manifests)) {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      const object = document.toJS() as KubernetesObject | null;
      if (object === null) continue;
      const { namespace = options.namespace, ...metadata } = object.metadata;
      const placed = {
        ...object,
        metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
      };
      applied.push(await this.client.apply(placed as KubernetesObject, { dryRun: options.dryRun ?? false }));
    }
    return applied;
  }

  /** The server decides by a copy of what it holds, which follows a moment later. */
  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + FOLLOW_MILLISECONDS;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`Not so after ${FOLLOW_MILLISECONDS} ms: ${what}.`);
      await sleep(POLL_MILLISECONDS);
    }
  }
}

function serviceAccount(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
}
