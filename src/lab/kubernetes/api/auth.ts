import { timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries the token; without a token everybody may. */
export function isAuthorized(token: string | undefined, header: string | undefined): boolean {
  if (token === undefined) return true;
  const [, given = ''] = /^Bearer (.+)$/i.exec(header ?? '') ?? [];
  const [left, right] = [Buffer.from(given), Buffer.from(token)];
  return left.length === right.length && timingSafeEqual(left, right);
}
