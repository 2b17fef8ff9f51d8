import { EngineError } from './engine.ts';

/** A session of people whose server only reads, as what was the writer does after a fail-over. */
export function movedAway(): EngineError {
  return new EngineError('connection_lost', 'The server only reads now, as the former writer does after a fail-over.', {
    hint: 'Run it again: the next session is dialled by name and goes to the new writer.',
  });
}
