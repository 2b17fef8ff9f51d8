/**
 * The narrow shape that is needed of mysql2. Its public query interface parses values, hides the status flags that
 * follow a result and knows no exact text, so statements go through a command of our own (`text-query.ts`) that is
 * put into the driver's queue like its own commands are. The version is pinned; the engine's suite tells when a
 * newer one differs.
 */

import type { Duplex } from 'node:stream';
import { type ConnectionOptions, createConnection } from 'mysql2';

/** One packet as the driver's parser hands it over; it is reused after the call that brings it. */
export interface DriverPacket {
  readonly buffer: Buffer;
  /** Where the payload begins; `offset` moves while the packet is read. */
  offset: number;
  readonly end: number;
}

export interface DriverCommand {
  /** First called without a packet, to send; then with each packet until it returns true. */
  execute(packet: DriverPacket | undefined, connection: DriverConnection): boolean;
  /** Called when the connection fails while the command runs or waits. */
  onResult(error: Error | null): void;
}

export interface OutgoingPacket {
  readonly buffer: Buffer;
  length(): number;
  writeHeader(sequenceId: number): void;
}

export interface DriverConnection {
  stream: Duplex;
  readonly config: { ssl: unknown; host: string };
  /** As the server's greeting has it. */
  readonly threadId: number;
  readonly packetParser: { execute(data: Buffer): void };
  /** Set once a MariaDB server agreed to name its own types in column definitions. */
  readonly _mariadbExtendedMetadata: boolean;
  startTLS: (onSecure: (error?: Error) => void) => void;
  addCommand(command: DriverCommand): void;
  writePacket(packet: OutgoingPacket): void;
  _resetSequenceId(): void;
  _handleNetworkError(error: Error): void;
  on(event: 'error', listener: (error: Error) => void): this;
  once(event: 'connect' | 'error', listener: (error: Error) => void): this;
  pause(): void;
  resume(): void;
  end(): { once(event: 'end', listener: () => void): void };
  destroy(): void;
}

export function dial(options: ConnectionOptions): DriverConnection {
  // Double assertion: the driver's own types leave out what is listed above.
  return createConnection(options) as unknown as DriverConnection;
}

/** A packet with room for its header before the payload. */
export function outgoing(payload: Buffer): OutgoingPacket {
  const buffer = Buffer.concat([Buffer.alloc(4), payload]);
  return {
    buffer,
    length: () => buffer.length,
    writeHeader(sequenceId) {
      buffer.writeUIntLE(payload.length, 0, 3);
      buffer[3] = sequenceId;
    },
  };
}
