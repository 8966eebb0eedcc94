/** What a scrape gave: values by series, as Prometheus' text format writes them. */
export type Samples = ReadonlyMap<string, number>;

/** Reads Prometheus' text format, https://prometheus.io/docs/instrumenting/exposition_formats/; throws for what is not. */
export function readSamples(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const found = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line);
    if (!found) throw new Error(`this is no sample: ${line}`);
    if (samples.has(found[1]!)) throw new Error(`${found[1]} is listed twice`);
    samples.set(found[1]!, Number(found[2]!.replace('Inf', 'Infinity')));
  }
  return samples;
}
