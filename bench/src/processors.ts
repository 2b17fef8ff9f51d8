import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/** From now on the process or thread of this number runs on that processor alone, as does what it starts. Linux only. */
export function runOn(processor: number, task: number): void {
  execFileSync('taskset', ['--cpu-list', '--pid', String(processor), String(task)], { stdio: 'ignore' });
}

/** With all its threads. */
export function runThisProcessOn(processor: number): void {
  const place = ['--all-tasks', '--cpu-list', '--pid', String(processor), String(process.pid)];
  execFileSync('taskset', place, { stdio: 'ignore' });
}

/** The system's number of the thread that calls. */
export function thisThread(): number {
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
}
