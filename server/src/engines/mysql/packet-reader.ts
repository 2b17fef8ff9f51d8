import type { DriverPacket } from './driver.ts';

/** Reads the protocol's basic types; each call moves the packet's offset. (MySQL internals, "Basic Data Types".) */

export function readByte(packet: DriverPacket): number {
  const value = packet.buffer[packet.offset];
  packet.offset += 1;
  return value ?? 0;
}

export function readUint(packet: DriverPacket, bytes: 2 | 3 | 4): number {
  const value = packet.buffer.readUIntLE(packet.offset, bytes);
  packet.offset += bytes;
  return value;
}

/** A length-encoded integer; null for the marker that stands for SQL's NULL. */
export function readLength(packet: DriverPacket): number | null {
  const first = readByte(packet);
  if (first < 0xfb) return first;
  if (first === 0xfb) return null;
  if (first === 0xfc) return readUint(packet, 2);
  if (first === 0xfd) return readUint(packet, 3);
  const value = packet.buffer.readBigUInt64LE(packet.offset);
  packet.offset += 8;
  return Number(value);
}

export function readText(packet: DriverPacket): string {
  const length = readLength(packet) ?? 0;
  packet.offset += length;
  return packet.buffer.toString('utf8', packet.offset - length, packet.offset);
}

export function restOfPacket(packet: DriverPacket): string {
  return packet.buffer.toString('utf8', packet.offset, packet.end);
}
