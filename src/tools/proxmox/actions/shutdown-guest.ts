import { powerAction } from '../support/power.ts';

export default powerAction({
  verb: 'shutdown',
  name: 'proxmox_shutdown_guest',
  title: 'Shut a guest down',
  description: 'Ask the guest to shut down cleanly; it gets three minutes.',
  reversibility: 'reversible',
  undo: 'proxmox_start_guest.',
  wanted: 'stopped',
  preview: 'shut down cleanly',
});
