import type { Schemas } from '../data/api.ts';
import classes from './budget.module.css';
import { usd } from './format.ts';

interface Props {
  budget: Schemas['Budget'];
  /** of the plan, where there is one */
  forecast?: Schemas['Forecast'];
}

/** What was spent, what is reserved and what the limit is, with the forecast of the plan as a mark. */
export function Budget({ budget, forecast }: Props) {
  const { limit_usd, spent_usd, reserved_usd, exceeded } = budget;
  const high = forecast?.cost_usd_high ?? 0;
  const scale = Math.max(limit_usd ?? 0, spent_usd + reserved_usd, high) || 1;
  const part = (amount: number) => (amount / scale) * 100;
  const said = [
    `${usd(spent_usd)} spent`,
    ...(reserved_usd > 0 ? [`${usd(reserved_usd)} reserved`] : []),
    limit_usd === null ? 'no limit' : `of ${usd(limit_usd)}`,
    ...(forecast && high > 0 ? [`forecast ${usd(forecast.cost_usd_low)} to ${usd(high)}`] : []),
  ];
  return (
    <span className={classes.budget} title={forecast?.basis}>
      <svg
        className={classes.bar}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Budget: ${said.join(', ')}`}
      >
        <rect
          className={classes.spent}
          data-exceeded={exceeded || undefined}
          width={part(spent_usd)}
          height={8}
        />
        <rect className={classes.reserved} x={part(spent_usd)} width={part(reserved_usd)} height={8} />
        {high > 0 && (
          <rect className={classes.forecast} x={Math.min(98.5, part(high))} width={1.5} height={8} />
        )}
      </svg>
      {said.join(' · ')}
    </span>
  );
}
