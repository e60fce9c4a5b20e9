import type { Command } from 'commander';
import { parseDays, TokenStore } from '../server/tokens.ts';
import { type Cli, clock, type Run } from './cli.ts';
import { EXIT } from './exit.ts';
import { table } from './print.ts';

interface CreateOptions {
  readonly scopes: string;
  readonly namespaces: string;
  readonly expires: string;
}

export default function token(program: Command, cli: Cli): void {
  const group = program.command('token').description('bearer tokens, one per principal, for clients over HTTP');
  group
    .command('create')
    .description('make a token and show it once')
    .argument('<name>', '<person>/<client>, e.g. alice/claude-code')
    .option('--scopes <list>', 'some of read, plan, operate', 'read,plan')
    .option('--namespaces <list>', 'patterns such as media,dev-*', '*')
    .option('--expires <days>', 'e.g. 90d', '90d')
    .action(
      cli.action<[string], CreateOptions>(async (run, { scopes, namespaces, expires }, name) => {
        const request = { name, scopes: split(scopes), namespaces: split(namespaces), days: parseDays(expires) };
        const { token: text, row } = await (await open(run)).create(request);
        run.note(`The token of ${name}, until ${row.expiresAt}. It is shown only now.`);
        run.print(
          { name, token: text, scopes: row.scopes, namespaces: row.namespaces, expiresAt: row.expiresAt },
          text,
        );
        return EXIT.done;
      }),
    );
  group
    .command('list', { isDefault: true })
    .description('who has a token')
    .action(
      cli.action<[], object>(async (run) => {
        const rows = await (await open(run)).list();
        const facts = rows.map(({ name, scopes, namespaces, createdAt, expiresAt }) => ({
          name,
          scopes,
          namespaces,
          createdAt,
          expiresAt,
          expired: +new Date(expiresAt) <= +clock.now(),
        }));
        const lines = facts.map((row) => [
          row.name,
          row.scopes.join(','),
          row.namespaces.join(','),
          `${row.expiresAt}${row.expired ? ' (expired)' : ''}`,
        ]);
        run.print(
          facts,
          lines.length === 0 ? 'Nobody has a token.' : table(['NAME', 'SCOPES', 'NAMESPACES', 'EXPIRES'], lines),
        );
        return EXIT.done;
      }),
    );
  group
    .command('revoke')
    .description('end a token at once')
    .argument('<name>')
    .action(
      cli.action<[string], object>(async (run, _options, name) => {
        await (await open(run)).revoke(name);
        run.print({ name, revoked: true }, `Revoked: ${name}.`);
        return EXIT.done;
      }),
    );
}

const open = async (run: Run): Promise<TokenStore> => new TokenStore((await run.config()).server.tokensFile, clock);

const split = (list: string): string[] =>
  list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
