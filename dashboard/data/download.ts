import { authorization } from '../../client/client.ts';
import { apiErrorOf } from '../../client/errors.ts';
import { address } from './api.ts';

/** What a path of the API answers, as a file. Throws an ApiError. */
export async function fetchFile(path: string, headers: Record<string, string> = {}): Promise<Blob> {
  const response = await fetch(path, { headers: { ...headers, ...authorization(address()) } });
  if (!response.ok) throw apiErrorOf(response.status, await response.json().catch(() => undefined));
  return await response.blob();
}

/** Has the browser save a file under that name. */
export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
