import type { JsonObject } from '../json.ts';
import { objectAt } from '../objects/json.ts';

/** Who a client of the lab is: there is one user, and everything is allowed to it. */
export const LAB_USER = { username: 'lab-admin', uid: 'lab-admin', groups: ['system:masters', 'system:authenticated'] };

const EVERYTHING = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

const STATUS: Readonly<Record<string, object>> = {
  selfsubjectaccessreviews: { allowed: true },
  subjectaccessreviews: { allowed: true },
  selfsubjectrulesreviews: EVERYTHING,
  selfsubjectreviews: { userInfo: LAB_USER },
};

export const isReview = (plural: string): boolean => Object.hasOwn(STATUS, plural);

/** The answer to a question about rights; nothing is stored. */
export const reviewed = (plural: string, kind: string, apiVersion: string, asked: JsonObject): object => ({
  kind,
  apiVersion,
  metadata: { ...objectAt(asked, 'metadata') },
  ...(asked.spec !== undefined && { spec: asked.spec }),
  status: STATUS[plural],
});
