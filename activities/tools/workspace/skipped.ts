/** Where the orchestrator keeps its own files in a job's folder. */
export const BOOKKEEPING = '.attempts';

/** Folders that searches leave out unless they begin inside. */
export const SKIPPED_FOLDERS: readonly string[] = ['.git', 'node_modules', BOOKKEEPING];
