import { AppError } from '../platform/errors/app-error.ts';
import type { HandlersOf } from '../platform/http/route.ts';

/** This server has no sample databases. */
export function openSamples() {
  const refuse = async () => {
    throw new AppError('sample.not_available', 'This server has no sample databases.');
  };
  const handlers: HandlersOf<'GET /samples' | 'POST /samples' | 'DELETE /samples'> = {
    'GET /samples': async (_input, context) => {
      context.authorize('sample.manage', 'workspace');
      return { state: 'absent', message: null };
    },
    'POST /samples': refuse,
    'DELETE /samples': refuse,
  };
  return { isPossible: false, start: async () => {}, handlers, resume: async () => {}, stop: async () => {} };
}
