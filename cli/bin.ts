#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// half of a short command's time is loading code; what was loaded once is kept in the temporary folder
enableCompileCache();
const { main } = await import('./program.ts');

await main(process.argv);
