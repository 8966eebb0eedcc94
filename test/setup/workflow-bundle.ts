import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Bundles the workflows once for a whole run into `folder`; gives the file, or why there is none. */
export async function bundleWorkflows(
  folder: string,
): Promise<{ path: string } | { path?: undefined; reason: string }> {
  const workflowsPath = join(import.meta.dirname, '../../workflows/index.ts');
  if (!existsSync(workflowsPath)) return { reason: 'there is no workflows/index.ts' };
  try {
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const path = join(folder, 'workflow-bundle.js');
    await writeFile(path, code);
    return { path };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
