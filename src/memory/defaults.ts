/**
 * Values that the API server fills in by itself: they stand in every object and were chosen by nobody,
 * so a question about a change does not ask about them. `<last key>=<value>`.
 */
export const DEFAULTED: ReadonlySet<string> = new Set([
  'allowPrivilegeEscalation=true',
  'apiVersion=v1',
  'apiVersion=apps/v1',
  'completionMode=NonIndexed',
  'concurrencyPolicy=Allow',
  'defaultMode=420',
  'dnsPolicy=ClusterFirst',
  'externalTrafficPolicy=Cluster',
  'failureThreshold=3',
  'imagePullPolicy=Always',
  'imagePullPolicy=IfNotPresent',
  'internalTrafficPolicy=Cluster',
  'ipFamilies=IPv4',
  'ipFamilyPolicy=SingleStack',
  'maxSurge=25%',
  'maxUnavailable=25%',
  'periodSeconds=10',
  'podManagementPolicy=OrderedReady',
  'progressDeadlineSeconds=600',
  'protocol=TCP',
  'restartPolicy=Always',
  'revisionHistoryLimit=10',
  'schedulerName=default-scheduler',
  'scheme=HTTP',
  'sessionAffinity=None',
  'successThreshold=1',
  'terminationGracePeriodSeconds=30',
  'terminationMessagePath=/dev/termination-log',
  'terminationMessagePolicy=File',
  'timeoutSeconds=1',
  'type=ClusterIP',
  'type=RollingUpdate',
  'volumeMode=Filesystem',
  'whenDeleted=Retain',
  'whenScaled=Retain',
]);

/** Parts of names and hosts that stand everywhere; short numbers are left out beside them. */
export const COMMON_TERMS: ReadonlySet<string> = new Set(
  `app apps api com docker example ghcr io kubernetes kubernetes.io app.kubernetes.io app.kubernetes.io/name
  app.kubernetes.io/instance lan local org registry run true false v1 yaml`.split(/\s+/),
);

/** Keys of every manifest: as words of a question they find anything. */
export const COMMON_KEYS: ReadonlySet<string> = new Set(
  `apiVersion kind metadata name namespace labels annotations spec template containers initContainers image ports port
  targetPort containerPort protocol env value valueFrom resources limits requests cpu memory replicas selector matchLabels
  data type path host http rules key app volumes volumeMounts mountPath manifest objects object patch input fields reason
  selfLink status strategy args command serviceAccountName serviceAccount securityContext storage`.split(/\s+/),
);
