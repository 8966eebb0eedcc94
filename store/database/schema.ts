import type { Kysely } from 'kysely';

/**
 * The tables, the same on SQLite and PostgreSQL. Times are ISO-8601 UTC text, money is USD as double precision,
 * JSON is text.
 */
export interface Schema {
  /** Journals of all jobs, live and closed. */
  events: {
    job_id: string;
    seq: number;
    owner: string;
    /** place in the feed over all jobs: grows in the order in which events become visible */
    position: number;
    at: string;
    type: string;
    /** the whole event */
    json: string;
  };
  /** One row: the last `position` given out. */
  feed: { id: number; last_position: number };
  /** Closed jobs. */
  archive: {
    job_id: string;
    owner: string;
    status: string;
    title: string;
    created_at: string;
    finished_at: string | null;
    body_hash: string;
    /** the job's line in the list of jobs, which is read from `jobs` */
    list_item: string;
    view: string;
    plans: string;
    artifacts: string;
    /** the commands that were answered, for their repetition */
    requests: string;
    /** the request and the whole outputs; null in rows of before they were kept */
    results: string | null;
    /** of a repository job: where its diffs and bundles are */
    changes: string | null;
    archived_at: string;
  };
  /**
   * The list of jobs, open and closed: a row is there before its workflow starts, is brought up to date with each event,
   * and goes when the job is deleted.
   */
  jobs: {
    job_id: string;
    owner: string;
    title: string;
    /** title and id, as they are searched */
    search: string;
    status: string;
    created_at: string;
    finished_at: string | null;
    stats: string;
    budget: string;
    /** of its origin */
    face: string | null;
    origin: string | null;
    strategy: string | null;
    team: string | null;
    partial: number;
    active_seconds: number | null;
    /** why it failed, or waits in review */
    reason: string | null;
    /** the event of the job's journal up to which the row was brought; 0: its workflow has not been heard of */
    seq: number;
    /** 1: it is in the archive, and nothing of a live job changes the row any more */
    archived: number;
  };
  /** Deleted jobs; `erased_at` is null while their deletion is under way. */
  tombstones: { job_id: string; owner: string; deleted_at: string; erased_at: string | null };
  /** One row a model call. */
  ledger: {
    call_id: string;
    job_id: string;
    task_id: string | null;
    attempt: number | null;
    agent: string | null;
    purpose: string;
    provider: string;
    model: string;
    status: string;
    reserved_usd: number;
    cost_usd: number;
    usage: string | null;
    price: string | null;
    created_at: string;
    settled_at: string | null;
    /** the reservation that it draws on; null: one of its own */
    lease_id: string | null;
    /** what the call's activity returned */
    answer: string | null;
  };
  /** Everything the artifact store holds. A row is locked while its references change. */
  contents: { sha256: string; size_bytes: number };
  /** Which job holds which content. */
  content_refs: { job_id: string; sha256: string };
  api_keys: {
    key_id: string;
    key_hash: string;
    owner: string;
    name: string;
    role: string;
    created_at: string;
    revoked_at: string | null;
  };
  /** One-time addresses at which agents over HTTP answer. */
  callbacks: {
    token_hash: string;
    job_id: string;
    task_id: string;
    workflow_id: string;
    attempt: number;
    expires_at: string;
    used_at: string | null;
  };
  /** What owners want remembered; `scope` is `global`, or `project:` and a name. */
  memory: {
    owner: string;
    scope: string;
    key: string;
    value: string;
    created_at: string;
    updated_at: string;
    /** kept, and no longer told to agents */
    done_at: string | null;
  };
  memory_links: {
    owner: string;
    scope: string;
    from_key: string;
    to_key: string;
    relation: string;
    created_at: string;
  };
  /** What was done at once, so that it can be asked for like a job. */
  operations: {
    operation_id: string;
    owner: string;
    name: string;
    /** what was asked for, in words */
    message: string;
    answer: string | null;
    error: string | null;
    created_at: string;
    finished_at: string;
  };
  /** Sessions of clients that use the tools over MCP. */
  tool_sessions: { session_id: string; owner: string; settings: string; used_at: string };
  /** Jobs that were started in a session. */
  tool_session_jobs: { session_id: string; job_id: string; started_at: string };
  /** What is set while the service runs: JSON under a name. */
  settings: { name: string; value: string; updated_at: string; updated_by: string };
  /** Idempotency keys of requests whose job has its id from elsewhere, and what was sent under them. */
  request_keys: { owner: string; key: string; body_hash: string; used_at: string };
  /** Agents that registered. `unavailable_at`: since then it takes no tasks, though it may be heard of. */
  agents: {
    owner: string;
    agent_id: string;
    agent_name: string;
    domain: string | null;
    base_url: string | null;
    task_queue: string | null;
    capabilities: string;
    sla_seconds: number | null;
    max_concurrency: number | null;
    heartbeat_seconds: number | null;
    registered_at: string;
    heartbeat_at: string;
    unavailable_at: string | null;
  };
  /** Places at registered agents that tasks hold. */
  agent_leases: { lease_id: string; owner: string; agent_id: string; expires_at: string };
  /** Tasks that are blocked because no agent takes them. `woken_at`: their job was told of one then. */
  waiting_tasks: {
    job_id: string;
    task_id: string;
    owner: string;
    agent: string | null;
    capabilities: string;
    since: string;
    woken_at: string | null;
  };
  /** Addresses of webhooks. `failures`: in a row; `held_until`: nothing is sent before; `gone_at`: it answered 410 then. */
  webhook_endpoints: {
    endpoint_id: string;
    /** `job`, or `owner` for those of the configuration */
    source: string;
    job_id: string | null;
    url: string;
    /** `${secret:NAME}`; null: the owner's */
    secret: string | null;
    failures: number;
    held_until: string | null;
    gone_at: string | null;
  };
  /** Events on their way to an address: written with the events, so that none is missed. */
  webhook_deliveries: {
    delivery_id: string;
    endpoint_id: string;
    job_id: string;
    seq: number;
    owner: string;
    type: string;
    position: number;
    status: string;
    attempts: number;
    status_code: number | null;
    error: string | null;
    created_at: string;
    last_attempt_at: string | null;
    next_attempt_at: string | null;
    delivered_at: string | null;
    give_up_at: string;
  };
  /** What webhooks are signed with that name no secret of their own. */
  webhook_secrets: { owner: string; secret: string; created_at: string };
  /** Those that were replaced, and sign beside the present ones until then. */
  webhook_old_secrets: { owner: string; secret: string; valid_until: string };
  /** What metrics count over all jobs, since the beginning. `labels`: JSON with its keys in order. */
  counters: { name: string; labels: string; value: number };
  /** The last bundle of git that was put for a task. */
  pushed_bundles: {
    job_id: string;
    task_id: string;
    sha256: string;
    size_bytes: number;
    put_at: string;
    actor: string;
    /** under way, or ended last, when it was put; null: not known */
    attempt: number | null;
  };
  /** What live jobs look like, for gauges: JSON. */
  live_jobs: { job_id: string; summary: string };
}

/** A database, or a transaction on one. */
export type Db = Kysely<Schema>;
