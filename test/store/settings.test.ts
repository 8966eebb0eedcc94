import { expect, it } from 'vitest';
import { onBothDatabases } from './databases.ts';

onBothDatabases((_, store) => {
  it('keeps a setting until the next one takes its place', async () => {
    expect(await store().readSetting('routing')).toBeNull();
    const made = await store().putSetting({ name: 'routing', value: '{"a":1}', updated_by: 'ann' });
    expect(made).toMatchObject({ value: '{"a":1}', updated_by: 'ann' });
    expect(await store().readSetting('routing')).toEqual(made);
    await store().putSetting({ name: 'routing', value: '{"a":2}', updated_by: 'bob' });
    expect(await store().readSetting('routing')).toMatchObject({ value: '{"a":2}', updated_by: 'bob' });
    expect(await store().readSetting('other')).toBeNull();
  });
});
