import type * as z from 'zod';
import type { HelmPlanner, HelmWriter } from '../clients/helm/contract.ts';
import type { KubernetesReader, KubernetesWriter } from '../clients/kubernetes/contract.ts';
import type { PowerReader, PowerWriter } from '../clients/power/contract.ts';
import type { ProxmoxClusters, ProxmoxWriter } from '../clients/proxmox/contract.ts';
import type { ZfsHosts, ZfsWriter } from '../clients/zfs/contract.ts';
import type { Audit } from '../core/audit.ts';
import type { Lessons } from '../core/consult.ts';
import type { Gate, JournalReader } from '../core/gate.ts';
import type { Action, Tool } from '../core/tool.ts';
import type { EntityGraph } from '../memory/learn/entities.ts';
import type { LessonGraph } from '../memory/learn/graph.ts';
import type { WorldReader } from '../world/gather.ts';

/** How this server stands right now, for the first screen. */
export interface Standing {
  read(): Promise<{
    readonly mode: 'observe' | 'assist' | 'operate';
    readonly frozen?: { readonly by: string; readonly reason: string; readonly at: string };
  }>;
}

/** Everything a reading tool can be given; a tool sees only what its `needs` names. */
export interface ReadClients {
  readonly kubernetes: KubernetesReader;
  readonly helm: HelmPlanner;
  readonly proxmox: ProxmoxClusters;
  readonly power: PowerReader;
  readonly zfs: ZfsHosts;
  readonly world: WorldReader;
  readonly audit: Audit;
  readonly lessons: Lessons;
  readonly graph: LessonGraph;
  readonly entities: EntityGraph;
  readonly gate: Gate;
  readonly journal: JournalReader;
  readonly standing: Standing;
  /** Every action, so that `plan_change` can describe them and answer bad input with a schema. */
  readonly actions: readonly AnyAction[];
}

/** What `run` of an action is given for the same names. */
export interface WriteClients {
  readonly zfs: ZfsHosts<ZfsWriter>;
  readonly kubernetes: KubernetesWriter;
  readonly helm: HelmWriter;
  readonly proxmox: ProxmoxClusters<ProxmoxWriter>;
  readonly power: PowerWriter;
}

type ActionNeeds = keyof WriteClients;

// The registry holds tools of every input: their own types are checked where they are defined,
// and the dispatcher parses the input with the tool's own schema before it calls `run`.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyTool = Tool<any, z.ZodObject, any>;
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyAction = Action<any, any, z.ZodObject, any>;

export const defineTool = <N extends keyof ReadClients, I extends z.ZodObject, O>(
  tool: Tool<Pick<ReadClients, N>, I, O>,
): AnyTool => tool;

export const defineAction = <N extends ActionNeeds, I extends z.ZodObject, O>(
  action: Action<Pick<ReadClients, N>, Pick<WriteClients, N>, I, O>,
): AnyAction => action;

/** A name that somebody may try, for something that no action does: why not, and what to do instead. */
export interface RefusedAction {
  readonly pattern: RegExp;
  readonly rule: string;
  readonly instead: string;
}

export interface Toolset {
  readonly name: string;
  readonly title: string;
  readonly tools: readonly AnyTool[];
  readonly actions: readonly AnyAction[];
}
