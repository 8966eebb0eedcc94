import type { Contents } from '../../store/content/contents.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { RemoteAccess } from './remote/access.ts';

/** What the work with repositories needs on a host. */
export interface RepositoryHostDeps {
  /** absolute; the bare mirrors of repositories, one folder each */
  mirrors_dir: string;
  /** absolute; folders of jobs, with the clones of their tasks */
  work_dir: string;
  store: Pick<Contents, 'putContent' | 'openContent' | 'getContent' | 'statContent'>;
  limits: {
    /** of one file that is committed, and of one bundle that was pushed */
    artifact_bytes: number;
  };
  /** guards commands, and git over what agents wrote */
  sandbox: Sandbox;
  /** @throws where the location may not be reached, in words for a person */
  remoteAccess(location: string): RemoteAccess;
}
