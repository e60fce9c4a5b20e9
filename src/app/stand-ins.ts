import type { HelmPlanner, HelmWriter } from '../clients/helm/contract.ts';
import type { KubernetesReader, KubernetesWriter } from '../clients/kubernetes/contract.ts';
import type { Audit } from '../core/audit.ts';
import type { Lessons } from '../core/consult.ts';
import type { Gate, JournalReader, Operator } from '../core/gate.ts';
import type { EntityGraph } from '../memory/learn/entities.ts';
import type { LessonGraph } from '../memory/learn/graph.ts';
import type { LessonReview } from '../memory/learn/review.ts';
import type { WorldReader } from '../world/gather.ts';
import { type Lazy, standIn } from './lazy.ts';

const READS = {
  identity: true,
  version: true,
  kinds: true,
  kind: true,
  get: true,
  list: true,
  listAll: true,
  logs: true,
  dryRun: true,
} as const satisfies Record<keyof KubernetesReader, true>;

/** For tools: there is no writing method in it. */
export const lazyReader = (load: Lazy<KubernetesReader>): KubernetesReader => standIn(load, READS);

/** For the guard alone. */
export const lazyWriter = (load: Lazy<KubernetesWriter>): KubernetesWriter => standIn(load, { ...READS, write: true });

const HELM_READS = {
  releases: true,
  history: true,
  release: true,
  version: true,
  chart: true,
  render: true,
} as const satisfies Record<keyof HelmPlanner, true>;

/** For tools, as above. */
export const lazyHelmPlanner = (load: Lazy<HelmPlanner>): HelmPlanner => standIn(load, HELM_READS);

export const lazyHelmWriter = (load: Lazy<HelmWriter>): HelmWriter => standIn(load, { ...HELM_READS, write: true });

export const lazyWorld = (load: Lazy<WorldReader>): WorldReader => standIn(load, { world: true });

export const lazyAudit = (load: Lazy<Audit>): Audit => standIn(load, { run: true });

export const lazyLessons = (load: Lazy<Lessons>): Lessons =>
  standIn(load, { consult: true, search: true, get: true, record: true, count: true, revision: true });

export const lazyGraph = (load: Lazy<LessonGraph>): LessonGraph =>
  standIn(load, { search: true, around: true, feedback: true, relate: true });

export const lazyEntities = (load: Lazy<EntityGraph>): EntityGraph =>
  standIn(load, {
    create: true,
    relate: true,
    observe: true,
    retire: true,
    forget: true,
    unrelate: true,
    read: true,
    search: true,
    open: true,
  });

export const lazyReview = (load: Lazy<LessonReview>): LessonReview =>
  standIn(load, {
    queue: true,
    item: true,
    confirm: true,
    retire: true,
    merge: true,
    edit: true,
    promote: true,
    demote: true,
  });

export const lazyGate = (load: Lazy<Gate>): Gate => standIn(load, { propose: true, apply: true, show: true });

export const lazyJournal = (load: Lazy<JournalReader>): JournalReader => standIn(load, { list: true, verify: true });

export const lazyOperator = (load: Lazy<Operator>): Operator =>
  standIn(load, {
    approve: true,
    refuse: true,
    waiting: true,
    freeze: true,
    thaw: true,
    frozen: true,
    recover: true,
  });
