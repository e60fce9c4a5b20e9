import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** Where a command writes and asks: results to `out`, everything else to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** The text in a colour when a person reads it and did not set `NO_COLOR`. */
  style(style: Style, text: string): string;
  /** `undefined` when nobody can be asked (no terminal), or nobody answered. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  readonly isInteractive: boolean;
  readInput(): Promise<string>;
  /** For a protocol that speaks over them. */
  readonly streams: { readonly input: Readable; readonly output: Writable };
}

/** Standard streams of this process. */
export function processTerminal(options: { readonly noColor: boolean }): Terminal {
  const { stdin, stdout, stderr } = process;
  const hasColour = stdout.isTTY && !options.noColor;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    style: (style, text) => (hasColour ? styleText(style, text, { validateStream: false }) : text),
    streams: { input: stdin, output: stdout },
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    async ask(question, signal) {
      if (stdin.isTTY !== true) return undefined;
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await new Promise<string | undefined>((done) => {
          lines.once('close', () => done(undefined));
          signal.addEventListener('abort', () => done(undefined), { once: true });
          lines.question(`${question} `, done);
        });
      } finally {
        lines.close();
      }
    },
    async readInput() {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
