import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { INLINE_BYTES, PREVIEW_CHARS } from '../../contracts/artifact.ts';
import { payloadHolder } from '../../store/content/refs.ts';
import { onBothDatabases } from './databases.ts';

const sha = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

onBothDatabases((place, store) => {
  it('stores the same content once, from text, bytes, a stream or a file', async () => {
    const content = 'grüße '.repeat(50_000);
    const path = join(place().folder, 'source');
    await writeFile(path, content);
    const sources = [
      content,
      Buffer.from(content),
      Readable.from([content.slice(0, 7), content.slice(7)]),
      { path },
    ];
    for (const source of sources) {
      const stored = await store().putContent({ job_id: 'same', source });
      expect(stored).toEqual({ sha256: sha(content), size_bytes: Buffer.byteLength(content) });
    }
    expect((await store().getContent(sha(content))).toString()).toBe(content);
    expect(await store().statContent(sha(content))).toEqual({
      sha256: sha(content),
      size_bytes: Buffer.byteLength(content),
    });
    expect(await place().query(`select * from content_refs where job_id = 'same'`)).toHaveLength(1);
  });

  it('opens a part of a content', async () => {
    const { sha256 } = await store().putContent({ job_id: 'part', source: '0123456789' });
    expect(await text(await store().openContent(sha256))).toBe('0123456789');
    expect(await text(await store().openContent(sha256, { start: 2, end: 4 }))).toBe('234');
    expect(await text(await store().openContent(sha256, { start: 7 }))).toBe('789');
  });

  it('tells jobs whose histories refer to something, in pages, and lets go of that alone', async () => {
    const put = (job_id: string, source: string) => store().putContent({ job_id, source });
    await put('payloads0', 'of a job with that name');
    await put('payloads.a', 'of another');
    await put('paged-a', 'its own');
    const held = await put(payloadHolder('paged-a'), 'in a history');
    await put(payloadHolder('paged-b'), 'in another');
    expect(await store().jobsWithPayloads('', 10)).toEqual(['paged-a', 'paged-b']);
    expect(await store().jobsWithPayloads('', 1)).toEqual(['paged-a']);
    expect(await store().jobsWithPayloads('paged-a', 10)).toEqual(['paged-b']);
    await store().dropPayloads('paged-a');
    expect(await store().jobsWithPayloads('', 10)).toEqual(['paged-b']);
    expect(await store().statContent(held.sha256)).toBeNull();
    expect(await store().statContent(sha('its own'))).not.toBeNull();
  });

  it('says not_found of what is not stored, whatever the hash looks like', async () => {
    for (const sha256 of ['0'.repeat(64), '../../orchestrator.db', '']) {
      const problem = { code: 'not_found' };
      await expect(store().openContent(sha256)).rejects.toMatchObject({ problem });
      await expect(store().getContent(sha256)).rejects.toMatchObject({ problem });
      expect(await store().statContent(sha256)).toBeNull();
    }
  });

  it('fails a put whose source fails, and keeps nothing of it', async () => {
    const source = Readable.from(
      (function* () {
        yield Buffer.from('a beginning');
        throw new Error('the source broke');
      })(),
    );
    await expect(store().putContent({ job_id: 'broken', source })).rejects.toThrow('the source broke');
    expect(await place().query(`select * from content_refs where job_id = 'broken'`)).toEqual([]);
  });

  it('notices a damaged content, and a put mends one that was cut short', async () => {
    const { sha256 } = await store().putContent({ job_id: 'damaged', source: 'as it was' });
    const file = join(place().options.artifacts_dir, sha256.slice(0, 2), sha256);
    await writeFile(file, 'as it wäs');
    await expect(store().getContent(sha256)).rejects.toThrow('damaged');
    await store().putContent({ job_id: 'damaged', source: 'as it was' });
    expect((await store().getContent(sha256)).toString()).toBe('as it was');
    await rm(file);
    await store().putContent({ job_id: 'damaged', source: Readable.from(['as it was']) });
    expect((await store().getContent(sha256)).toString()).toBe('as it was');
  });

  it('keeps a content as long as one job holds it', async () => {
    const { sha256 } = await store().putContent({ job_id: 'holder-1', source: 'shared' });
    await store().putContent({ job_id: 'holder-2', source: 'shared' });
    await store().dropContents('holder-1');
    expect((await store().getContent(sha256)).toString()).toBe('shared');
    await store().dropContents('holder-2');
    expect(await store().statContent(sha256)).toBeNull();
    expect(await place().query(`select * from contents where sha256 = '${sha256}'`)).toEqual([]);
  });

  it('never loses a content that is put while others let go of it', async () => {
    const other = await place().open();
    for (let round = 0; round < 25; round++) {
      const contents = Array.from({ length: 6 }, (_, n) => `raced ${n}`);
      await Promise.all(contents.map((source) => store().putContent({ job_id: `old-${round}`, source })));
      const puts = contents.map((source) => other.putContent({ job_id: `new-${round}`, source }));
      const [stored] = await Promise.all([
        Promise.all(puts),
        store().dropContents(`old-${round}`),
        store().dropContents(`new-${round - 1}`),
      ]);
      for (const { sha256 } of stored) expect(sha(await other.getContent(sha256))).toBe(sha256);
    }
    await store().dropContents('new-24');
    expect(await place().query(`select * from content_refs where job_id like 'new-%'`)).toEqual([]);
    expect(await store().statContent(sha('raced 0'))).toBeNull();
    await other.close();
  });

  it('drops the many contents of a job', async () => {
    const names = Array.from({ length: 130 }, (_, n) => `many ${n}`);
    await Promise.all(names.map((source) => store().putContent({ job_id: 'many', source })));
    await store().dropContents('many');
    for (const name of names) expect(await store().statContent(sha(name))).toBeNull();
  });

  it('keeps short outputs inline and long ones by reference', async () => {
    const short = 'é'.repeat(INLINE_BYTES / 2);
    const inline = await store().toOutput({ job_id: 'out', text: short, data: { ok: true } });
    expect(inline).toEqual({
      preview: short.slice(0, PREVIEW_CHARS),
      bytes: INLINE_BYTES,
      text: short,
      data: { ok: true },
    });
    expect(await store().readOutput(inline)).toEqual({ text: short, data: { ok: true } });

    const long = `${'x'.repeat(PREVIEW_CHARS - 1)}😀${short}`;
    const data = { list: Array.from({ length: 1000 }, (_, n) => n) };
    const stored = await store().toOutput({ job_id: 'out', text: long, data });
    expect(stored).toEqual({
      preview: 'x'.repeat(PREVIEW_CHARS - 1),
      bytes: Buffer.byteLength(long),
      text_ref: sha(long),
      data_ref: sha(JSON.stringify(data)),
    });
    expect(await store().readOutput(stored)).toEqual({ text: long, data });
    expect(await store().readOutput({ preview: '', bytes: 0 })).toEqual({ text: '', data: null });
  });

  it('names an artifact by job, task, name and content', async () => {
    const input = { job_id: 'named', task_id: 't', name: 'a.txt', media_type: 'text/plain', source: 'one' };
    const artifact = await store().artifactOf(input);
    expect(artifact).toMatchObject({ name: 'a.txt', task_id: 't', size_bytes: 3, sha256: sha('one') });
    expect(artifact.artifact_id).toMatch(/^[0-9a-f]{16}$/);
    expect(await store().artifactOf(input)).toEqual(artifact);
    for (const change of [{ job_id: 'x' }, { task_id: null }, { name: 'b' }, { source: 'two' }]) {
      const other = await store().artifactOf({ ...input, ...change });
      expect(other.artifact_id).not.toBe(artifact.artifact_id);
    }
  });
});
