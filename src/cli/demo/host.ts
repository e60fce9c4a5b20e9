import { propose, type Scene } from './steps.ts';

const HOST = { cluster: 'home', node: 'pve1' };
const ETCD_LESSON = 'etcd-two-members-moved';

/** Of three etcd members one is down already; the reboot of a host would take the next with it. */
export async function rebootHost(scene: Scene): Promise<void> {
  const { agent, expect } = scene;
  scene.transcript.step(
    'j. In a third homelab a Proxmox host wants a reboot',
    'Its virtual machines are Kubernetes nodes. What stands on the host, layer by layer?',
  );
  await agent.call('depends_on', { on: `Host ${HOST.node}`, direction: 'up' });

  scene.transcript.step(
    'k. The reboot would take the second of three etcd members',
    'Neither Proxmox nor Kubernetes sees both halves of this; steward looks at what would be left.',
  );
  const { plan } = await propose(scene, 'proxmox_reboot_node', HOST, 'a new kernel');
  expect('the reboot was denied', plan.decision.kind === 'deny');
  expect(
    'the denial of the reboot names the lesson',
    plan.lessons.some(({ id }) => id === ETCD_LESSON),
  );
}
