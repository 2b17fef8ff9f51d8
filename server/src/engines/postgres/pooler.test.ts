import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { postgresEngine } from './engine-postgres.ts';

test('a pooler is recognised by what it refuses, and explained', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (chunk.length === 8) return void socket.write('N');
      const fields = Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: options\0\0');
      const head = Buffer.alloc(5, 'E');
      head.writeInt32BE(fields.length + 4, 1);
      socket.end(Buffer.concat([head, fields]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const result = await postgresEngine.probe({
    ...{ engine: 'postgresql', host: '127.0.0.1', port: (server.address() as AddressInfo).port, user: 'x' },
    password: async () => 'y',
    ...{ tls: { mode: 'prefer', ca: null }, maintenanceDatabase: null, connectTimeoutMs: 5_000 },
  });
  server.close();
  expect(result).toMatchObject({
    ok: false,
    error: { kind: 'not_supported', hint: expect.stringContaining('the server’s own address') },
  });
});
