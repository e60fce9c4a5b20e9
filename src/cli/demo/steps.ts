import type { App } from '../../app.ts';
import type { PlanStatus } from '../../core/plan.ts';
import type { Principal, Session } from '../../core/principal.ts';
import { plural } from '../print.ts';
import type { Agent } from './agent.ts';
import { RIGHT_SERVICE, TRAPPED_SERVICE } from './manifests.ts';
import type { Transcript } from './transcript.ts';

/** What every step needs; `expect` notes what did not go as the story tells it. */
export interface Scene {
  readonly app: App;
  readonly agent: Agent;
  readonly transcript: Transcript;
  /** Who answers at a terminal. */
  readonly person: Principal;
  readonly signal: AbortSignal;
  readonly expect: (told: string, isSo: boolean) => void;
}

export async function lookAround({ agent, transcript }: Scene): Promise<void> {
  transcript.step('a. The agent looks around', 'Reading is free. Counts and whatever is abnormal come first.');
  await agent.call('overview', {});
  await agent.call('cluster_list', { kind: 'pods', namespace: 'cardboard' });
}

export async function proposeTrap(scene: Scene, title: string): Promise<void> {
  scene.transcript.step(
    title,
    'Its selector also fits the pods of PostgreSQL: half the requests would end at the database. steward looks at the\ncluster as it would be, says no, and says where that was learned.',
  );
  const { plan } = await propose(scene, 'cluster_apply', { manifest: TRAPPED_SERVICE }, WISH);
  scene.expect('the trapped Service was denied', plan.decision.kind === 'deny');
  scene.expect(
    'the denial names the lesson',
    plan.lessons.some(({ id }) => id === TRAP_LESSON),
  );
}

export async function proposeRight(scene: Scene): Promise<void> {
  scene.transcript.step(
    'c. It does as the lesson says',
    'One more label in the selector. Nothing is introduced, so it may run; steward applies it and looks whether it worked.',
  );
  const { plan } = await propose(scene, 'cluster_apply', { manifest: RIGHT_SERVICE }, WISH);
  scene.expect('the right Service was allowed', plan.decision.kind === 'allow');
  await apply(scene, plan.id, plan.receipt.mustAcknowledge);
  const { outcome } = await statusOf(scene, plan.id);
  scene.expect('the right Service was applied and verified', outcome?.state === 'done' && outcome.verified === 'yes');
}

export async function drainDnsNode(scene: Scene): Promise<void> {
  scene.transcript.step(
    'd. It wants to drain the node where the only CoreDNS runs',
    'Every name lookup in the cluster would fail meanwhile. That is not for an agent to decide: a person is asked.',
  );
  const pods = await scene.agent.call('cluster_list', {
    kind: 'pods',
    namespace: 'kube-system',
    selector: 'k8s-app=kube-dns',
  });
  const node = nodeOf('coredns', pods);
  scene.expect('CoreDNS was found', node !== undefined);
  if (node === undefined) return;
  const { plan } = await propose(scene, 'cluster_drain', { node }, `new memory for ${node}`);
  scene.expect('the drain waits for a person', plan.decision.kind === 'ask');
  await apply(scene, plan.id, plan.receipt.mustAcknowledge);
  if (plan.decision.kind === 'ask' && plan.decision.approval === 'other_principal')
    await refuseAtTerminal(scene, plan.id);
  scene.expect('the drain did not run', (await statusOf(scene, plan.id)).outcome === undefined);
}

/** What concerns the whole cluster is not asked in the agent's own client: a person answers on another road. */
async function refuseAtTerminal({ app, person, transcript }: Scene, planId: string): Promise<void> {
  const { plan } = await app.gate.show(planId, sessionOf(person));
  transcript.says(`A person runs "steward approve ${planId}" in a terminal and reads`, await app.questionFor(plan));
  await app.operator.refuse(planId, person, 'not without a second CoreDNS');
  transcript.says('The person', 'no: not without a second CoreDNS');
}

export async function showCounters({ app, agent, transcript, expect }: Scene): Promise<void> {
  transcript.step('   What was learned', 'The lesson keeps count of what it has prevented.');
  await agent.call('lessons_search', { text: 'service selector' });
  const prevented = (await app.lessons.get(TRAP_LESSON))?.counters.prevented;
  transcript.tell(`  ${TRAP_LESSON}: prevented ${prevented}`);
  expect('the lesson prevented 2', prevented === 2);
}

export async function showJournal({ app, agent, transcript, expect }: Scene): Promise<void> {
  transcript.step('f. What happened is on record', 'Every entry carries the hash of the one before it.');
  await agent.call('journal_list', {});
  const verdict = await app.journal.verify();
  transcript.says(
    'steward journal verify',
    verdict.ok ? `The chain is whole: ${plural(verdict.entries, 'entry', 'entries')}.` : 'The chain is broken.',
  );
  expect('the chain of the journal is whole', verdict.ok);
}

/** The person reads the question at a terminal and says yes. */
export async function yesAtTerminal({ app, person, transcript }: Scene, planId: string): Promise<void> {
  const { plan } = await app.gate.show(planId, sessionOf(person));
  transcript.says(`A person runs "steward approve ${planId}" in a terminal and reads`, await app.questionFor(plan));
  await app.operator.approve(planId, person, 'cli');
  transcript.says('The person', 'yes');
}

/** True when the change never becomes a plan that may run: denied, or not planned at all. */
export async function refused(
  { app, agent, person }: Scene,
  action: string,
  input: object,
  reason: string,
): Promise<boolean> {
  const text = await agent.call('plan_change', { action, input, reason });
  const id = /\bplan-[a-z0-9]+/.exec(text)?.[0];
  return id === undefined || (await app.gate.show(id, sessionOf(person))).plan.decision.kind === 'deny';
}

/** The last column of the row of that pod. */
const nodeOf = (pod: string, listed: string): string | undefined =>
  listed
    .split('\n')
    .find((line) => line.split('\t').some((cell) => cell.startsWith(`${pod}-`)))
    ?.split('\t')
    .at(-1);

const WISH = 'other apps want to reach the web app';

const TRAP_LESSON = 'k8s-service-selector-overmatch';

export async function propose(
  { app, agent, person }: Scene,
  action: string,
  input: object,
  reason: string,
): Promise<PlanStatus> {
  const text = await agent.call('plan_change', { action, input, reason });
  const id = /\bplan-[a-z0-9]+/.exec(text)?.[0];
  if (id === undefined) throw new Error(`plan_change made no plan: ${text.slice(0, 500)}`);
  return app.gate.show(id, sessionOf(person));
}

export const apply = ({ agent }: Scene, plan: string, acknowledge: readonly string[]): Promise<string> =>
  agent.call('apply_plan', { plan, acknowledge });

export const statusOf = ({ app, person }: Scene, planId: string): Promise<PlanStatus> =>
  app.gate.show(planId, sessionOf(person));

const sessionOf = (principal: Principal): Session => ({ id: 'demo-person', principal, taint: new Set() });
