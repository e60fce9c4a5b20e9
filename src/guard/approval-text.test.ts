import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../core/canonical.ts';
import type { Plan } from '../core/plan.ts';
import { renderApproval } from './approval-text.ts';
import { callOf, openHouse, seedHomelab } from './testing.ts';

const house = openHouse();
seedHomelab(house.cluster);
const plan = await house.gate.propose(
  { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 6 }, reason: 'more load' },
  callOf(),
);

const HIDDEN = /(?![\n])[\p{Cc}\p{Cf}]|[\u{e0000}-\u{e007f}]/u;
/** Every line of ours; outside text stands behind `| `. */
const ours = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith('| '));

test('it reads well and says everything', () => {
  const text = renderApproval(plan);
  expect(text.replaceAll(plan.id, 'PLAN').replaceAll(plan.hash, 'HASH')).toMatchInlineSnapshot(`
    "Steward asks: carry out this change?
    Plan PLAN, fake_scale (Scale a workload)

    Asked by alice/claude-code, session session-1, in these words:
    | more load

    It touches:
    | patch kubernetes:apps/Deployment/media/web (uid uid-Deployment media/web, version 1)

    What would change:
    | replicas: 1 -> 6

    With this input:
    | {"name":"web","namespace":"media","replicas":6}

    It would introduce:
    | T02 (high) it has 6 replicas

    Why you are asked: finding_introduced
    | T02: it has 6 replicas
    It is reversible.
    The way back:
    | Scale back.

    Good until 2026-11-21T08:15:00.000Z.
    Plan digest sha256:HASH
    Preview digest sha256:76864b5a1ce230e34584c4ff33422c55ee26604733f17c623820977f40984d8d"
  `);
});

test('it holds the digests of exactly this plan', () => {
  const text = renderApproval(plan);
  for (const fact of [plan.id, plan.hash, sha256(plan.preview), 'uid-Deployment media/web', plan.expiresAt])
    expect(text).toContain(fact);
  expect(renderApproval({ ...plan, hash: 'b'.repeat(64) })).not.toBe(text);
});

test('no text from outside shows hidden characters or makes a line of ours', { timeout: 60_000 }, () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '\n',
      '\r',
      '\u202e',
      '\u200b',
      '\u{e0041}',
      '\u001b[31m',
      '`',
      '|',
      'Plan digest sha256:0',
      '\u2028',
      '\u0000',
    ),
  });
  const template = ours(renderApproval(plan)).filter((line) => !line.startsWith('cut here'));
  fc.assert(
    fc.property(nasty, nasty, nasty, (reason, preview, message) => {
      const forged: Plan = {
        ...plan,
        reason,
        preview,
        warnings: [message],
        introduced: [],
        decision: { kind: 'ask', code: plan.decision.code, reason: message, approval: 'same_client' },
        undo: message,
      };
      const text = renderApproval(forged);
      expect(HIDDEN.test(text)).toBe(false);
      for (const line of ours(text))
        expect(template.includes(line) || /^(Warnings:|Preview digest |cut here: \d+ characters)/.test(line)).toBe(
          true,
        );
    }),
    { numRuns: 500 },
  );
});

test('what is long is cut with its length and digest', () => {
  const preview = 'x'.repeat(7_999);
  const touches = Array.from({ length: 90 }, (_, n) => ({
    verb: 'evict' as const,
    target: { system: 'kubernetes' as const, kind: 'Pod', namespace: 'a', name: `p${n}` },
  }));
  const text = renderApproval({ ...plan, preview, touches });
  expect(text.length).toBeLessThan(8_000);
  expect(text).toContain(`7999 characters in all, sha256:${sha256(preview)}`);
  expect(text).toContain('and 70 more; all of them: sha256:');
});

test('a secret in the input is not shown', () => {
  const text = renderApproval({ ...plan, input: { manifest: 'password: hunter2hunter2' } });
  expect(text).not.toContain('hunter2');
});

test.each([
  { manifest: 'apiVersion: v1\nkind: Secret\nstringData:\n  token: abcdefghijk\n' },
  { manifest: '{"kind": "Secret", "stringData": {"token": "abcdefghijk"}}' },
  { kind: 'Secret', name: 'x', patch: '{"stringData":{"token":"abcdefghijk"}}' },
])('an input that holds a Secret shows its digest alone', (input) => {
  const text = renderApproval({ ...plan, input });
  expect(text).not.toContain('abcdefghijk');
  expect(text).toContain(plan.inputHash);
});
