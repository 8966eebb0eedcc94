import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { WORKFLOW_MODULES } from '../../worker/workflow-modules.ts';

/** Bundles the workflows once for a whole run into `folder`; gives the file, or why there is none. */
export async function bundleWorkflows(
  folder: string,
): Promise<{ path: string } | { path?: undefined; reason: string }> {
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath: WORKFLOW_MODULES.workflows,
      workflowInterceptorModules: WORKFLOW_MODULES.interceptors,
      logger: new DefaultLogger('ERROR'),
    });
    const path = join(folder, 'workflow-bundle.js');
    await writeFile(path, code);
    return { path };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
