/** A job's repository, as of its state. */
export interface RepositoryPoint {
  job_id: string;
  owner: string;
  location: string;
  base_branch: string;
  base_sha: string;
  /** the commit that everything landed is in; `base_sha` to begin with */
  head_sha: string;
  /** grows with each move of `head_sha`: a host that comes back with an older one changes nothing */
  fence: number;
  /**
   * hash of a bundle of `base_sha`, with its history, or above `origin_sha` where the repository is elsewhere and has that; null:
   * the repository has it
   */
  base_bundle: string | null;
  /** hash of a bundle from `base_sha` to `head_sha`; null: nothing has landed */
  head_bundle: string | null;
  /** of a job that a task of another one planned: the base of the first of these jobs. Left out: `base_sha` */
  origin_sha?: string;
}
