import type { Node, NodeSelectorTerm, PodSpec } from './kinds.ts';
import { hasLabels, meetsAll } from './selecting.ts';

export const matchesTerms = (node: Node, terms: readonly NodeSelectorTerm[] | undefined): boolean => {
  if (terms === undefined) return true;
  const fields = { 'metadata.name': node.metadata.name };
  return terms.some(
    ({ matchExpressions, matchFields }) =>
      // A term without any requirement selects nothing.
      (matchExpressions !== undefined || matchFields !== undefined) &&
      meetsAll(matchExpressions, node.metadata.labels) &&
      meetsAll(matchFields, fields),
  );
};

/** `nodeSelector` and required node affinity. */
export const fitsNode = ({ nodeSelector, affinity }: PodSpec, node: Node): boolean =>
  hasLabels(nodeSelector, node.metadata.labels) &&
  matchesTerms(node, affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms);
