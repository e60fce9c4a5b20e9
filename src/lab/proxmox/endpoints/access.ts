import { type Call, type Endpoint, of } from '../endpoint.ts';
import { required, text } from '../parameter.ts';

const flagged = (privileges: readonly string[]): Record<string, number> =>
  Object.fromEntries(privileges.map((privilege) => [privilege, 1]));

function permissions({ caller, params }: Call): unknown {
  const path = params.get('path');
  const all = Object.fromEntries(Object.entries(caller.all()).map(([at, has]) => [at, flagged(has)]));
  return path === undefined ? all : { [path]: all[path] ?? {} };
}

function logIn(call: Call): unknown {
  const { state } = call.cluster;
  const username = call.params.has('realm') ? `${of(call, 'username')}@${of(call, 'realm')}` : of(call, 'username');
  const { ticket, csrf } = call.login(username, of(call, 'password'));
  return {
    username,
    ticket,
    CSRFPreventionToken: csrf,
    cap: {},
    ...(state.name !== undefined && { clustername: state.name }),
  };
}

export const accessEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/version',
    right: 'all',
    params: {},
    run: ({ cluster: { state } }) => ({
      version: state.version,
      release: state.version.split('.').slice(0, 2).join('.'),
      repoid: '0000000000000000',
    }),
  },
  {
    method: 'POST',
    path: '/access/ticket',
    right: 'world',
    noToken: true,
    params: {
      username: required(text(64)),
      password: required(text()),
      realm: text(32),
      otp: text(),
      'new-format': { type: 'boolean' },
      'tfa-challenge': text(),
      path: { ...text(64), requires: 'privs' },
      privs: { ...text(64), requires: 'path' },
    },
    run: logIn,
  },
  {
    method: 'GET',
    path: '/access/permissions',
    right: 'all',
    params: { path: text(), userid: text() },
    run: permissions,
  },
];
