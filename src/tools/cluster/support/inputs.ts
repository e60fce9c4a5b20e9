import * as z from 'zod';

/** Fields that many tools share, described once and short: every word is paid for in every session. */
export const Kind = z.string().min(1).max(200).describe('Kind, e.g. Deployment; kinds of others as Kind.group');
export const Namespace = z.string().min(1).max(63);
export const Name = z.string().min(1).max(253);
export const Selector = z.string().max(500).describe('Label selector, e.g. app=web');
export const Limit = z.int().min(1).max(1000);
export const Cursor = z.string().max(40).describe('From an earlier result');
