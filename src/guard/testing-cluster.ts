import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Touch } from '../core/change.ts';
import { notFound } from '../core/errors.ts';
import type { CheckPermit, Permit } from '../core/permit.ts';
import { type Target, targetKey } from '../core/target.ts';
import type { WorldReader } from '../world/gather.ts';
import { type PartName, partSchemas } from '../world/parts.ts';
import { isPartName, known, type Part, unknown, World, type WorldParts } from '../world/world.ts';
import type { ObjectKind, ObjectReader } from './deps.ts';

export interface FakeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Kind -> API group and the part of the world that holds it. */
export const KINDS: Readonly<Record<string, { readonly group: string; readonly part?: PartName }>> = {
  Deployment: { group: 'apps', part: 'deployments' },
  Service: { group: '', part: 'services' },
  Pod: { group: '', part: 'pods' },
  Node: { group: '', part: 'nodes' },
  PersistentVolumeClaim: { group: '', part: 'persistentVolumeClaims' },
  Namespace: { group: '', part: 'namespaces' },
  Secret: { group: '' },
  ClusterRole: { group: 'rbac.authorization.k8s.io' },
};

export const idOf = ({ namespace, name }: { readonly namespace?: string; readonly name: string }): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

export const targetOf = ({ kind, metadata: { name, namespace } }: FakeObject): Target => ({
  system: 'kubernetes',
  kind,
  group: KINDS[kind]?.group ?? '',
  ...(namespace !== undefined && { namespace }),
  name,
});

/**
 * A cluster that keeps what it was told: objects with uid and resourceVersion, and every effect in order.
 * Every write passes the real `CheckPermit` first. With `path` it lives in files, so that processes can share it.
 */
export class FakeCluster implements ObjectReader {
  readonly #objects = new Map<string, FakeObject>();
  readonly #effects: string[] = [];
  readonly #path: string | undefined;
  readonly #check: CheckPermit;
  /** Parts that cannot be read. */
  readonly unread = new Map<PartName, string>();
  /** Happens inside a write, after the permit was checked and before anything moves. */
  onWrite: (touch: Touch) => void | Promise<void> = () => undefined;
  /** Happens right after something has moved. */
  afterWrite: (touch: Touch) => void = () => undefined;
  /** Happens inside a read of one object. */
  onGet: (id: string) => void | Promise<void> = () => undefined;
  /** Says yes to writes and does nothing. */
  isLying = false;
  name = 'cluster-a';

  constructor(check: CheckPermit, path?: string) {
    this.#check = check;
    this.#path = path;
  }

  get effects(): readonly string[] {
    if (this.#path === undefined) return this.#effects;
    const file = `${this.#path}.effects`;
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Puts an object there as somebody else would, without a permit. */
  seed(object: Omit<FakeObject, 'metadata'> & { metadata: Partial<FakeObject['metadata']> & { name: string } }): void {
    const id = `${object.kind} ${idOf(object.metadata)}`;
    const before = this.#read().get(id);
    const version = String(Number(before?.metadata.resourceVersion ?? 0) + 1);
    const uid = object.metadata.uid ?? before?.metadata.uid ?? `uid-${id}`;
    this.#keep(id, { ...object, metadata: { ...object.metadata, uid, resourceVersion: version } });
  }

  remove(kind: string, id: string): void {
    this.#keep(`${kind} ${id}`, undefined);
  }

  object(kind: string, id: string): FakeObject | undefined {
    return this.#read().get(`${kind} ${id}`);
  }

  all(kind: string): readonly FakeObject[] {
    return [...this.#read().values()].filter((object) => object.kind === kind);
  }

  async identity(): Promise<string> {
    return this.name;
  }

  async kinds(): Promise<readonly ObjectKind[]> {
    return Object.entries(KINDS).map(([kind, { group }]) => ({
      group,
      version: 'v1',
      kind,
      resource: `${kind.toLowerCase()}s`,
      shortNames: [],
      namespaced: !['Node', 'Namespace', 'ClusterRole'].includes(kind),
      verbs: ['get'],
    }));
  }

  async get(
    ref: { readonly kind: { readonly kind: string }; readonly namespace?: string; readonly name: string },
    _signal: AbortSignal,
  ): Promise<FakeObject> {
    const id = `${ref.kind.kind} ${idOf(ref)}`;
    await this.onGet(id);
    const object = this.#read().get(id);
    if (object === undefined)
      throw notFound('object_not_found', `Unable to read ${id}: it is not there.`, 'List them.');
    return object;
  }

  /** `next` undefined = the object goes. */
  async write(touch: Touch, next: FakeObject | undefined, permit: Permit): Promise<void> {
    this.#check(permit, touch);
    await this.onWrite(touch);
    this.#record(`${touch.verb} ${targetKey(touch.target)}`);
    if (this.isLying) return;
    const id = `${touch.target.kind} ${idOf(touch.target)}`;
    if (next === undefined) this.#keep(id, undefined);
    else this.seed(next);
    this.afterWrite(touch);
  }

  /** Its objects as a world; kinds without a part are not in it. */
  reader(now: () => Date): WorldReader {
    return {
      world: async () => {
        const parts: Record<string, Part<unknown>> = {};
        for (const part of Object.keys(partSchemas)) parts[part] = known(new Map());
        for (const [kind, { part }] of Object.entries(KINDS)) {
          if (part === undefined || !isPartName(part)) continue;
          const schema = partSchemas[part];
          parts[part] = known(new Map(this.all(kind).map((one) => [idOf(one.metadata), schema.parse(one)])));
        }
        for (const [part, reason] of this.unread) parts[part] = unknown(reason);
        return new World(now(), parts as WorldParts); // every part was parsed with its own schema
      },
    };
  }

  #read(): Map<string, FakeObject> {
    if (this.#path === undefined || !existsSync(this.#path)) return this.#objects;
    return new Map(JSON.parse(readFileSync(this.#path, 'utf8')) as [string, FakeObject][]); // written by #keep
  }

  #keep(id: string, object: FakeObject | undefined): void {
    const objects = this.#read();
    if (object === undefined) objects.delete(id);
    else objects.set(id, object);
    if (this.#path === undefined) return;
    // A process that is killed while it writes must not leave half a cluster behind.
    const fresh = `${this.#path}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify([...objects]));
    renameSync(fresh, this.#path);
  }

  #record(effect: string): void {
    if (this.#path === undefined) this.#effects.push(effect);
    else appendFileSync(`${this.#path}.effects`, `${effect}\n`);
  }
}
