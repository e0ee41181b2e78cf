import type { KubernetesObject } from "@archestra/test-servers/kubernetes-client";
import type { KubernetesServer } from "@archestra/test-servers/kubernetes-server";
import { manifests } from "./example-files.ts";

/** A Deployment's template of its pods. */
interface PodTemplate {
  readonly metadata: object;
  readonly spec: {
    readonly containers: readonly {
      readonly env: readonly { readonly name: string; readonly value: string }[];
    }[];
    readonly volumes: readonly {
      readonly projected?: {
        readonly sources: readonly { readonly serviceAccountToken: { readonly audience: string } }[];
      };
    }[];
  };
}

/** The Deployment as the server would hold it. Its namespace has to be there. */
export async function podTemplate(kubernetes: KubernetesServer): Promise<PodTemplate> {
  const manifest = manifests.get("deployment.yaml") as string;
  const [deployment] = await kubernetes.applyManifests(manifest, { dryRun: true });
  const { spec } = deployment as KubernetesObject & { spec: { template: PodTemplate } };
  return spec.template;
}

/** The variables of its container. */
export function environmentOf({ spec }: PodTemplate): Record<string, string> {
  return Object.fromEntries(spec.containers[0]?.env.map(({ name, value }) => [name, value]) ?? []);
}

/** Whom the token in its volume is for. */
export function audienceOf({ spec }: PodTemplate): string {
  const [audience] = spec.volumes.flatMap((volume) =>
    (volume.projected?.sources ?? []).map((source) => source.serviceAccountToken.audience),
  );
  if (audience === undefined) throw new Error("The Deployment projects no token of its service account.");
  return audience;
}
