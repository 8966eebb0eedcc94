export { deleteWorkflow } from './delete.ts';
export { jobWorkflow } from './job/job.ts';
export { sweepWorkflow } from './sweep.ts';
export { taskWorkflow } from './task/task.ts';
