import { expect, test } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import { loadLessons } from '../../../src/memory/lesson-file.ts';

const FOLDER = new URL('../../../lessons', import.meta.url).pathname;

/** Every lesson that the package must bring along. */
const IDS = `
agent-context-duplicates agent-delete-ownerless-pod agent-flat-memory-dilution agent-fleet-no-value
agent-guessed-pod-name agent-host-commands-in-pod agent-namespace-confusion agent-no-memory agent-terraform-destroy
agent-wrong-infra-namespace alert-longhorn-robustness-semantics alert-on-missing-metric alert-pve-memory-arc
alert-rule-always-true arc-api-group-typo arc-dind-privileged arc-labels-replace arc-org-secrets arc-zfs-vs-kubelet
autoupdate-image-swap backrest-retention-skipped backup-alert-on-absence bedrock-model-id bedrock-toolresult-shape
bedrock-tooluse-marketplace bound-pvc-full bpg-provider-quirks bulk-import-io-storm client-filter-is-not-authz
cronjob-logs-gone csi-liveness-port-zombie dangling-integration democratic-csi-busy-dataset democratic-csi-latest
e1000e-hang ecr-token-12h etcd-on-hdd etcd-peer-url-persisted etcd-snapshot-local-only etcd-snapshot-unverified
etcd-two-members-moved flux-recreate-barrier gpu-host-driver-grab gpu-passthrough-q35 hostport-rolling-single-node
http-https-healthcheck ingress-nginx-eol k3s-installer-wipes-agent-env k3s-minor-skip k3s-sqlite-no-etcd-snapshots
k3s-tls-newer-than-datastore k3s-traefik-pinned-major k3s-upgrade-via-guest-agent k8s-arch-exec-format
k8s-compose-devices-field k8s-configmap-overrides-code-default k8s-configmap-subpath-readonly
k8s-coredns-single-replica k8s-crd-group-removed k8s-debug-pod-kills-itself k8s-env-var-order
k8s-force-delete-statefulset k8s-gpu-taint-overconstrains k8s-headless-chrome-arm64 k8s-helm-wait-rbac
k8s-hostnetwork-netpol k8s-latest-tag k8s-loopback-bind k8s-monitor-what-should-exist k8s-namespace-rename-cost
k8s-netpol-egress-missing-backup k8s-nodeaffinity-wrong-nesting k8s-psa-restricted-bulk-label k8s-rbac-bind-escalate
k8s-recreate-vs-rollingupdate k8s-rollout-timeout-slow-start k8s-service-selector-overmatch k8s-stale-node-longhorn
k8s-statefulset-no-recreate kured-two-layers-two-paths lacp-switch-first landing-the-plane lima-no-nfs
litellm-drop-params litellm-supply-chain litellm-tags llm-cost-table-wrong loki-chart-moved loki-default-mode
loki-tsdb-index-corrupt longhorn-1gbe-weak-link longhorn-arm-replicas-trimmed longhorn-backup-cred-rotation
longhorn-device-looks-like-disk-failure longhorn-encrypted-staging longhorn-healthy-but-io-errors
longhorn-instance-manager-psa longhorn-multipath longhorn-new-node-rebalance longhorn-overprovision-100
longhorn-pdb-blocks-drain longhorn-replica-count-existing longhorn-skip-minor
longhorn-volume-owner-before-vm-replace lsi-scsihw-stall magicdns-lan mcp-tool-bloat mellanox-two-cold-boots
memory-undersized metallb-pool-annotation monitoring-on-same-storage monitors-without-channels mqtt-anonymous
neo4j-community-offline-backup nfs-fsid0-pseudo-root oci-index-orphan openclaw-device-pairing
openwebui-model-download out-of-band-fix-reverted pla-near-exhaust postgres-lost-found privacy-admin-sees-chats
prometheus-disk-full-cardinality prometheus-frozen-but-running prometheus-operator-fights-scale
prometheus-pvc-subpath prometheus-relabel-port promtail-eol pve-pci-root-pam rclone-sync-deletes redis-split-brain
registry-hairpin safety-default-one-layer schedule-collisions secret-committed-to-git servicemonitor-release-label
shm-full-auth slack-3000-limit slack-not-in-channel smart-media-errors-trend stale-nfs-client success-is-not-correct
terraform-local-state tfvars-only-copy thermal-stock-chassis traefik-ipwhitelist-renamed ufw-blocks-vxlan
unpoller-429-spiral upgrade-preflight-backups ups-shutdown-noop va-api-nonfree values-only-apply-downgrades
version-pins-scattered vip-cold-start visual-baseline-first vpn-sidecar-leak watchdog-false-positive
zfs-scrub-overdue zfs-slog-single zfs-wrong-disk-by-letter
`;

