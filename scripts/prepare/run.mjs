import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { root } from './machine.mjs';

const setpriv = '/usr/bin/setpriv';
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the project's folder on our own terminal, hands signals on to it, and answers its exit code (128 and
 * more: ended by a signal, as shells say it).
 */
export function run(file, args, { env = process.env, cwd = root } = {}) {
  // Where the kernel can, it ends the program when this process is killed without a chance to hand anything on.
  const isTied = existsSync(setpriv);
  const child = spawn(isTied ? setpriv : file, isTied ? ['--pdeathsig=TERM', '--', file, ...args] : args, {
    cwd,
    env,
    stdio: 'inherit',
  });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to both by itself; twice would mean "now, without waiting".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const each of forwarded) process.off(each, forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 129));
    });
  });
}

/** Runs a program quietly and answers whether it succeeded and what it wrote. */
export function capture(file, args, { env = process.env, cwd = root } = {}) {
  const child = spawn(file, args, { cwd, env: { ...env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}
