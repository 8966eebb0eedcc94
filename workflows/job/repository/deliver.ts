import { deliveryStory } from '../../../core/repository/delivery.ts';
import { deliveryFailed } from '../../../core/repository/trouble.ts';
import { setReview } from '../../../core/schedule/ending.ts';
import { changed, type Job, now } from '../context.ts';
import { interruptible } from '../model.ts';
import { messageOf, onRepositoryHost, pointNow } from './on-host.ts';

/** Time to push a branch and to open a request. */
const DELIVERY_SECONDS = 1800;

/**
 * Puts the branch where it is to go, once the job is done. Where that is refused the job is in review, and it is tried again
 * now and then, and whenever a person does something, until it succeeds or a person finishes or cancels the job.
 */
export async function deliver(job: Job): Promise<void> {
  const { state } = job;
  const { repository } = state;
  if (!repository?.base || repository.landed === 0 || repository.delivered) return;
  const kind = repository.deliver;
  if (kind === null) return;
  while (!state.ending && !state.accepted_by) {
    const { version } = job;
    const story = deliveryStory(state);
    const given = await interruptible(job, () =>
      onRepositoryHost(
        job,
        (host) => host.deliverWork({ at: pointNow(job), deliver: kind, story }),
        DELIVERY_SECONDS,
      ),
    ).catch((error: unknown) => ({ ok: false as const, message: messageOf(error) }));
    if (!given) return;
    if (given.ok) {
      repository.delivered = given.delivered;
      repository.trouble = null;
      job.emit([
        ...setReview(state, null),
        { type: 'repository.delivered', data: { ...given.delivered, head_sha: repository.head_sha } },
      ]);
      return;
    }
    job.emit(deliveryFailed(state, given.message, now()));
    await changed(job, Math.max(version, job.version), repository.trouble?.retry_at ?? null);
  }
}
