import * as z from 'zod';
import { Power } from './power.ts';

export const MODES = ['observe', 'assist', 'operate'] as const;

/** Levels of the log on stderr. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const text = z.string().min(1);

export const Kubernetes = z.strictObject({
  /** File; absent = `KUBECONFIG`, then `~/.kube/config`, then the service account of the pod we run in. */
  kubeconfig: text.optional(),
  context: text.optional(),
});

export const Lab = z.strictObject({
  /** Set = work on the built-in lab in this scenario instead of a cluster. */
  scenario: text.optional(),
});

export const Server = z.strictObject({
  host: text.default('127.0.0.1'),
  /** 0 = any free port. */
  port: z.int().min(0).max(65_535).default(8484),
  /** Host names that a `Host` or `Origin` header may carry besides the loopback ones. */
  allowedHosts: z.array(text).default([]),
  /** Absent = `tokens.json` in `dataDir`. */
  tokensFile: text.optional(),
  /** Allows tokens over plain HTTP on an address that others can reach. */
  insecure: z.boolean().default(false),
});

/** A Neo4j database that several servers share; 5.26 LTS or a calendar release, Community is enough. */
export const Neo4j = z.strictObject({
  /** `bolt://host:7687` for a single server, `neo4j://` for a cluster; `+s` for TLS. */
  url: text,
  user: text.optional(),
  /** File that holds the password alone. */
  passwordFile: text.optional(),
  database: text.default('neo4j'),
});

export const EMBEDDERS = ['local', 'off', 'ollama', 'openai', 'bedrock'] as const;

/** What turns lessons and changes into vectors. `local` is trained here and needs nothing; the others go first where they answer within 150 ms. */
export const Embedder = z.strictObject({
  provider: z.enum(EMBEDDERS).default('local'),
  /** `http://localhost:11434` (ollama), `http://localhost:8000/v1` (openai). */
  url: text.optional(),
  model: text.optional(),
  /** A multiple of 128. */
  dimension: z.int().positive().multipleOf(128).optional(),
  /** File that holds the key alone. */
  apiKeyFile: text.optional(),
  region: text.optional(),
});

/** Once a night the memory is written there as JSONL and Markdown, sorted, so that git shows what was learned. */
export const MemoryExport = z.strictObject({
  /** Absent = never. Files of it that are not ours are left alone. */
  folder: text.optional(),
  /** In the time zone of the process. */
  hour: z.int().min(0).max(23).default(3),
});

export const Memory = z.strictObject({
  /** Lessons as Markdown files; absent = the ones that come with the package. */
  lessonsDir: text.optional(),
  /** Also list the tools that users of the reference memory server know: entities, observations, relations. */
  graphTools: z.boolean().default(false),
  /** Set = the lessons of all servers are there, and this one keeps a snapshot. */
  neo4j: Neo4j.optional(),
  embedder: Embedder.prefault({}),
  export: MemoryExport.prefault({}),
});

export const Guard = z.strictObject({
  budgets: z
    .strictObject({
      /** Changes that may run per hour, all principals together. */
      changesPerHour: z.int().min(0).default(10),
      changesPerHourPerTarget: z.int().min(0).default(3),
    })
    .prefault({}),
  /** Everything in these namespaces counts as control plane: a change there takes a second person. */
  controlPlaneNamespaces: z.array(text).default(['kube-system']),
});

export const Helm = z.strictObject({
  /** A path, or a name that is looked for in `PATH`. Only charts and changes need it. */
  binary: text.default('helm'),
  /** Charts come from these sources and from nowhere else; `repository/chart`. */
  repositories: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/), url: z.url({ protocol: /^https?$/ }) }))
    .default([]),
  /** `oci://host/path`: charts below it are allowed. */
  oci: z.array(z.string().regex(/^oci:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)*$/)).default([]),
  /** Folders that hold charts; `./chart`. */
  localCharts: z.array(text).default([]),
});

export const Images = z.strictObject({
  /** Ask the registries of images which platforms they offer (anonymously, once a day each). They are outside the lab and count requests. */
  registry: z.boolean().default(false),
});

const Named = { name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be a host name in lower case') };

export const Zfs = z.strictObject({
  /** One that is named like a Kubernetes node is that node. */
  hosts: z
    .array(
      z.union([
        z.strictObject({
          ...Named,
          address: text,
          port: z.int().min(1).max(65_535).default(22),
          user: text,
          /** Private key without a passphrase. */
          keyFile: text,
          /** `SHA256:...` as `ssh-keygen -lf` prints it; there is no "accept new". */
          hostKey: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'must be SHA256: and 43 characters'),
        }),
        z.strictObject({ ...Named, local: z.literal(true) }),
      ]),
    )
    .refine((hosts) => new Set(hosts.map(({ name }) => name)).size === hosts.length, 'two hosts have one name')
    .default([]),
});
export type ZfsHostConfig = z.output<typeof Zfs>['hosts'][number];

