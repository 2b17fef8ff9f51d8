import type { Cell } from '../engine.ts';
import type { DriverPacket } from './driver.ts';
import { readLength } from './packet-reader.ts';
import type { CellReading } from './result-columns.ts';

/** Reads one row of the text protocol: every value as the server printed it. */
export function readRow(packet: DriverPacket, readings: readonly CellReading[], maxLength: number): Cell[] {
  const row: Cell[] = new Array(readings.length);
  const { buffer } = packet;
  for (let index = 0; index < readings.length; index += 1) {
    const length = readLength(packet);
    if (length === null) {
      row[index] = null;
      continue;
    }
    const start = packet.offset;
    packet.offset = start + length;
    if (packet.offset > packet.end) throw new RangeError('a value reaches beyond its packet');
    const reading = readings[index];
    if (reading === 'binary') row[index] = binaryCell(buffer, start, length, maxLength);
    else if (length > maxLength) row[index] = longText(buffer, start, length, maxLength);
    else row[index] = buffer.toString(reading === 'ascii' ? 'latin1' : 'utf8', start, packet.offset);
  }
  return row;
}

function binaryCell(buffer: Buffer, start: number, length: number, maxLength: number): Cell {
  const head = `0x${buffer.toString('hex', start, start + Math.min(length, maxLength))}`;
  return length <= maxLength ? head : { head, length, unit: 'bytes' };
}

/** Longer in bytes than allowed, though perhaps not in characters; never cut inside of one. */
function longText(buffer: Buffer, start: number, length: number, maxLength: number): Cell {
  const end = start + length;
  let characters = 0;
  let cutAt = end;
  for (let at = start; at < end; at += 1) {
    // Every byte but those that continue a character (10xxxxxx) begins one.
    if (((buffer[at] ?? 0) & 0xc0) === 0x80) continue;
    if (characters === maxLength) cutAt = at;
    characters += 1;
  }
  const head = buffer.toString('utf8', start, cutAt);
  return characters <= maxLength ? head : { head, length: characters, unit: 'characters' };
}
