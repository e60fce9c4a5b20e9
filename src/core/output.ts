/**
 * What a tool says, before the dispatcher redacts, fences and cuts it.
 * `summary` is our own sentence: it comes first, stands alone and holds no outside text but names.
 */
export interface Output {
  readonly summary: string;
  /** What was asked for did not come about: clients are told that the call failed. */
  readonly failed?: boolean;
  readonly sections?: readonly Section[];
  /** Opaque; repeated by the caller to get the next rows. */
  readonly cursor?: string;
  /**
   * The last table is a slice of a list: it begins with row `offset` of `total`.
   * The renderer then writes the cursor itself, behind the last row that found room.
   */
  readonly page?: { readonly offset: number; readonly total: number };
  /** How to narrow, or what to do next; our own words. */
  readonly next?: string;
}

export type Section = TableSection | TextSection;

interface SectionFacts {
  readonly title?: string;
  /** Written by us or approved by a person: it stands before the fence, as what to go by. Redacted and made visible all the same. */
  readonly ours?: boolean;
  /** Longest line or cell in characters. The renderer cuts, after redaction: half a secret would not be recognised. */
  readonly maxChars?: number;
}

/** Rows already ordered: abnormal before healthy. Cells hold no tab and no newline once rendered. */
export interface TableSection extends SectionFacts {
  readonly kind: 'table';
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface TextSection extends SectionFacts {
  readonly kind: 'text';
  readonly text: string;
}

/** Bytes of UTF-8 that a result and an error may take (Copilot CLI cuts at 20 KiB, Claude Code an error at 10,000 characters). */
export const MAX_RESULT_BYTES = 20_000;
export const MAX_ERROR_BYTES = 9_000;
