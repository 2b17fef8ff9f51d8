import type { ErrorCode } from '@tidegate/contract';

/** What the person gets to read when a call fails: the problem that the server sent, or why there is none. */
export class ApiProblem extends Error {
  readonly code: ErrorCode | 'network.unreachable' | 'network.unexpected';
  readonly status: number;
  readonly title: string;
  /** To quote to an administrator; empty when the server was not reached. */
  readonly id: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(problem: {
    code: ApiProblem['code'];
    status: number;
    title: string;
    detail: string;
    id: string;
    details?: Readonly<Record<string, unknown>>;
  }) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.id = problem.id;
    this.details = problem.details ?? {};
  }

  /** One message for each field of a form, for `request.invalid`. */
  get fields(): Readonly<Record<string, string>> {
    const fields = this.details['fields'];
    if (typeof fields !== 'object' || fields === null) return {};
    return Object.fromEntries(Object.entries(fields).map(([name, message]) => [name, String(message)]));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Reads a problem from parsed JSON; anything else than a problem becomes `network.unexpected`. */
export function toProblem(value: unknown, status: number): ApiProblem {
  if (isRecord(value) && typeof value['code'] === 'string' && typeof value['detail'] === 'string') {
    return new ApiProblem({
      // The server's table and ours are the same file; an unknown code is only ever compared, never trusted.
      code: value['code'] as ErrorCode,
      status: typeof value['status'] === 'number' ? value['status'] : status,
      title: String(value['title'] ?? ''),
      detail: value['detail'],
      id: String(value['id'] ?? ''),
      details: isRecord(value['details']) ? value['details'] : {},
    });
  }
  return new ApiProblem({
    code: 'network.unexpected',
    status,
    title: 'Unexpected answer',
    detail: `The server answered ${status} without saying why. Try again; if it stays, tell your administrator.`,
    id: '',
  });
}

/** The server was not reached at all. */
export function unreachable(): ApiProblem {
  return new ApiProblem({
    code: 'network.unreachable',
    status: 0,
    title: 'Tidegate does not answer',
    detail: 'Tidegate could not be reached. Check your network; what you have typed is kept.',
    id: '',
  });
}

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem({
    code: 'network.unexpected',
    status: 0,
    title: 'This screen failed',
    detail: error instanceof Error ? error.message : String(error),
    id: '',
  });
}
