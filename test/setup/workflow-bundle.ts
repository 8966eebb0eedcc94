import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger } from '@temporalio/worker';
import { workflowBundle } from '../../worker/workflow-bundle.ts';

/** The file of the bundled workflows, for a whole run; in `folder` where the cache can't be written. Or why there is none. */
export async function bundleWorkflows(
  folder: string,
): Promise<{ path: string } | { path?: undefined; reason: string }> {
  try {
    const bundle = await workflowBundle(new DefaultLogger('ERROR'));
    if ('codePath' in bundle) return { path: bundle.codePath };
    const path = join(folder, 'workflow-bundle.js');
    await writeFile(path, bundle.code);
    return { path };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
