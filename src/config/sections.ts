import * as z from 'zod';

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

export const Memory = z.strictObject({
  /** Lessons as Markdown files; absent = the ones that come with the package. */
  lessonsDir: text.optional(),
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

export const Images = z.strictObject({
  /** Ask the registries of images which platforms they offer (anonymously, once a day each). They are outside the lab and count requests. */
  registry: z.boolean().default(false),
});

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
  images: Images.prefault({}),
  log: Log.prefault({}),
});
export type ConfigFile = z.output<typeof ConfigFile>;

export type Mode = (typeof MODES)[number];

/** Settings whose value is a path: `~` is the home, anything relative belongs to the file it was read from. */
export const PATH_KEYS = ['dataDir', 'kubernetes.kubeconfig', 'server.tokensFile', 'memory.lessonsDir'] as const;
