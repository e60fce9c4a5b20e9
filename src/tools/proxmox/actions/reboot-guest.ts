import { powerAction } from '../support/power.ts';

export default powerAction({
  verb: 'reboot',
  name: 'proxmox_reboot_guest',
  title: 'Reboot a guest',
  description: 'Shut a guest down cleanly and start it again; pending changes of its configuration take effect.',
  reversibility: 'reversible',
  undo: 'Nothing to undo: the same guest runs.',
  wanted: 'running',
  preview: 'shut down cleanly and started again',
});
