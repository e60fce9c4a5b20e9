import { join } from 'node:path';
import { loadChecks } from './app/checks.ts';
import type { Parts } from './app/contract.ts';
import { type LabHandle, startLab } from './app/lab.ts';
import { lazy } from './app/lazy.ts';
import { openLog } from './app/log.ts';
import { exportNightly } from './app/nightly.ts';
import { openParts } from './app/parts.ts';
import { countWays, labPower, lazyPowerReader } from './app/power.ts';
import { labConnections, lazyProxmoxReaders } from './app/proxmox.ts';
import {
  lazyAudit,
  lazyEntities,
  lazyGate,
  lazyGraph,
  lazyHelmPlanner,
  lazyJournal,
  lazyLessons,
  lazyOperator,
  lazyReader,
  lazyReview,
  lazyWorld,
} from './app/stand-ins.ts';
import { labHosts, lazyZfsReaders } from './app/zfs.ts';
import { type Config, modeFor } from './config/load.ts';
import type { Mode } from './config/sections.ts';
import type { Audit } from './core/audit.ts';
import { type Clock, systemClock } from './core/clock.ts';
import type { Lessons } from './core/consult.ts';
import type { Gate, JournalReader, Operator } from './core/gate.ts';
import { randomId } from './core/ids.ts';
import type { Plan } from './core/plan.ts';
import type { ToolRegistry } from './core/registry.ts';
import type { LessonGraph } from './memory/learn/graph.ts';
import type { Learner } from './memory/learn/learner.ts';
import type { LearningMetrics } from './memory/learn/metrics.ts';
import type { LessonReview } from './memory/learn/review.ts';
import type { Skill } from './memory/skills.ts';
import type { Log } from './server/log.ts';
import type { AnyAction, Standing, Toolset } from './tools/define.ts';
import { createRegistry } from './tools/registry.ts';
import type { ImagePlatforms } from './world/kubernetes/images.ts';

/** The product, put together; every entrance works through these few things. */
export interface App {
  /** What it works on, as people read it. */
  readonly where: string;
  readonly mode: Mode;
  readonly log: Log;
  readonly registry: ToolRegistry;
  readonly gate: Gate;
  readonly operator: Operator;
  readonly audit: Audit;
  readonly lessons: Lessons;
  readonly journal: JournalReader;
  readonly graph: LessonGraph;
  /** For people: what becomes of what was learned. */
  readonly review: LessonReview;
  learningMetrics(): Promise<LearningMetrics>;
  /** An alert that somebody hands over; what was learned from it, if a change soon before it explains it. */
  alertSeen: Learner['alertSeen'];
  /** Runbooks; one that cannot be read is told to the log and left out. */
  skills(): Promise<readonly Skill[]>;
  /** The lab it runs on, when it does. */
  readonly lab: LabHandle | undefined;
  /** What a person is asked before this plan runs. */
  questionFor(plan: Plan): Promise<string>;
  /** What a server does by itself while it runs; returns the way to end it. */
  background(): () => Promise<void>;
  close(): Promise<void>;
}

/**
 * The one place that builds concrete things. Databases, lessons, checks and the cluster's client are loaded at their
 * first use, so that a client that only lists tools waits for none of them.
 * With `config.lab.scenario` it starts that lab and works on it. Errors (`input`): `unknown_scenario`.
 */
