import { createEtcdSnapshotController } from '../etcd-snapshots/controller.ts';
import type { EtcdSnapshotPlan } from '../etcd-snapshots/facts.ts';
import { createLonghornController } from '../longhorn/controller.ts';
import type { LonghornPlan } from '../longhorn/facts.ts';
import type { ObjectStore } from '../store.ts';
import { createAttachController } from './attach.ts';
import { createCronJobController } from './cron-job.ts';
import { createDaemonSetController } from './daemon-set.ts';
import { createDeploymentController } from './deployment.ts';
import { createDisruptionController } from './disruption.ts';
import { createEndpointsController } from './endpoints.ts';
import { createEventExpiryController } from './event-expiry.ts';
import { createGarbageCollector } from './garbage.ts';
import { createJobController } from './job.ts';
import type { PersistentVolumeClaim } from './kinds.ts';
import { createKubelet, type KubeletOptions } from './kubelet/kubelet.ts';
import { createNodeStatusController } from './kubelet/node-status.ts';
import { createLoadBalancerController } from './load-balancer.ts';
import type { LoopController } from './loop.ts';
import { createNamespaceController } from './namespace.ts';
import { createNamespaceDefaultsController } from './namespace-defaults.ts';
import { createNodeLifecycleController } from './node-lifecycle.ts';
import { createReplicaSetController } from './replica-set.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { createStatefulSetController } from './stateful-set.ts';
import { createVolumeController } from './volumes.ts';

export interface ControllerOptions {
  readonly kubelet: KubeletOptions;
  /** Every resource that has ever had an object. */
  resources(): readonly string[];
  /** When a node's kubelet went silent. */
  downSince(node: string): Date | undefined;
  /** False while a past is played: kubelets do not report that they are well every few minutes then. */
  isLive(): boolean;
  /** The provisioner does not answer for this claim. */
  isStuck(claim: PersistentVolumeClaim): boolean;
  /** Addresses for services of type LoadBalancer. */
  readonly loadBalancerPool: readonly string[];
  /** Undefined = Longhorn is not installed. */
  readonly longhorn?: LonghornPlan | undefined;
  /** Undefined = not k3s with its own etcd. */
  readonly etcdSnapshots?: EtcdSnapshotPlan | undefined;
  /** PEM, for the ConfigMap `kube-root-ca.crt`. */
  readonly certificate: string;
}

/** Everything that makes a cluster move, in the order of one round. */
export const createControllers = (options: ControllerOptions): readonly LoopController[] => [
  createNamespaceDefaultsController(options.certificate),
  createNodeStatusController({ downSince: (node) => options.downSince(node), isLive: () => options.isLive() }),
  createNodeLifecycleController(),
  createCronJobController(),
  createJobController(),
  createDeploymentController(),
  createReplicaSetController(),
  createStatefulSetController(),
  createDaemonSetController(),
  createVolumeController((claim) => options.isStuck(claim)),
  createScheduler(),
  createAttachController((pod) => options.kubelet.volumeFault(pod)),
  createLonghornController(options.longhorn),
  createEtcdSnapshotController(options.etcdSnapshots),
  createKubelet(options.kubelet),
  createLoadBalancerController(options.loadBalancerPool),
  createEndpointsController(),
  createDisruptionController(),
  createGarbageCollector(() => options.resources()),
  createNamespaceController(() => options.resources()),
  createEventExpiryController(),
];

/** Keeps the list of resources that have ever had an object in a store. */
export const trackResources = (store: ObjectStore): (() => readonly string[]) => {
  const seen = new Set<string>();
  store.listen(({ resource }) => void seen.add(resource));
  return () => [...seen];
};
