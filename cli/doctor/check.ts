/** One thing that doctor looked at. */
export interface Check {
  name: string;
  /** `note`: works without, or only worth knowing */
  state: 'ok' | 'note' | 'missing';
  detail: string;
  /** what to do about it */
  fix?: string;
}

/** The message of whatever was thrown, on one line. */
export const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
