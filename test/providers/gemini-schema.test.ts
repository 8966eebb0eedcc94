import { expect, test } from 'vitest';
import { z } from 'zod';
import { toGeminiSchema } from '../../providers/gemini-schema.ts';

const convert = (schema: z.ZodType) => toGeminiSchema(z.toJSONSchema(schema, { reused: 'ref' }));

test('only what Gemini knows is left, and what it needs is said in its words', () => {
  const Point = z.strictObject({ x: z.int().min(0), y: z.number() });
  const schema = z.strictObject({
    kind: z.literal('line'),
    from: Point,
    to: Point.nullable(),
    colour: z.enum(['red', 'blue']).describe('of the line'),
    tags: z.array(z.union([z.string(), z.number()])).max(3),
    extra: z.record(z.string(), z.string()).optional(),
  });
  const point = {
    type: 'object',
    required: ['x', 'y'],
    properties: { x: { type: 'integer', minimum: 0 }, y: { type: 'number' } },
  };
  const { properties, ...rest } = convert(schema);
  expect(rest).toEqual({ type: 'object', required: ['kind', 'from', 'to', 'colour', 'tags'] });
  expect(properties).toMatchObject({
    kind: { type: 'string', enum: ['line'] },
    from: point,
    to: { nullable: true, anyOf: [point] },
    colour: { type: 'string', enum: ['red', 'blue'], description: 'of the line' },
    tags: { type: 'array', maxItems: 3, items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
    extra: { type: 'object' },
  });
  expect(JSON.stringify(properties)).not.toMatch(/additionalProperties|\$ref|propertyNames|const/);
});

test('a schema that contains itself ends', () => {
  const Node = z.object({
    name: z.string(),
    get children() {
      return z.array(Node);
    },
  });
  const text = JSON.stringify(convert(Node));
  expect(text).not.toContain('$ref');
  expect(text.length).toBeLessThan(5000);
});
