// Runs in a worker thread, so that a statement that would keep a parser busy can be stopped by ending the thread.
import { parentPort } from 'node:worker_threads';
import type { Analysis } from './analysis.ts';
import { analyseMysql } from './mysql/analyse-mysql.ts';
import { loadMysqlParsers } from './mysql/mysql-parsers.ts';
import { analysePostgres } from './postgresql/analyse-postgresql.ts';
import { PgParser } from './postgresql/pg-parser.ts';
import type { Dialect } from './token.ts';

export interface WorkerJob {
  readonly dialect: Dialect;
  readonly text: string;
}

/** Null says that an engine broke: this thread must not be used again. */
export type WorkerAnswer = { readonly ready: true } | { readonly ready: false; readonly analysis: Analysis | null };

const [postgres] = await Promise.all([PgParser.create(), loadMysqlParsers()]);

function answer(job: WorkerJob): Analysis | null {
  try {
    return job.dialect === 'postgresql' ? analysePostgres(postgres, job.text) : analyseMysql(job.dialect, job.text);
  } catch {
    return null;
  }
}

function send(message: WorkerAnswer): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (job: WorkerJob) => send({ ready: false, analysis: answer(job) }));
send({ ready: true });
