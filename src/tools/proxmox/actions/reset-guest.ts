import { powerAction } from '../support/power.ts';

export default powerAction({
  verb: 'reset',
  name: 'proxmox_reset_guest',
  title: 'Reset a guest hard',
  description: 'Press the reset button of a virtual machine: no shutdown, what it had not written is lost.',
  reversibility: 'externally_reversible',
  undo: 'Nothing to undo: the same guest runs; unwritten data is lost.',
  wanted: 'running',
  preview: 'reset hard',
});
