import {
  type Parameter,
  Parameters,
  type ParameterValue,
  ParameterValues,
} from '../../contracts/parameters.ts';

/**
 * A submission whose parameters all have values: those that are required and not given get one of their type, so that
 * the rest of it can be checked. `sampled` are their names.
 */
export function withSamples(body: unknown): { body: unknown; sampled: string[] } {
  const { parameters, with: given = {} } = Object(body) as Record<string, unknown>;
  const declared = Parameters.safeParse(parameters);
  const values = ParameterValues.safeParse(given);
  if (!declared.success || !values.success) return { body, sampled: [] };
  const sampled = Object.keys(declared.data).filter(
    (name) => declared.data[name]!.default === undefined && !Object.hasOwn(values.data, name),
  );
  // a pattern is for values that people give
  const unchecked = sampled.map((name) => {
    const { pattern: _, ...rest } = declared.data[name]!;
    return [name, rest] as const;
  });
  const samples = sampled.map((name) => [name, sampleOf(declared.data[name]!)] as const);
  return {
    body: {
      ...(body as object),
      parameters: { ...declared.data, ...Object.fromEntries(unchecked) },
      with: { ...values.data, ...Object.fromEntries(samples) },
    },
    sampled,
  };
}

function sampleOf({ type, options }: Parameter): ParameterValue {
  if (type === 'number') return 1;
  if (type === 'boolean') return false;
  if (type === 'list') return [];
  return options?.[0] ?? 'value';
}
