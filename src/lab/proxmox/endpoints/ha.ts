import { type Call, type Endpoint, right } from '../endpoint.ts';
import { oneOf } from '../parameter.ts';
import { secondsOf } from '../rows.ts';
import { type GuestState, type HaResource, isQuorate, type NodeState } from '../state.ts';

const AUDIT = right('/', 'Sys.Audit');

const guestOfSid = ({ cluster }: Call, sid: string): GuestState | undefined =>
  cluster.state.guests.get(Number(sid.split(':')[1]));

function serviceRow(call: Call, { sid, requested, state }: HaResource): Record<string, unknown> {
  const node = guestOfSid(call, sid)?.node ?? '';
  return {
    id: `service:${sid}`,
    type: 'service',
    sid,
    node,
    state,
    crm_state: state,
    request_state: requested,
    status: `${node} (${state})`,
    max_restart: 1,
    max_relocate: 1,
    failback: 1,
  };
}

const when = (ms: number): string => new Date(ms).toUTCString();

function localManager({ name, online, seenAt }: NodeState): Record<string, unknown> {
  const said = online ? 'active' : 'old timestamp - dead?';
  return {
    id: `lrm:${name}`,
    type: 'lrm',
    node: name,
    status: `${name} (${said}, ${when(seenAt)})`,
    timestamp: secondsOf(seenAt),
  };
}

/** Nothing but the quorum where HA manages nothing. */
function current(call: Call): unknown {
  const { state, time } = call.cluster;
  const quorate = isQuorate(state);
  const quorum = {
    id: 'quorum',
    type: 'quorum',
    node: call.entry,
    status: quorate ? 'OK' : 'No quorum',
    quorate: quorate ? 1 : 0,
  };
  if (state.ha.size === 0) return [quorum];
  const nodes = [...state.nodes.values()];
  const master = nodes.find(({ online }) => online)?.name ?? '';
  return [
    quorum,
    {
      id: 'master',
      type: 'master',
      node: master,
      status: `${master} (active, ${when(time.now())})`,
      timestamp: secondsOf(time.now()),
    },
    { id: 'fencing', type: 'fencing', node: master, status: 'armed', 'armed-state': 'armed' },
    ...nodes.map(localManager),
    ...[...state.ha.values()].map((resource) => serviceRow(call, resource)),
  ];
}

const resources = ({ cluster, params }: Call): unknown =>
  [...cluster.state.ha.values()]
    .map(({ sid, requested }) => ({
      sid,
      type: sid.split(':')[0] ?? '',
      state: requested,
      max_restart: 1,
      max_relocate: 1,
    }))
    .filter(({ type }) => params.get('type') === undefined || params.get('type') === type);

export const haEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/cluster/ha/status/current', right: AUDIT, params: {}, run: current },
  { method: 'GET', path: '/cluster/ha/resources', right: AUDIT, params: { type: oneOf('ct', 'vm') }, run: resources },
];
