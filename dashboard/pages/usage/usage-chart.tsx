import { usd } from '../../components/format.ts';
import type { Bar, Measure } from './days.ts';
import classes from './usage.module.css';

const NAME: Record<Measure, string> = { cost: 'Cost', tokens: 'Tokens', calls: 'Calls' };
/** Of the place that a bar has, in parts of it. */
const GAP = 0.2;

/** A bar for each day or month. What it shows stands in the table by day too. */
export function UsageChart({ bars, measure }: { bars: readonly Bar[]; measure: Measure }) {
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return null;
  const said = (value: number) => (measure === 'cost' ? usd(value) : value.toLocaleString('en'));
  const highest = bars.reduce((before, bar) => (bar.value > before.value ? bar : before), first);
  const each = first.label.length === 7 ? 'month' : 'day';
  const summary =
    highest.value === 0 ? 'nothing in this time' : `at most ${said(highest.value)}, on ${highest.label}`;
  const place = 100 / bars.length;
  return (
    <figure className={classes.chart}>
      <figcaption>
        {NAME[measure]} by {each}: {summary}
      </figcaption>
      <svg role="img" aria-label={`${NAME[measure]} by ${each}, ${first.label} to ${last.label}: ${summary}`}>
        {bars.map(({ label, value }, index) => {
          const height = highest.value === 0 ? 0 : (value / highest.value) * 100;
          return (
            <g key={label}>
              <rect
                x={`${place * (index + GAP / 2)}%`}
                width={`${place * (1 - GAP)}%`}
                y={`${100 - height}%`}
                height={`${height}%`}
              />
              <rect className={classes.hit} x={`${place * index}%`} width={`${place}%`} height="100%">
                <title>{`${label}: ${said(value)}`}</title>
              </rect>
            </g>
          );
        })}
      </svg>
      <div className={classes.axis}>
        <span>{first.label}</span>
        <span>{last.label}</span>
      </div>
    </figure>
  );
}
