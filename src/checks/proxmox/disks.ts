import * as z from 'zod';
import { defineCheck, type FoundFault } from '../define.ts';
import { keyOf, subjectOf } from './facts.ts';

export default defineCheck({
  id: 'P05',
  title: 'Every disk of a Proxmox host is healthy and has life left',
  severity: 'medium',
  why: 'A disk tells of its end before it comes. How its counters grow from week to week is not kept here yet: what is judged is its own verdict and its wear.',
  needs: ['proxmoxDisks'],
  params: z.strictObject({ minLifePercent: z.int().min(0).max(100).default(10) }),
  introduced: 'note',
  evaluate: ({ proxmoxDisks }, { params }) =>
    [...proxmoxDisks.values()].flatMap((disk): readonly FoundFault[] => {
      const label = `Disk ${keyOf(disk.metadata)}`;
      const common = { target: label, subject: subjectOf('proxmoxDisks', disk), lessons: ['smart-media-errors-trend'] };
      const evidence = [`${disk.model}, serial ${disk.serial}, used for ${disk.used || 'nothing'}`];
      const identity = disk.serial || keyOf(disk.metadata);
      if (/^FAILED/i.test(disk.health))
        return [
          {
            ...common,
            severity: 'critical',
            message: `${label} says that it is failing.`,
            evidence,
            remedy: 'See what hangs on it (depends_on), then replace it.',
            fingerprint: `P05:failed:${identity}`,
          },
        ];
      if (disk.wearout !== undefined && disk.wearout <= params.minLifePercent)
        return [
          {
            ...common,
            message: `${label} has ${disk.wearout} % of its life left.`,
            evidence,
            remedy: 'Order a new one; replace it before it turns read-only.',
            fingerprint: `P05:wear:${identity}`,
          },
        ];
      return [];
    }),
});
