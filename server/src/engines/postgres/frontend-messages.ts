/** Messages that we write ourselves (chapter 54.7); all lengths include themselves. */

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const nothing = Buffer.from([0]);
const sync = message('S', Buffer.alloc(0));
/** Unnamed portal of the unnamed statement: no parameters, every column in text form. */
const bind = message('B', Buffer.alloc(8));
const describePortal = message('D', Buffer.from('P\0', 'latin1'));

/**
 * One statement in the extended protocol, in one write: Parse (which refuses a second statement), Bind, Describe,
 * Execute, Sync. `maxRows` 0 is all of them.
 */
export function statementMessages(text: string, maxRows: number): Buffer {
  const parse = message('P', Buffer.concat([nothing, Buffer.from(text, 'utf8'), nothing, Buffer.alloc(2)]));
  const execute = message('E', Buffer.concat([nothing, int32(maxRows)]));
  return Buffer.concat([parse, bind, describePortal, execute, sync]);
}

/** Ends `COPY … FROM STDIN`, which has swallowed the Sync that was sent with the statement: hence another one. */
export function copyFailMessages(reason: string): Buffer {
  return Buffer.concat([message('f', Buffer.from(`${reason}\0`, 'utf8')), sync]);
}

/** Sent on a connection of its own (chapter 54.2.9); there is no answer but the end of that connection. */
export function cancelRequest(processId: number, secretKey: number): Buffer {
  return Buffer.concat([int32(16), int32(80_877_102), int32(processId), int32(secretKey)]);
}
