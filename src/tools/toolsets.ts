import apply from './cluster/actions/apply.ts';
import cordon from './cluster/actions/cordon.ts';
import deleteObject from './cluster/actions/delete.ts';
import drain from './cluster/actions/drain.ts';
import label from './cluster/actions/label.ts';
import patch from './cluster/actions/patch.ts';
import restart from './cluster/actions/restart.ts';
import rollback from './cluster/actions/rollback.ts';
import scale from './cluster/actions/scale.ts';
import uncordon from './cluster/actions/uncordon.ts';
import diagnose from './cluster/diagnose.ts';
import events from './cluster/events.ts';
import get from './cluster/get.ts';
import list from './cluster/list.ts';
import logs from './cluster/logs.ts';
import overview from './cluster/overview.ts';
import type { AnyAction, Toolset } from './define.ts';
import addObservations from './graph/add-observations.ts';
import createEntities from './graph/create-entities.ts';
import createRelations from './graph/create-relations.ts';
import deleteEntities from './graph/delete-entities.ts';
import deleteObservations from './graph/delete-observations.ts';
import deleteRelations from './graph/delete-relations.ts';
import openNodes from './graph/open-nodes.ts';
import readGraph from './graph/read-graph.ts';
import searchNodes from './graph/search-nodes.ts';
import lessonFeedback from './memory/lesson-feedback.ts';
import helmInstall from './helm/actions/install.ts';
import helmRepair from './helm/actions/repair.ts';
import helmRollback from './helm/actions/rollback.ts';
import helmUninstall from './helm/actions/uninstall.ts';
import helmUpgrade from './helm/actions/upgrade.ts';
import helmRelease from './helm/release.ts';
import helmReleases from './helm/releases.ts';
import lessonRecord from './memory/lesson-record.ts';
import lessonsGraph from './memory/lessons-graph.ts';
import lessonsSearch from './memory/lessons-search.ts';
import applyPlan from './ops/apply-plan.ts';
import journalList from './ops/journal-list.ts';
import { planChange } from './ops/plan-change.ts';
import planShow from './ops/plan-show.ts';

const clusterActions: readonly AnyAction[] = [
  apply,
  patch,
  scale,
  restart,
  rollback,
  label,
  deleteObject,
  cordon,
  uncordon,
  drain,
];

const helmActions: readonly AnyAction[] = [helmInstall, helmUpgrade, helmRollback, helmUninstall, helmRepair];

/** Every action, in the order of the description of `plan_change`. */
const actions: readonly AnyAction[] = [...clusterActions, ...helmActions];

/** Everything an agent can see, in the order of `tools/list`. Written by hand; a test compares it with the folders. */
export const toolsets: readonly Toolset[] = [
  {
    name: 'cluster',
    title: 'Kubernetes',
    tools: [overview, list, get, diagnose, logs, events],
    actions: clusterActions,
  },
  { name: 'helm', title: 'Helm', tools: [helmReleases, helmRelease], actions: helmActions },
  { name: 'ops', title: 'Changes', tools: [planChange(actions), applyPlan, planShow, journalList], actions: [] },
  { name: 'memory', title: 'Lessons', tools: [lessonsSearch, lessonsGraph, lessonRecord, lessonFeedback], actions: [] },
];

/** Listed only when asked for (`memory.graphTools`): what users of the reference memory server know. */
export const optionalToolsets: readonly Toolset[] = [
  {
    name: 'graph',
    title: 'Entities',
    tools: [
      createEntities,
      createRelations,
      addObservations,
      deleteEntities,
      deleteObservations,
      deleteRelations,
      readGraph,
      searchNodes,
      openNodes,
    ],
    actions: [],
  },
];
