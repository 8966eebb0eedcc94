import { ProblemError } from '../../contracts/error.ts';
import type { Api } from '../access/caller.ts';
import { endpoint } from '../endpoint.ts';
import { OtherId, taskParams } from './params.ts';

/** Routes that are promised and not built yet: method, path, operation. */
const FUTURE_ROUTES = [['get', '/orchestrate/{job_id}/diff', 'readDiff']] as const;

/** What may stand in their paths. */
const PARAMS = { ...taskParams, delivery_id: OtherId };

/** Answers 400 `not_supported` by name, so that nobody believes in what is not there. */
export function notSupportedRoutes(api: Api): void {
  for (const [method, path, operation_id] of FUTURE_ROUTES) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof PARAMS);
    endpoint(
      api,
      {
        method,
        path,
        operation_id,
        tag: 'Not supported yet',
        summary: 'Not supported yet',
        ...(names.length > 0
          ? { params: Object.fromEntries(names.map((name) => [name, PARAMS[name]])) }
          : {}),
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
