import { connectHelp } from '../connect-help.ts';
import { openAgent } from './agent.ts';
import { replaceDisk } from './disk.ts';
import { rebootHost } from './host.ts';
import { drainDnsNode, lookAround, proposeRight, proposeTrap, type Scene, showCounters, showJournal } from './steps.ts';

export interface Stage extends Omit<Scene, 'agent' | 'expect'> {
  readonly url: string;
}

/** Tells the first homelab's steps; returns what did not go as told (nothing, when all is well). */
export async function tellStory(stage: Stage): Promise<readonly string[]> {
  const { transcript, url } = stage;
  const surprises: string[] = [];
  const expect = (told: string, isSo: boolean): void => {
    if (!isSo) surprises.push(told);
  };
  transcript.tell(
    'A homelab of eight machines runs inside this process, behind a Kubernetes API that kubectl could talk to.',
  );
  transcript.tell(`An agent reaches it through steward with a real MCP client, at ${url}.`);
  await withAgent(stage, 'first-agent', expect, async (scene) => {
    await lookAround(scene);
    await proposeTrap(scene, 'b. It proposes a Service with a trap in it');
    await proposeRight(scene);
    await drainDnsNode(scene);
  });
  await withAgent(stage, 'second-agent', expect, async (scene) => {
    await proposeTrap(scene, 'e. A second agent, in a new session, makes the same mistake');
    await showCounters(scene);
    await showJournal(scene);
  });
  return surprises;
}

/** A homelab of one server and its pool. */
export const tellDiskStory = (stage: Stage): Promise<readonly string[]> => tellOne(stage, 'third-agent', replaceDisk);

/** A homelab whose Kubernetes nodes are guests of Proxmox hosts. */
export const tellHostStory = (stage: Stage): Promise<readonly string[]> => tellOne(stage, 'fourth-agent', rebootHost);

async function tellOne(stage: Stage, name: string, play: (scene: Scene) => Promise<void>): Promise<readonly string[]> {
  const surprises: string[] = [];
  const expect = (told: string, isSo: boolean): void => {
    if (!isSo) surprises.push(told);
  };
  await withAgent(stage, name, expect, play);
  return surprises;
}

export function tellEnd({ transcript }: Pick<Stage, 'transcript'>): void {
  transcript.step(
    'Your turn',
    'The lab of this demo ends with it. Start one that stays, then connect a client of yours:',
  );
  transcript.tell('\n  npx homelab-steward up --lab demo     (in a clone: npm run steward -- up --lab demo)\n');
  transcript.tell(connectHelp('http://127.0.0.1:8484/mcp', false));
}

async function withAgent(
  stage: Stage,
  name: string,
  expect: Scene['expect'],
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const agent = await openAgent({ ...stage, name, person: 'no' });
  try {
    await play({ ...stage, agent, expect });
  } finally {
    await agent.close();
  }
}
