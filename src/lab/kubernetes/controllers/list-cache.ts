import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';

/**
 * The same API with lists that are kept until something of their resource changes: controllers list far more often than
 * anything changes. Names of resources must be those that events carry.
 */
export const withListCache = (api: LabApi): LabApi => {
  const lists = new Map<string, readonly KubeJson[]>();
  api.listen(({ resource }) => void lists.delete(resource));
  const whole = (resource: string): readonly KubeJson[] => {
    const list = lists.get(resource) ?? api.list(resource);
    lists.set(resource, list);
    return list;
  };
  return {
    ...api,
    list: (resource, namespace) =>
      namespace === undefined
        ? whole(resource)
        : whole(resource).filter(({ metadata }) => metadata.namespace === namespace),
  };
};
