import { expect, test } from 'vitest';
import { conditionOf } from '../support.ts';
import { startHarness } from '../testing.ts';
import { logLines } from './logs.ts';

type Lab = ReturnType<typeof startHarness>;

const pod = (lab: Lab, container: object = {}, spec: object = {}) => {
  lab.create('pods', 'Pod', 'one', { spec: { containers: [{ name: 'main', image: 'app:1', ...container }], ...spec } });
  lab.settle();
};
const start = (options: Parameters<typeof startHarness>[0] = {}, arch = 'amd64') => {
  const lab = startHarness(options);
  lab.node('a', { arch });
  return lab;
};
const status = (lab: Lab) => lab.one('pods', 'one')?.status;
const main = (lab: Lab) => status(lab)?.containerStatuses?.[0];
const log = (lab: Lab, previous = false) => {
  const found = lab.one('pods', 'one');
  const node = lab.one('nodes', 'a', '');
  if (!found) return undefined;
  return logLines(lab.images, { pod: found, node, container: 'main', previous, now: lab.clock.now() })?.map(
    ({ text }) => text,
  );
};

test('a pod pulls, starts and is ready, with an address of its node', () => {
  const lab = start();
  pod(lab);
  expect(status(lab)).toMatchObject({ phase: 'Running', podIP: '10.42.0.2', hostIP: '192.168.20.10' });
  expect(conditionOf(status(lab), 'Ready')?.status).toBe('True');
  expect(lab.reasons('one').map((line) => line.split(':')[0])).toEqual([
    'Scheduled',
    'Pulling',
    'Pulled',
    'Created',
    'Started',
  ]);
});

test('startup takes the time that the image and the lab say', () => {
  const lab = start({ images: { app: { startupMs: 4_000 } }, timing: { pullMs: 3_000 } });
  pod(lab);
  expect(main(lab)?.state.waiting?.reason).toBe('ContainerCreating');
  lab.advance(3_000);
  expect(main(lab)).toMatchObject({ ready: false, started: true });
  lab.advance(4_000);
  expect(main(lab)?.ready).toBe(true);
});

test('an amd64 image on an arm64 node crashes with an exec format error', () => {
  const lab = start({ images: { app: { platforms: ['linux/amd64'] } } }, 'arm64');
  pod(lab);
  lab.advance(1_000);
  expect(main(lab)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 255, reason: 'Error' } } });
  expect(main(lab)?.state.waiting?.reason).toBe('CrashLoopBackOff');
  expect(log(lab)?.join()).toContain('exec format error');
});

test('a crash loop backs off 10, 20, 40 seconds ... and keeps the log of the run before', () => {
  const image = { behaviour: { kind: 'exit', code: 1, afterMs: 0 }, log: ['panic: no database'] } as const;
  const lab = start({ images: { app: image } });
  pod(lab);
  const restarts = [0, 9_000, 1_000, 19_000, 1_000].map((ms) => {
    lab.advance(ms);
    return main(lab)?.restartCount;
  });
  expect(restarts).toEqual([1, 1, 2, 2, 3]);
  expect(main(lab)?.state.waiting?.message).toMatch(/^back-off 40s restarting failed container=main pod=one_default/);
  expect(log(lab, true)).toEqual(['panic: no database']);
  lab.advance(3_600_000);
  expect(main(lab)?.restartCount).toBeGreaterThan(12);
});

