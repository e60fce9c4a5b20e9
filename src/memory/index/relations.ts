import { lessonNode } from '../links.ts';
import type { StoredLink } from '../store.ts';

/** Links between lessons that somebody found and that hold now: `similar` and `contradicts`. */
export class Relations {
  readonly #of = new Map<string, Map<string, { readonly kind: 'similar' | 'contradicts'; readonly weight: number }>>();

  /** Takes in versions of links, oldest first. */
  take(links: readonly StoredLink[]): void {
    for (const { from, kind, to, weight, retiredAt } of links) {
      if (kind !== 'similar' && kind !== 'contradicts') continue;
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const) {
        const others = this.#of.get(one) ?? new Map();
        if (retiredAt === undefined) others.set(`${kind} ${other}`, { kind, weight });
        else others.delete(`${kind} ${other}`);
        this.#of.set(one, others);
      }
    }
  }

  of(
    id: string,
  ): readonly { readonly id: string; readonly kind: 'similar' | 'contradicts'; readonly weight: number }[] {
    return [...(this.#of.get(lessonNode(id)) ?? [])].flatMap(([key, { kind, weight }]) => {
      const node = key.slice(key.indexOf(' ') + 1);
      return node.startsWith('lesson:') ? [{ id: node.slice('lesson:'.length), kind, weight }] : [];
    });
  }
}
