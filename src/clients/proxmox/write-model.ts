import type { GuestRef, GuestType, TaskResult } from './model.ts';

/** What must still be true of a guest when a write reaches it: read again and compared in the same operation. */
export interface ExpectedGuest {
  readonly name: string;
  readonly uuid?: string;
  readonly digest?: string;
}

/** Every write, as data. There is no skiplock, no force, no bulk action, no free exec, and nothing that wipes a disk. */
export type ProxmoxWrite =
  | PowerWrite
  | SnapshotWrite
  | ConfigureWrite
  | CloneWrite
  | MigrateWrite
  | BackupWrite
  | RestoreWrite
  | DestroyWrite
  | RebootNodeWrite
  | NoteNodeWrite;

interface OfGuest {
  readonly guest: GuestRef;
  readonly expect: ExpectedGuest;
}
export interface PowerWrite extends OfGuest {
  readonly verb: 'start' | 'shutdown' | 'stop' | 'reboot' | 'reset';
  readonly timeoutSeconds?: number;
}
export interface SnapshotWrite extends OfGuest {
  readonly verb: 'snapshot' | 'delete_snapshot' | 'rollback';
  readonly snapshot: string;
  readonly description?: string;
}
export interface ConfigureWrite extends OfGuest {
  readonly verb: 'configure';
  readonly expect: ExpectedGuest & { readonly digest: string };
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}
export interface CloneWrite extends OfGuest {
  readonly verb: 'clone';
  readonly newid: number;
  readonly name: string;
  readonly full: boolean;
  readonly storage?: string;
  readonly target?: string;
}
export interface MigrateWrite extends OfGuest {
  readonly verb: 'migrate';
  readonly target: string;
  readonly online: boolean;
  readonly withLocalDisks: boolean;
}
export interface BackupWrite extends OfGuest {
  readonly verb: 'backup';
  readonly storage: string;
  readonly mode: 'snapshot' | 'suspend' | 'stop';
  readonly protect: boolean;
}
/** To a new id only. */
export interface RestoreWrite {
  readonly verb: 'restore';
  readonly node: string;
  readonly type: GuestType;
  readonly newid: number;
  readonly archive: string;
  readonly storage?: string;
}
export interface DestroyWrite extends OfGuest {
  readonly verb: 'destroy';
  readonly expect: ExpectedGuest & { readonly digest: string };
  /** Also takes the guest out of jobs and HA. */
  readonly purge: boolean;
}
export interface RebootNodeWrite {
  readonly verb: 'reboot_node';
  readonly node: string;
}
/** Replaces the note on a node. */
export interface NoteNodeWrite {
  readonly verb: 'note_node';
  readonly node: string;
  readonly digest: string;
  readonly text: string;
}

/** How a write ended: the task's own verdict; the state that was asked for is read back by the action. */
export interface ProxmoxDone {
  /** Empty when the call was synchronous. */
  readonly upid: string;
  readonly result: TaskResult;
  readonly exitStatus: string;
  readonly warnings: readonly string[];
}