/** One connection for each Proxmox VE cluster, or for a host of its own. */
const ProxmoxConnection = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower case letters, digits and -'),
    /** `https://pve1.lan:8006`; the nodes of one cluster, tried in order. */
    urls: z.array(z.url({ protocol: /^https$/ })).min(1),
    /** `user@realm!tokenid`, with its secret in a file of its own. */
    token: z
      .string()
      .regex(/^[^@!\s]+@[^@!\s]+![^@!\s]+$/, 'must be user@realm!tokenid')
      .optional(),
    secretFile: text.optional(),
    /** Guests that are made here get ids of this range, `300-399`; absent = any that is free. */
    ownIds: z
      .string()
      .regex(/^[1-9]\d{2,8}-[1-9]\d{2,8}$/, 'must be a range such as 300-399')
      .transform((text) => {
        const [from = 0, to = 0] = text.split('-').map(Number);
        return { from, to };
      })
      .refine(({ from, to }) => from <= to, 'ends before it begins')
      .optional(),
    /** Only where a token is not enough. */
    user: text.optional(),
    passwordFile: text.optional(),
    /** File with the CA of the hosts (PEM). */
    ca: text.optional(),
    /** Or the SHA-256 fingerprint of the certificate of each host. Neither = the certificates of the system; there is no "insecure". */
    fingerprints: z
      .array(z.string().regex(/^([0-9A-Fa-f]{2}:?){32}$/, 'must be a SHA-256 fingerprint'))
      .min(1)
      .optional(),
  })
  .refine(
    ({ token, secretFile, user, passwordFile }) =>
      (token !== undefined && secretFile !== undefined && user === undefined && passwordFile === undefined) ||
      (token === undefined && secretFile === undefined && user !== undefined && passwordFile !== undefined),
    'needs token and secretFile, or user and passwordFile',
  )
  .refine(
    ({ ca, fingerprints }) => ca === undefined || fingerprints === undefined,
    'takes ca or fingerprints, not both',
  );
export const Proxmox = z
  .array(ProxmoxConnection)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two connections have one name');
export type ProxmoxConnection = z.output<typeof ProxmoxConnection>;

/** Parameters of checks, by id: `Z02: { maxDays: 60 }`. Whether they fit is seen when the checks are loaded. */
export const Checks = z.record(
  z.string().regex(/^[A-Z]\d\d$/, 'must be the id of a check, such as Z02'),
  z.record(z.string(), z.unknown()),
);

export const Log = z.strictObject({ level: z.enum(LOG_LEVELS).default('warn') });

/** One schema per section; the defaults of the whole product stand here and nowhere else. */
export const ConfigFile = z.strictObject({
  /** What agents may do: look, propose and ask, or act within the policy. Absent = `assist`, on the lab `operate`. */
  mode: z.enum(MODES).optional(),
  /** Journal, lessons, plans and tokens live here; absent = `~/.local/share/steward`. */
  dataDir: text.optional(),
  kubernetes: Kubernetes.prefault({}),
  lab: Lab.prefault({}),
  server: Server.prefault({}),
  memory: Memory.prefault({}),
  guard: Guard.prefault({}),
  checks: Checks.default({}),
  helm: Helm.prefault({}),
  images: Images.prefault({}),
  zfs: Zfs.prefault({}),
  proxmox: Proxmox.default([]),
  power: Power.prefault({}),
  log: Log.prefault({}),
});
export type ConfigFile = z.output<typeof ConfigFile>;

export type Mode = (typeof MODES)[number];

/** Members of maps in lists whose value is a path. */
export const LISTED_FILES: Readonly<Record<string, readonly string[]>> = {
  'zfs.hosts': ['keyFile'],
  proxmox: ['secretFile', 'passwordFile', 'ca'],
  'power.redfish': ['passwordFile', 'ca'],
  'power.ipmi': ['passwordFile'],
};

/** Settings whose value is a path: `~` is the home, anything relative belongs to the file it was read from. */
export const PATH_KEYS = [
  'dataDir',
  'kubernetes.kubeconfig',
  'server.tokensFile',
  'memory.lessonsDir',
  'memory.neo4j.passwordFile',
  'memory.embedder.apiKeyFile',
  'memory.export.folder',
  'helm.localCharts',
] as const;
