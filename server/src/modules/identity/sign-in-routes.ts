import type { Clock } from '../../platform/clock/clock.ts';
import { signInCookie } from '../../platform/http/cookie-jar.ts';
import type { HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { ActorLoader } from './actor-loader.ts';
import type { EntranceService } from './entrance-service.ts';
import { presentMe, type StandingWarning } from './me-view.ts';
import type { SampleStarter } from './sample-starter.ts';
import { longestSeconds } from './sign-in.ts';
import type { SignInService, Visitor } from './sign-in-service.ts';

export interface SignInRouteParts {
  readonly db: Db;
  readonly actors: ActorLoader;
  readonly clock: Clock;
  readonly signIns: SignInService;
  readonly entrance: EntranceService;
  readonly samples: SampleStarter;
  readonly version: string;
  readonly listWarnings: () => Promise<readonly StandingWarning[]>;
}

type Keys =
  | 'GET /setup'
  | 'POST /register'
  | 'POST /sign-in'
  | 'POST /sign-out'
  | 'POST /sign-out-everywhere'
  | 'GET /me'
  | 'POST /me/password'
  | 'POST /me/continue-as-dev'
  | 'POST /me/return'
  | 'GET /invitations/:token'
  | 'POST /invitations/:token/accept';

export function signInHandlers(parts: SignInRouteParts): HandlersOf<Keys> {
  const { signIns, entrance, samples } = parts;
  const enter = async (context: RequestContext, token: string) => {
    context.cookies.set(signInCookie, token, longestSeconds);
    return presentMe(parts, token);
  };
  return {
    'GET /setup': async () => ({
      isRegistrationOpen: await entrance.isRegistrationOpen(),
      version: parts.version,
      areSamplesPossible: samples.isPossible,
    }),
    'POST /register': async ({ body }, context) => {
      const { personId, token } = await entrance.register(body, visitorOf(context));
      if (body.withSamples && samples.isPossible) await samples.start(personId);
      return enter(context, token);
    },
    'POST /sign-in': async ({ body }, context) =>
      enter(context, await signIns.signIn(body.email, body.password, visitorOf(context))),
    'POST /sign-out': async (_input, context) => {
      await signIns.signOut(context.actor, visitorOf(context));
      context.cookies.clear(signInCookie);
      return { done: true };
    },
    'POST /sign-out-everywhere': async (_input, context) => {
      await signIns.signOutEverywhere(context.actor);
      context.cookies.clear(signInCookie);
      return { done: true };
    },
    'GET /me': async (_input, context) => presentMe(parts, context.cookies.get(signInCookie)),
    'POST /me/password': async ({ body }, context) => {
      const token = await signIns.changePassword(context.actor, body.current, body.next, visitorOf(context));
      context.cookies.set(signInCookie, token, longestSeconds);
      return { done: true };
    },
    'POST /me/continue-as-dev': async (_input, context) => {
      context.authorize('sample.manage', 'workspace');
      return enter(context, await signIns.continueAsDev(context.actor, visitorOf(context)));
    },
    'POST /me/return': async (_input, context) =>
      enter(context, await signIns.returnFromDev(context.actor, visitorOf(context))),
    'GET /invitations/:token': async ({ params }) => {
      const { name, email, expiresAt } = await entrance.getInvitation(params.token);
      return { name, email, expiresAt: expiresAt.toISOString() };
    },
    'POST /invitations/:token/accept': async ({ params, body }, context) =>
      enter(context, await entrance.acceptInvitation(params.token, body.password, visitorOf(context))),
  };
}

function visitorOf(context: RequestContext): Visitor {
  return { address: context.address, token: context.cookies.get(signInCookie) };
}
