import { describe, expect, test } from 'vitest';
import { checkOrigin, type RequestOrigin } from './origin-check.ts';

const change: RequestOrigin = {
  method: 'POST',
  origin: undefined,
  fetchSite: undefined,
  fetchMode: 'cors',
  host: 'gate.example:8080',
  externalUrl: null,
};
const refusal = expect.objectContaining({ code: 'request.origin_refused' });
const verdictOn = (request: Partial<RequestOrigin>): unknown => {
  try {
    checkOrigin({ ...change, ...request });
    return 'passes';
  } catch (error) {
    return error;
  }
};

describe('a change', () => {
  test.each<[string, Partial<RequestOrigin>]>([
    ['from our own page', { origin: 'http://gate.example:8080', fetchSite: 'same-origin' }],
    ['from a browser that sends Origin alone', { origin: 'http://gate.example:8080' }],
    ['behind a proxy that ends TLS', { origin: 'https://gate.example:8080' }],
    ['to the configured address', { origin: 'https://tide.example', externalUrl: 'https://tide.example/' }],
  ])('%s passes', (_name, request) => {
    expect(verdictOn(request)).toBe('passes');
  });

  test.each<[string, Partial<RequestOrigin>]>([
    ['that proves nothing', {}],
    ['from another site', { origin: 'https://evil.example', fetchSite: 'cross-site' }],
    ['from a sibling host', { origin: 'http://other.example:8080', fetchSite: 'same-site' }],
    ['from another port of our host', { origin: 'http://gate.example:9090' }],
    ['from a sandboxed frame', { origin: 'null' }],
    ['from another site whose Origin was dropped', { fetchSite: 'cross-site' }],
    ['typed into the address bar', { fetchSite: 'none' }],
    [
      'under another name than the configured',
      { origin: 'http://gate.example:8080', externalUrl: 'https://tide.example' },
    ],
    ['by http where https is configured', { origin: 'http://tide.example', externalUrl: 'https://tide.example' }],
  ])('%s is refused with request.origin_refused', (_name, request) => {
    expect(verdictOn(request)).toEqual(refusal);
  });
});

describe('a read', () => {
  test('without any of the headers passes', () => {
    expect(verdictOn({ method: 'GET' })).toBe('passes');
  });
  test('by following a link from another site passes', () => {
    expect(verdictOn({ method: 'GET', fetchSite: 'cross-site', fetchMode: 'navigate' })).toBe('passes');
  });
  test('by a script or an event stream of another site is refused with request.origin_refused', () => {
    expect(verdictOn({ method: 'GET', fetchSite: 'cross-site', fetchMode: 'no-cors' })).toEqual(refusal);
    expect(verdictOn({ method: 'GET', fetchSite: 'same-site', fetchMode: 'cors' })).toEqual(refusal);
  });
});
