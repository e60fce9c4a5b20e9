import { cordonAction } from '../support/cordon-action.ts';

export default cordonAction(false, {
  name: 'cluster_uncordon',
  title: 'Uncordon a node',
  description: 'Let a node take new pods again.',
  undo: 'cluster_cordon.',
});
