import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addressOf, api, apiStream, setSignInGate } from './client.ts';
import { ApiProblem } from './problem.ts';

const realFetch = globalThis.fetch;
let server: Server | null = null;

/** A real server at the other end; the client's own-origin addresses lead to it. */
async function answerWith(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => realFetch(`http://127.0.0.1:${port}${url}`, init));
}

const problem = (code: string, status: number, details = {}) => ({
  type: `urn:tidegate:error:${code}`,
  code,
  title: 'Refused',
  status,
  detail: 'In words.',
  id: 'e-1',
  details,
});

afterEach(async () => {
  vi.unstubAllGlobals();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  server = null;
});

const sessionId = '00000000-0000-4000-8000-000000000001';

describe('an address of the API', () => {
  it('quotes what goes into its path, so that no id leads elsewhere', () => {
    const call = { params: { projectId: '../people?x=1' } };
    expect(addressOf('GET /projects/:projectId', call).url).toBe('/api/v1/projects/..%2Fpeople%3Fx%3D1');
  });

  it('leaves out what is empty from the query', () => {
    const call = { query: { search: '', page: 2, state: undefined } };
    expect(addressOf('GET /projects', call)).toEqual({ method: 'GET', url: '/api/v1/projects?page=2' });
  });
});

describe('a call', () => {
  it('sends its body as JSON and gives the answer back', async () => {
    await answerWith(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(JSON.stringify({ method: request.method, url: request.url, body: JSON.parse(body) }));
    });
    expect(await api('POST /projects', { body: { name: 'HR' } })).toEqual({
      method: 'POST',
      url: '/api/v1/projects',
      body: { name: 'HR' },
    });
  });

  it('rejects with the problem that the server sent: code, words, id and fields', async () => {
    await answerWith((_request, response) => {
      response.statusCode = 400;
      response.end(JSON.stringify(problem('request.invalid', 400, { fields: { name: 'Write something here.' } })));
    });
    const error = await api('POST /projects', { body: { name: '' } }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ code: 'request.invalid', status: 400, message: 'In words.', id: 'e-1' });
    expect((error as ApiProblem).fields).toEqual({ name: 'Write something here.' });
  });

  it('says that the answer was unexpected when it is no problem, e.g. from a proxy', async () => {
    await answerWith((_request, response) => {
      response.statusCode = 502;
      response.end('<html>bad gateway</html>');
    });
    await expect(api('GET /projects')).rejects.toMatchObject({ code: 'network.unexpected', status: 502 });
  });

  it('says that Tidegate was not reached when it was not', async () => {
    await answerWith((request) => request.socket.destroy());
    await expect(api('GET /projects')).rejects.toMatchObject({ code: 'network.unreachable', status: 0 });
  });

  it('tells the application when nobody is signed in any more, and still rejects', async () => {
    const onSignedOut = vi.fn();
    setSignInGate({ onSignedOut, onPasswordChangeRequired: () => undefined });
    await answerWith((_request, response) => {
      response.statusCode = 401;
      response.end(JSON.stringify(problem('auth.required', 401)));
    });
    await expect(api('GET /me')).rejects.toMatchObject({ code: 'auth.required' });
    expect(onSignedOut).toHaveBeenCalledOnce();
  });

  it('does not take a wrong password for being signed out', async () => {
    const onSignedOut = vi.fn();
    setSignInGate({ onSignedOut, onPasswordChangeRequired: () => undefined });
    await answerWith((_request, response) => {
      response.statusCode = 401;
      response.end(JSON.stringify(problem('auth.failed', 401)));
    });
    await expect(api('POST /sign-in', { body: { email: 'a@b.c', password: 'x' } })).rejects.toMatchObject({
      code: 'auth.failed',
    });
    expect(onSignedOut).not.toHaveBeenCalled();
  });
});

describe('a streamed answer', () => {
  const call = { params: { sessionId }, body: { text: 'select 1' } };

  it('yields each line, however the bytes were cut on their way', async () => {
    const text = '{"type":"columns","columns":[]}\n{"type":"rows","rows":[["ä€😀"]]}\n';
    const bytes = Buffer.from(text);
    await answerWith((_request, response) => {
      for (let at = 0; at < bytes.length; at += 3) response.write(bytes.subarray(at, at + 3));
      response.end('{"type":"finished"}');
    });
    const lines = [];
    for await (const line of apiStream('POST /sessions/:sessionId/statements', call)) lines.push(line);
    expect(lines).toEqual([{ type: 'columns', columns: [] }, { type: 'rows', rows: [['ä€😀']] }, { type: 'finished' }]);
  });

  it('rejects with the problem when it is refused before the first line', async () => {
    await answerWith((_request, response) => {
      response.statusCode = 403;
      response.end(JSON.stringify(problem('statement.access_missing', 403, { missing: [] })));
    });
    const lines = apiStream('POST /sessions/:sessionId/statements', call);
    await expect(lines.next()).rejects.toMatchObject({ code: 'statement.access_missing' });
  });

  it('ends the call at the server when it is aborted', async () => {
    let onGone: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      onGone = resolve;
    });
    await answerWith((request, response) => {
      request.socket.on('close', onGone);
      response.write('{"type":"started"}\n');
    });
    const abort = new AbortController();
    const lines = apiStream('POST /sessions/:sessionId/statements', call, { signal: abort.signal });
    await lines.next();
    abort.abort();
    await expect(lines.next()).rejects.toMatchObject({ name: 'AbortError' });
    await gone;
  });
});