/** Checks that lessons name before the systems they look at are there. */
const LATER_CHECKS = `
K08 K09 K12 K13 K18 K19 K20 K21 K23 K24 K26 K27 E01 E02 E03 E04 S01 S02 S03 S04 S05 S06 Z01 Z02 Z03 Z04 Z05 Z06 P01
P02 P03 P04 P05 P06 P07 N01 N02 N03 N04 N05 B01 B02 B03 O01 O02 O03 O04 G01 G02 G03 G04 G05
`;

/** What an action may be called: those of the cluster, and of the systems beside it. */
const ACTIONS = `
cluster_apply cluster_cordon cluster_delete cluster_drain cluster_label cluster_patch cluster_restart cluster_rollback
cluster_scale cluster_uncordon helm_install helm_repair helm_rollback helm_uninstall helm_upgrade power_cycle
proxmox_clone_guest proxmox_configure_guest proxmox_create_snapshot proxmox_delete_snapshot proxmox_destroy_guest
proxmox_enter_maintenance proxmox_migrate_guest proxmox_reboot_guest proxmox_reboot_node proxmox_restore_backup
proxmox_rollback_snapshot proxmox_run_backup proxmox_shutdown_guest proxmox_start_guest proxmox_stop_guest
zfs_attach_disk zfs_clear_errors zfs_create_dataset zfs_create_snapshot zfs_destroy_snapshot zfs_hold_snapshot
zfs_offline_disk zfs_online_disk zfs_replace_disk zfs_rollback zfs_scrub zfs_set_property
`;

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const { lessons, problems } = await loadLessons(FOLDER);

test('every file of the folder can be read', () => {
  expect(problems).toEqual([]);
});

test('every lesson that must be there is there', () => {
  const ids = new Set(lessons.map(({ id }) => id));
  expect(words(IDS).filter((id) => !ids.has(id))).toEqual([]);
});

test.each(lessons)('$id names checks and actions that exist or are to come, and says where it comes from', (lesson) => {
  const known = new Set([...checks.map(({ id }) => id), ...words(LATER_CHECKS)]);
  expect(lesson.checks.filter((id) => !known.has(id))).toEqual([]);
  const actions = new Set(words(ACTIONS));
  expect((lesson.applies_to.actions ?? []).filter((name) => !actions.has(name))).toEqual([]);
  expect(Object.keys(lesson.components).length).toBeGreaterThan(0);
  for (const range of Object.values(lesson.components))
    expect(range).toMatch(/^(?:\*|(?:[<>]=?|=)\d[\w.]*(?: (?:[<>]=?|=)\d[\w.]*)*)$/);
});

test.each(lessons.filter(({ source }) => source.includes('inferred')))(
  '$id is a conclusion, and is no surer of itself than that',
  (lesson) => {
    expect(lesson.confidence).toBeLessThan(0.7);
  },
);

test.each(lessons)('$id can be told in two sentences of at most 480 characters', ({ symptom, cause, fix }) => {
  expect(symptom.length + fix.length).toBeLessThanOrEqual(480);
  for (const text of [symptom, cause, fix]) expect(text).not.toMatch(/[.!?]\s+\p{Lu}/u);
});