test('a container that needs more memory than its limit is killed, with a higher limit it lives', () => {
  const lab = start({ images: { app: { memory: 600 * 1024 * 1024 } } });
  pod(lab, { resources: { limits: { memory: '512Mi' } } });
  lab.advance(30_000);
  expect(main(lab)?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  lab.api.delete('pods', 'default', 'one', { graceSeconds: 0 });
  pod(lab, { resources: { limits: { memory: '1Gi' } } });
  lab.advance(60_000);
  expect(main(lab)).toMatchObject({ ready: true, restartCount: 0 });
});

test('an unknown tag is never pulled', () => {
  const lab = start({ images: { app: { tags: ['2'] } } });
  pod(lab);
  expect(main(lab)?.state.waiting?.reason).toBe('ErrImagePull');
  lab.advance(2_000);
  expect(main(lab)?.state.waiting?.reason).toBe('ImagePullBackOff');
  expect(status(lab)?.phase).toBe('Pending');
  expect(lab.reasons('one').some((line) => line.startsWith('Failed: Failed to pull image "app:1"'))).toBe(true);
});

test('a registry that stops answering hurts only nodes that lack the image', () => {
  const lab = start();
  lab.images.set('app', {
    platforms: ['linux/amd64'],
    behaviour: { kind: 'run', ready: true },
    startupMs: 0,
    log: [],
    pull: { error: 'authorization failed: no basic auth credentials', failsFrom: new Date('2026-11-20T13:00:00Z') },
  });
  pod(lab);
  expect(main(lab)?.ready).toBe(true);
  lab.advance(7_200_000);
  lab.api.delete('pods', 'default', 'one', { graceSeconds: 0 });
  pod(lab);
  expect(main(lab)?.ready).toBe(true);
  lab.api.delete('pods', 'default', 'one', { graceSeconds: 0 });
  pod(lab, { imagePullPolicy: 'Always' });
  expect(main(lab)?.state.waiting?.message).toContain('no basic auth credentials');
});

test('init containers run first and one after the other; a failing one holds the pod', () => {
  const lab = start({ images: { bad: { behaviour: { kind: 'exit', code: 2, afterMs: 0 } } } });
  pod(
    lab,
    {},
    {
      initContainers: [
        { name: 'first', image: 'ok:1' },
        { name: 'second', image: 'bad:1' },
      ],
    },
  );
  expect(
    status(lab)?.initContainerStatuses?.map(
      ({ state, lastState }) => (state.terminated ?? lastState.terminated)?.exitCode,
    ),
  ).toEqual([0, 2]);
  expect(status(lab)?.phase).toBe('Pending');
  expect(main(lab)?.state.waiting?.reason).toBe('PodInitializing');
});

test('a pod waits for its ConfigMap, says so, and goes on when it comes', () => {
  const lab = start();
  pod(lab, {}, { volumes: [{ name: 'config', configMap: { name: 'settings' } }] });
  expect(main(lab)?.state.waiting?.reason).toBe('ContainerCreating');
  expect(lab.reasons('one')).toContain(
    'FailedMount: MountVolume.SetUp failed for volume "config" : configmap "settings" not found',
  );
  lab.create('configmaps', 'ConfigMap', 'settings');
  lab.settle();
  expect(main(lab)?.ready).toBe(true);
});

test('a missing Secret in the environment is a configuration error until it is there', () => {
  const lab = start();
  const env = [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } }];
  pod(lab, { env });
  expect(main(lab)?.state.waiting).toMatchObject({
    reason: 'CreateContainerConfigError',
    message: 'secret "keys" not found',
  });
  lab.create('secrets', 'Secret', 'keys', { data: { token: 'eA==' } });
  lab.settle();
  expect(main(lab)?.ready).toBe(true);
});

test('a stuck volume keeps the pod creating and reports again every two minutes', () => {
  const fault = { type: 'Warning', reason: 'FailedAttachVolume', message: 'AttachVolume.Attach failed' } as const;
  const lab = start({ volumeFault: () => fault });
  pod(lab);
  lab.advance(5 * 60_000);
  expect(main(lab)?.state.waiting?.reason).toBe('ContainerCreating');
  expect(lab.count('one', 'FailedAttachVolume')).toBe(3);
});

test('a deleted pod is gone after its stop time, never later than its grace', () => {
  const lab = start({ timing: { stopMs: 60_000 } });
  pod(lab);
  lab.api.delete('pods', 'default', 'one', { graceSeconds: 10 });
  lab.settle();
  expect(lab.reasons('one')).toContain('Killing: Stopping container main');
  lab.advance(9_000);
  expect(lab.one('pods', 'one')).toBeDefined();
  lab.advance(1_000);
  expect(lab.one('pods', 'one')).toBeUndefined();
});

test('a running container goes on printing its lines', () => {
  const lab = start({ images: { app: { log: ['up'], repeat: { everyMs: 60_000, lines: ['tick', 'tock'] } } } });
  pod(lab);
  lab.advance(180_000);
  expect(log(lab)).toEqual(['up', 'tock', 'tick', 'tock']);
});
