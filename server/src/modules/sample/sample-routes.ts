import type { HandlersOf } from '../../platform/http/route.ts';
import type { SampleService } from './sample-service.ts';

export function sampleHandlers(
  service: SampleService,
): HandlersOf<'GET /samples' | 'POST /samples' | 'DELETE /samples'> {
  return {
    'GET /samples': async (_input, context) => {
      context.authorize('sample.manage', 'workspace');
      return await service.status();
    },
    'POST /samples': async (_input, context) => {
      context.authorize('sample.manage', 'workspace');
      await service.begin(context.actor.personId);
      return { done: true };
    },
    'DELETE /samples': async (_input, context) => {
      context.authorize('sample.manage', 'workspace');
      await service.beginRemoval(context.actor.personId);
      return { done: true };
    },
  };
}
