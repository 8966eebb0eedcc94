/**
 * Whether a value has a form: small checks for what reaches a workflow from outside, where a schema library would cost
 * more than the work itself.
 */
export type Shape = (value: unknown) => boolean;

export const text: Shape = (value) => typeof value === 'string';
export const flag: Shape = (value) => typeof value === 'boolean';
export const whole: Shape = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** An amount: of money, or of anything that is not less than nothing. */
export const amount: Shape = (value) => Number.isFinite(value) && (value as number) >= 0;
export const time: Shape = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
export const anything: Shape = () => true;
export const record: Shape = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An id: it is not long, and not the name of something that every object has. */
export const id: Shape = (value) =>
  typeof value === 'string' && value.length > 0 && value.length <= 300 && !(value in Object.prototype);

export const oneOf =
  (...values: readonly unknown[]): Shape =>
  (value) =>
    values.includes(value);

export const orNull =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);

export const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);

/** An object with these fields, and perhaps those; others are no matter. */
export const fields =
  (needed: Record<string, Shape>, perhaps: Record<string, Shape> = {}): Shape =>
  (value) => {
    if (!record(value)) return false;
    const given = value as Record<string, unknown>;
    return (
      Object.entries(needed).every(([name, shape]) => Object.hasOwn(given, name) && shape(given[name])) &&
      Object.entries(perhaps).every(([name, shape]) => given[name] === undefined || shape(given[name]))
    );
  };

/** The same, and no longer as JSON than so many characters. */
export const atMost =
  (characters: number, shape: Shape): Shape =>
  (value) =>
    shape(value) && JSON.stringify(value).length <= characters;
