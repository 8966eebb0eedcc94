import { z } from 'zod';

/**
 * What a schema makes of a value that it took once: with defaults and trimmed texts, whatever it would say of it today.
 * A replay calls no validator: an update that was accepted is followed, though the limits of now would refuse it.
 */
export function asTaken<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : (filled(schema, value) as T);
}

function filled(schema: z.core.$ZodType, value: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'default':
      return value === undefined ? def.defaultValue : filled(def.innerType, value);
    case 'optional':
    case 'nullable':
      return value === undefined || value === null ? value : filled(def.innerType, value);
    case 'object': {
      if (typeof value !== 'object' || value === null) return value;
      const given = value as Record<string, unknown>;
      const fields = Object.entries(def.shape).map(([name, field]) => [name, filled(field, given[name])]);
      return { ...given, ...Object.fromEntries(fields.filter(([, field]) => field !== undefined)) };
    }
    case 'array':
      return Array.isArray(value) ? value.map((item) => filled(def.element, item)) : value;
    case 'union': {
      const option = def.options.find((one) => z.safeParse(one, value).success);
      return option ? filled(option, value) : value;
    }
    case 'string':
      return typeof value === 'string' ? rewritten(def, value) : value;
    default:
      return value;
  }
}

/** A text after what a schema does to it, trimming for instance. */
const rewritten = ({ checks = [] }: z.core.$ZodStringDef, text: string): string =>
  checks.reduce((value, { _zod: { def } }) => {
    const { check, tx } = def as z.core.$ZodCheckOverwriteDef<string>;
    return check === 'overwrite' ? tx(value) : value;
  }, text);
