import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

/** A page and the address that it has, in the form of wouter's patterns. */
export interface PageRoute {
  /** `/`, or one under `/ui/` with at most three parts after it, as the API serves them */
  path: string;
  page: LazyExoticComponent<ComponentType>;
}

/** Every page, each loaded when it is first looked at. The first that fits is shown. */
export const ROUTES: readonly PageRoute[] = [
  { path: '/', page: lazy(() => import('../pages/jobs/jobs-page.tsx')) },
  { path: '/ui/submit', page: lazy(() => import('../pages/submit/submit-page.tsx')) },
  { path: '/ui/projects', page: lazy(() => import('../pages/projects/projects-page.tsx')) },
  { path: '/ui/projects/new', page: lazy(() => import('../pages/new-project/new-project-page.tsx')) },
  { path: '/ui/projects/:id', page: lazy(() => import('../pages/project/project-page.tsx')) },
  { path: '/ui/agents', page: lazy(() => import('../pages/agents/agents-page.tsx')) },
  { path: '/ui/providers', page: lazy(() => import('../pages/providers/providers-page.tsx')) },
  { path: '/ui/usage', page: lazy(() => import('../pages/usage/usage-page.tsx')) },
  { path: '/ui/settings', page: lazy(() => import('../pages/settings/settings-page.tsx')) },
  { path: '/ui/jobs/:job_id/plan', page: lazy(() => import('../pages/plan/plan-page.tsx')) },
  { path: '/ui/jobs/:job_id/results', page: lazy(() => import('../pages/results/results-page.tsx')) },
  { path: '/ui/jobs/:job_id/webhooks', page: lazy(() => import('../pages/webhooks/webhooks-page.tsx')) },
  { path: '/ui/jobs/:job_id', page: lazy(() => import('../pages/job/job-page.tsx')) },
];
