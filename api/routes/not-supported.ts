import { ProblemError } from '../../contracts/error.ts';
import { type Api, endpoint } from '../endpoint.ts';
import { jobParams, taskParams } from './params.ts';

/** Routes that are promised and not built yet: method, path, operation. */
const FUTURE_ROUTES = [
  ['get', '/orchestrate/{job_id}/diff', 'readDiff'],
  ['get', '/metrics', 'metrics'],
] as const;

/** Answers 400 `not_supported` by name, so that nobody believes in what is not there. */
export function notSupportedRoutes(api: Api): void {
  for (const [method, path, operation_id] of FUTURE_ROUTES) {
    const params = path.includes('{task_id}')
      ? taskParams
      : path.includes('{job_id}')
        ? jobParams
        : undefined;
    endpoint(
      api,
      {
        method,
        path,
        operation_id,
        tag: 'Not supported yet',
        summary: 'Not supported yet',
        ...(params ? { params } : {}),
        any_query: true,
        answers: {},
        errors: ['not_supported'],
      },
      () => {
        throw new ProblemError({
          code: 'not_supported',
          message: `${method.toUpperCase()} ${path} is not supported yet.`,
        });
      },
    );
  }
}
