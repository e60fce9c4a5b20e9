import type { Command } from 'commander';
import apply from './apply.ts';
import approve from './approve.ts';
import check from './check.ts';
import type { Cli } from './cli.ts';
import demo from './demo.ts';
import doctor from './doctor.ts';
import freeze from './freeze.ts';
import journal from './journal.ts';
import lab from './lab.ts';
import lessons from './lessons.ts';
import memory from './memory.ts';
import plan from './plan.ts';
import token from './token.ts';
import up from './up.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly ((program: Command, cli: Cli) => void)[] = [
  demo,
  up,
  doctor,
  plan,
  apply,
  approve,
  freeze,
  lessons,
  memory,
  journal,
  check,
  lab,
  token,
];