export async function openApp(config: Config, clock: Clock = systemClock): Promise<App> {
  const { scenario } = config.lab;
  const log = openLog(config.log.level);
  if (Object.keys(config.checks).length > 0) await loadChecks(config.checks); // told at the start, not at the first look
  const lab = scenario === undefined ? undefined : await startLab({ scenario, port: 0, dataDir: config.dataDir });
  const mode = modeFor(config, lab !== undefined);
  const { toolsetsFor, optionalToolsets } = await import('./tools/toolsets.ts');
  const zfs = lab === undefined ? config.zfs.hosts : labHosts(lab.zfs);
  const proxmox = lab === undefined ? config.proxmox : labConnections(lab.proxmox);
  const power = lab === undefined ? config.power : labPower(lab.proxmox);
  const amounts: Readonly<Record<string, number>> = {
    zfs: zfs.length,
    proxmox: proxmox.length,
    power: countWays(power),
  };
  const toolsets = toolsetsFor((system) => amounts[system] !== 0);
  const actions = toolsets.flatMap((toolset) => toolset.actions);
  const cluster = lab === undefined ? config.cluster : { text: lab.kubeconfig };
  const images: ImagePlatforms | undefined = lab && { platformsOf: async (image) => lab.platformsOf(image) };
  const parts = openParts({
    config,
    mode,
    cluster,
    zfs,
    proxmox,
    power,
    actions,
    clock,
    log,
    ...(images && { images }),
    ...(lab === undefined && { readings: join(config.dataDir, 'readings.db') }),
  });
  return {
    where: whereOf(config, lab),
    mode,
    log,
    ...facesOf(parts, {
      mode,
      clock,
      log,
      toolsets: config.memory.graphTools ? [...toolsets, ...optionalToolsets] : toolsets,
      actions,
    }),
    lab,
    async skills() {
      const { loadSkills } = await import('./memory/skills.ts');
      const folder = join(config.memory.lessonsDir, 'skills');
      return loadSkills(folder, (file, reason) => log.warn({ file, reason }, 'A runbook could not be read.'));
    },
    questionFor: async (plan) => (await import('./guard/approval-text.ts')).renderApproval(plan),
    background: () => exportNightly({ config, memory: parts.memory, clock, log }),
    async close() {
      await parts.close();
      await lab?.close();
    },
  };
}

interface FaceFacts {
  readonly mode: Mode;
  readonly clock: Clock;
  readonly log: Log;
  readonly toolsets: readonly Toolset[];
  readonly actions: readonly AnyAction[];
}

function facesOf(parts: Parts, { mode, clock, log, toolsets, actions }: FaceFacts) {
  const operator = lazyOperator(parts.operator);
  const faces = {
    gate: lazyGate(parts.gate),
    audit: lazyAudit(parts.audit),
    lessons: lazyLessons(parts.lessons),
    journal: lazyJournal(lazy(async () => (await parts.record()).journal)),
    graph: lazyGraph(lazy(async () => (await parts.learning()).graph)),
  };
  const standing: Standing = {
    async read() {
      const frozen = await operator.frozen();
      return { mode, ...(frozen === undefined ? {} : { frozen }) };
    },
  };
  const registry = createRegistry({
    toolsets,
    clients: {
      ...faces,
      entities: lazyEntities(lazy(async () => (await parts.learning()).entities)),
      kubernetes: lazyReader(parts.kubernetes),
      helm: lazyHelmPlanner(parts.helm),
      ...(parts.zfs && { zfs: lazyZfsReaders(parts.zfs) }),
      ...(parts.proxmox && { proxmox: lazyProxmoxReaders(parts.proxmox) }),
      ...(parts.power && { power: lazyPowerReader(parts.power) }),
      world: lazyWorld(parts.world),
      standing,
      actions,
    },
    clock,
    random: randomId,
    known: parts.credentials,
    log: { error: (event, fields) => log.error(fields, event) },
  });
  const review = lazyReview(lazy(async () => (await parts.learning()).review));
  const learningMetrics = async () => (await parts.learning()).metrics();
  const alertSeen: Learner['alertSeen'] = async (alert) => (await parts.learning()).learner.alertSeen(alert);
  return { ...faces, operator, registry, review, learningMetrics, alertSeen };
}

function whereOf({ cluster, kubernetes: { context } }: Config, lab: LabHandle | undefined): string {
  if (lab !== undefined) return `the lab (${lab.scenario})`;
  if (cluster === undefined) return 'no cluster';
  const source = 'inCluster' in cluster ? 'the cluster around this pod' : `the cluster of ${cluster.paths.join(', ')}`;
  return context === undefined ? source : `${source} (context ${context})`;
}
