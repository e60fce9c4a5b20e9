import { cordonAction } from '../support/cordon-action.ts';

export default cordonAction(true, {
  name: 'cluster_cordon',
  title: 'Cordon a node',
  description: 'Keep new pods away from a node; pods on it stay.',
  undo: 'cluster_uncordon.',
});
