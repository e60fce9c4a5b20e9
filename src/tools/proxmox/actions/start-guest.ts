import { powerAction } from '../support/power.ts';

export default powerAction({
  verb: 'start',
  name: 'proxmox_start_guest',
  title: 'Start a guest',
  description: 'Start a virtual machine or container.',
  reversibility: 'reversible',
  undo: 'proxmox_shutdown_guest.',
  wanted: 'running',
  preview: 'started',
});
