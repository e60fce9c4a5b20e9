import { powerAction } from '../support/power.ts';

export default powerAction({
  verb: 'stop',
  name: 'proxmox_stop_guest',
  title: 'Stop a guest hard',
  description: 'Cut the power of a guest, without a shutdown: what it had not written is lost.',
  reversibility: 'externally_reversible',
  undo: 'proxmox_start_guest; unwritten data is lost.',
  wanted: 'stopped',
  preview: 'stopped hard, like pulling the plug',
});
