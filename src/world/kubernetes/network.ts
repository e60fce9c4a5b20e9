import * as z from 'zod';
import { IntOrString, LabelSelector, list, Meta, texts } from './meta.ts';

const ServicePort = z.looseObject({
  name: z.string().optional(),
  port: z.number(),
  /** A name, a number, or absent: then it is `port`. */
  targetPort: IntOrString.optional(),
  protocol: z.string().default('TCP'),
});
export type ServicePort = z.output<typeof ServicePort>;

export const Service = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    type: z.string().default('ClusterIP'),
    clusterIP: z.string().optional(),
    selector: texts,
    ports: list(ServicePort),
    publishNotReadyAddresses: z.boolean().default(false),
  }),
});
export type Service = z.output<typeof Service>;

export const EndpointSlice = z.looseObject({
  metadata: Meta,
  endpoints: list(
    z.looseObject({
      addresses: list(z.string()),
      conditions: z.looseObject({ ready: z.boolean().nullish() }).optional(),
    }),
  ),
});
export type EndpointSlice = z.output<typeof EndpointSlice>;

const Backend = z.looseObject({
  service: z
    .looseObject({
      name: z.string(),
      port: z.looseObject({ name: z.string().optional(), number: z.number().optional() }).optional(),
    })
    .optional(),
});

export const Ingress = z.looseObject({
  metadata: Meta,
  spec: z
    .looseObject({
      ingressClassName: z.string().optional(),
      defaultBackend: Backend.optional(),
      rules: list(
        z.looseObject({
          host: z.string().optional(),
          http: z.looseObject({ paths: list(z.looseObject({ backend: Backend })) }).optional(),
        }),
      ),
    })
    .default({ rules: [] }),
});
export type Ingress = z.output<typeof Ingress>;

const Peer = z.looseObject({
  podSelector: LabelSelector.optional(),
  namespaceSelector: LabelSelector.optional(),
  ipBlock: z.looseObject({ cidr: z.string(), except: list(z.string()) }).optional(),
});
export type Peer = z.output<typeof Peer>;

const PolicyPort = z.looseObject({
  protocol: z.string().default('TCP'),
  port: IntOrString.optional(),
  endPort: z.number().optional(),
});
export type PolicyPort = z.output<typeof PolicyPort>;

export const NetworkPolicy = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    podSelector: LabelSelector.default({ matchLabels: {}, matchExpressions: [] }),
    policyTypes: list(z.string()),
    ingress: z.array(z.looseObject({ from: list(Peer), ports: list(PolicyPort) })).nullish(),
    egress: z.array(z.looseObject({ to: list(Peer), ports: list(PolicyPort) })).nullish(),
  }),
});
export type NetworkPolicy = z.output<typeof NetworkPolicy>;
