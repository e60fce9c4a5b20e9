/** Every kind of request that the client sends. The tour exercises each; one that is not here fails whichever test sends it. */
const GUESTS = ['qemu', 'lxc'] as const;

const OF_GUESTS = [
  'GET /config',
  'GET /pending',
  'GET /status/current',
  'GET /snapshot',
  'GET /migrate',
  'PUT /config',
  'POST /snapshot',
  'DELETE /snapshot/{snapname}',
  'POST /snapshot/{snapname}/rollback',
  'POST /status/start',
  'POST /status/shutdown',
  'POST /status/stop',
  'POST /status/reboot',
  'POST /clone',
  'POST /migrate',
  'DELETE ',
].flatMap((entry) => {
  const [method = '', rest = ''] = entry.split(' ');
  return GUESTS.map((type) => `${method} /nodes/{node}/${type}/{vmid}${rest}`);
});

export const ENDPOINTS: readonly string[] = [
  ...OF_GUESTS,
  'POST /nodes/{node}/qemu/{vmid}/status/reset',
  'POST /nodes/{node}/qemu',
  'POST /nodes/{node}/lxc',
  'POST /nodes/{node}/vzdump',
  'POST /nodes/{node}/status',
  'PUT /nodes/{node}/config',
  'GET /nodes/{node}/config',
  'GET /nodes/{node}/status',
  'GET /nodes/{node}/tasks',
  'GET /nodes/{node}/tasks/{upid}/status',
  'GET /nodes/{node}/tasks/{upid}/log',
  'DELETE /nodes/{node}/tasks/{upid}',
  'GET /nodes/{node}/storage/{storage}/content',
  'GET /nodes/{node}/replication',
  'GET /nodes/{node}/disks/list',
  'GET /nodes/{node}/disks/smart',
  'GET /nodes/{node}/disks/lvmthin',
  'GET /cluster/status',
  'GET /cluster/resources',
  'GET /cluster/nextid',
  'GET /cluster/backup',
  'GET /cluster/backup-info/not-backed-up',
  'GET /cluster/ha/status/current',
  'GET /access/permissions',
  'POST /access/ticket',
  'GET /version',
];
